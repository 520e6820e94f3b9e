"""The description that a stranger works from is valid, complete and readable without internet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from command_center.app import create_app
from command_center.reference import OpenApi, Operation, Schema, outline
from configs.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    directory = tmp_path_factory.mktemp("openapi")
    return create_app(Settings(data_dir=directory, machine_token=SecretStr("x" * 20)))


@pytest.fixture(scope="module")
def api(app: FastAPI) -> OpenApi:
    return OpenApi.model_validate(app.openapi())


def operations(api: OpenApi) -> Iterator[tuple[str, Operation]]:
    for path, methods in api.paths.items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


async def test_it_is_openapi_3_1_with_all_references_resolved(app: FastAPI) -> None:
    description = app.openapi()
    assert description["openapi"].startswith("3.1")
    references = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(description)))
    assert references <= set(description["components"]["schemas"])
    assert "ProblemBody" in references


async def test_every_operation_can_be_understood(api: OpenApi) -> None:
    tags = {tag.name for tag in api.tags}
    for name, operation in operations(api):
        assert operation.summary, name
        assert operation.tags[0] in tags, f"{name}: tag {operation.tags[0]!r} is not described"
        assert "422" not in operation.responses or _is_problem(operation, "422"), name


async def test_every_refusal_is_a_problem(api: OpenApi) -> None:
    for name, operation in operations(api):
        for status in operation.responses:
            if status[0] in "45":
                assert _is_problem(operation, status), f"{name} {status}"


async def test_routes_for_people_say_401_and_403(api: OpenApi) -> None:
    for name, operation in operations(api):
        path = name.partition(" ")[2]
        public = path.endswith(("/session", "/health", "/demo")) or "/public/" in path
        if not public:
            assert "401" in operation.responses, name


def _is_problem(operation: Operation, status: str) -> bool:
    return list(operation.responses[status].content) == ["application/problem+json"]


async def test_every_route_that_asks_for_somebody_says_how_to_show_it(app: FastAPI) -> None:
    described = app.openapi()
    assert set(described["components"]["securitySchemes"]) == {
        "session",
        "token",
        "machine",
        "metrics",
        "gateway",
    }
    for path, methods in described["paths"].items():
        for operation in methods.values():
            asks = "401" in operation["responses"] and operation["operationId"] != "log_in"
            assert bool(operation.get("security")) == asks, path


async def test_operation_ids_are_unique_and_readable(app: FastAPI) -> None:
    ids = [
        operation["operationId"]
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in ids)


class Links(HTMLParser):
    """Everything that a page would fetch, and every script in it."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.fetched += [v for k, v in attrs if k in {"src", "href", "style"} and v]


async def test_the_reference_needs_no_internet_and_no_script(app: FastAPI, api: OpenApi) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://town.test") as client:
        answer = await client.get("/docs")
        links = Links()
        links.feed(answer.text)
        assert links.scripts == 0
        assert links.fetched == ["/docs/style.css", "/openapi.json"]
        for link in links.fetched:
            assert not urlsplit(link).netloc
            assert (await client.get(link)).status_code == 200
    for name, operation in operations(api):
        method, path = name.split(" ")
        assert f"{method} {path}".replace("&", "&amp;") in answer.text
        assert operation.summary.split("'")[0] in answer.text


def test_a_schema_is_sketched_as_json() -> None:
    known = {
        "Name": Schema.model_validate(
            {"properties": {"zh": {"type": "string"}}, "required": ["zh"]}
        ),
        "Tree": Schema.model_validate({"properties": {"child": {"$ref": "#/x/Tree"}}}),
    }
    schema = Schema.model_validate(
        {
            "properties": {
                "name": {"$ref": "#/components/schemas/Name"},
                "at": {"type": "string", "format": "date-time", "description": "when"},
                "level": {"enum": ["a", "b"]},
                "more": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                "path": {"type": "array", "items": {"type": "number"}},
            },
            "required": ["name", "at"],
        }
    )
    assert outline(schema, known) == (
        "{\n"
        "  name: {\n"
        "    zh: string\n"
        "  }\n"
        "  at: date-time  // when\n"
        '  level?: "a" | "b"\n'
        "  more?: integer | null\n"
        "  path?: [number, …]\n"
        "}"
    )
    assert "Tree" in outline(known["Tree"], known), "a schema that holds itself comes to an end"
