"""What holds for every route: permissions, limits, headers, errors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr
from structlog.testing import capture_logs

from command_center import limits
from command_center.app import create_app
from command_center.evidence.media import MediaType
from command_center.limits import JSON_LIMIT, PLACES_LIMIT, UPLOAD_LIMIT, limit_of
from command_center.metrics.access import may_read_metrics
from command_center.partners.access import partner
from command_center.people.auth import Requirement, current_person, machine
from command_center.sensors.access import gateway
from configs.settings import Settings
from tests.command_center.conftest import LogIn
from tests.command_center.light_fixtures import database_url

__all__ = ["database_url"]

pytestmark = pytest.mark.anyio

PUBLIC = {
    "POST /api/v1/session",
    "GET /api/v1/session/oidc/start",
    "GET /api/v1/session/oidc/callback",
    "GET /api/v1/health",
    "GET /api/v1/demo",
    "POST /api/v1/public/reports",
    "POST /api/v1/public/similar",
    "GET /api/v1/public/event-types",
    "GET /api/v1/public/cap",
    "GET /api/v1/public/cap/{identifier}",
    "POST /api/v1/public/reports/{code}/photos",
    "GET /api/v1/public/reports/{code}",
    "POST /api/v1/public/reports/{code}/rating",
    "GET /open311/v2/discovery.{form}",
    "GET /open311/v2/services.{form}",
    "GET /open311/v2/services/{service_code}.{form}",
    "GET /open311/v2/requests.{form}",
    "GET /open311/v2/requests/{service_request_id}.{form}",
    "GET /open311/v2/tokens/{token}.{form}",
    "GET /docs",
    "GET /docs/style.css",
    "GET /",  # the pages hold nothing; they ask the API
    "GET /phone",
    "GET /login",
    "GET /report",
    "GET /shadows",
    "GET /places",
    "GET /connections",
    "GET /channels",
    "GET /worker.js",
}
ANYBODY_LOGGED_IN = {
    "GET /api/v1/session",
    "DELETE /api/v1/session",
    "PUT /api/v1/session/password",
    "POST /api/v1/reports",  # what it takes depends on the report's source
    "POST /api/v1/reports/similar",  # for either kind of reporter
}


@pytest.fixture
def bare(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The app before its start: routes, and no database."""
    directory = tmp_path_factory.mktemp("bare")
    return create_app(Settings(data_dir=directory, machine_token=SecretStr("x" * 20)))


@dataclass(frozen=True)
class Walked:
    """A route of ours: what it is called by, and everything that it depends on."""

    method: str
    path: str
    calls: frozenset[object]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def walk(app: FastAPI) -> Iterator[Walked]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            calls = frozenset(_calls(route.dependant))
            for method in route.methods or ():
                yield Walked(method, route.path or "", calls)


async def test_every_route_says_who_may_call_it(bare: FastAPI) -> None:
    open_to_all: set[str] = set()
    logged_in: set[str] = set()
    for route in walk(bare):
        if {machine, gateway, may_read_metrics, partner} & route.calls:
            continue
        if any(isinstance(call, Requirement) for call in route.calls):
            continue
        (logged_in if current_person in route.calls else open_to_all).add(str(route))
    assert open_to_all <= PUBLIC
    assert logged_in == ANYBODY_LOGGED_IN


async def test_there_are_routes_to_walk(bare: FastAPI) -> None:
    names = {str(route) for route in walk(bare)}
    assert {"POST /api/v1/session", "GET /api/v1/town", "GET /api/v1/stream"} <= names


async def test_nobody_gets_anything(app: FastAPI, visitor: httpx.AsyncClient) -> None:
    """Not by declaration, but by trying: every route that is not public refuses a stranger."""
    for route in walk(app):
        if route.path.startswith("/api/") and str(route) not in PUBLIC:
            path = re.sub(r"\{(\w+)\}", "1", route.path.removeprefix("/api/v1"))
            answer = await visitor.request(route.method, path)
            assert answer.status_code == 401, f"{route}: {answer.text}"


async def test_health_needs_nobody(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/health")
    assert answer.json()["status"] == "ok"


async def test_security_headers_stand_on_every_answer(visitor: httpx.AsyncClient) -> None:
    for path in ("/health", "/nowhere", "/session"):
        headers = (await visitor.get(path)).headers
        assert "script" not in headers["Content-Security-Policy"]
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PATCH", "/session", 405), ("POST", "/session", 422)],
)
async def test_all_errors_are_problems(
    visitor: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await visitor.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


async def test_an_invalid_body_names_the_field(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/session", json={"login": "x", "password": "y", "extra": 1})
    assert answer.status_code == 422
    assert answer.json()["field"] == "extra"
    broken = await visitor.post(
        "/session", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 422


async def test_a_bug_is_a_problem_that_tells_nothing(
    app: FastAPI, visitor: httpx.AsyncClient
) -> None:
    @app.get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("rtsp://admin:hunter2@camera/ is unreachable")

    with capture_logs() as logs:
        answer = await visitor.get("/broken")
    assert [(entry["event"], entry["path"]) for entry in logs] == [
        ("request_failed", "/api/v1/broken")
    ]
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["title"] == "Internal Server Error"


@pytest.mark.parametrize("expect", [True, False])
async def test_a_body_that_says_it_is_too_large(visitor: httpx.AsyncClient, expect: bool) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(20):
            sent += 1
            yield bytes(1 << 20)

    headers = {"Content-Length": str(20 << 20), "Content-Type": "multipart/form-data; boundary=x"}
    if expect:
        headers["Expect"] = "100-continue"
    answer = await visitor.post("/tickets/1/photos", content=body(), headers=headers)
    assert answer.status_code == 413
    assert str(UPLOAD_LIMIT) in answer.json()["detail"]
    assert sent == (0 if expect else 20), "read to the end and thrown away, or not asked for"


FILES = {
    "PUT /api/v1/events/{event_id}/evidence/{kind}": ("video/mp4", MediaType.MP4.limit),
    "PUT /api/v1/shards/{shard}/stills/{camera_id}": ("image/jpeg", MediaType.JPEG.limit),
    "POST /api/v1/tickets/{ticket_id}/photos": ("multipart/form-data", UPLOAD_LIMIT),
    "POST /api/v1/public/reports/{code}/photos": ("multipart/form-data", UPLOAD_LIMIT),
    "POST /open311/v2/requests.{form}": ("multipart/form-data", UPLOAD_LIMIT),
    "POST /open311/v2/media.{form}": ("multipart/form-data", UPLOAD_LIMIT),
    "POST /api/v1/places/sets": ("application/geo+json", PLACES_LIMIT),
}


async def test_no_caller_chooses_his_limit(bare: FastAPI) -> None:
    """Large bodies where files are taken, 1 MiB at every other route whatever the body claims."""
    routes = {str(route) for route in walk(bare)}
    assert set(FILES) <= routes
    for route in routes:
        method, path = re.sub(r"\{\w+\}", "1", route).split(" ")
        for claimed in ("video/mp4", "image/jpeg", "multipart/form-data", "application/json",
                        "application/geo+json"):  # fmt: skip
            media, large = FILES.get(route, ("", JSON_LIMIT))
            if route not in FILES or claimed == media:
                assert limit_of(method, path, claimed) == large, f"{route} {claimed}"
    assert limit_of("PUT", "/api/v1/events/1/evidence/clip", "application/json") == JSON_LIMIT


async def test_a_body_that_does_not_say_so_is_cut_off(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINGER_BYTES", 1 << 20)
    sent = 0

    async def large() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * (64 << 10)

    answer = await visitor.post(
        "/session", content=large(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert sent <= 2 * JSON_LIMIT // (64 << 10) + 1


async def test_large_json_is_compressed(log_in: LogIn) -> None:
    client = await log_in("operator")
    answer = await client.get("/catalogue")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert (await client.get("/notices")).headers.get("Content-Encoding") is None


async def test_no_route_lies_outside_of_the_walk(bare: FastAPI) -> None:
    others = {
        route.path
        for route in iter_route_contexts(bare.routes)
        if not isinstance(route.original_route, APIRoute)
    }
    assert others <= {"/openapi.json", "/static"}
