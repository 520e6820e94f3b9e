"""GeoReport v2 as the standard has it: shapes, filters, errors, and who sees what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi import FastAPI
from pydantic import JsonValue

from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TOWN_CODE, TurnedClock
from tests.command_center.findings import Desk, Json, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

BAGS = {
    "service_code": "rubbish",
    "description": "bags of Mr Wang",
    "lat": "37.19123",
    "long": "122.05123",
    "address_string": "behind Mr Wang's",
    "first_name": "San",
    "last_name": "Zhang",
    "phone": "13900000000",
}


@dataclass
class App:
    """A program of others."""

    http: httpx.AsyncClient
    key: str

    async def file(self, **form: str) -> httpx.Response:
        return await self.http.post("/requests.json", data={"api_key": self.key, **form})

    async def filed(self, **form: str) -> Json:
        answer = await self.file(**form)
        assert answer.status_code == 201, answer.text
        (row,) = answer.json()
        return dict(row)

    async def requests(self, *, key: str | None = None, **query: str) -> list[Json]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = await self.http.get("/requests.json", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json())


@pytest.fixture
async def client(app: FastAPI, log_in: LogIn) -> AsyncIterator[App]:
    made = await (await log_in("engineer")).post("/partners", json={"name": "app", "label": "x"})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://town.test/open311/v2"
    ) as http:
        yield App(http, made.json()["api_key"])


@ON_BOTH
async def test_a_request_from_its_filing_to_its_end(
    client: App, log_in: LogIn, clock: TurnedClock
) -> None:
    clock.forward(minutes=20)
    filed = await client.filed(**BAGS, **{"attribute[kind]": "bulky"})
    number = filed["service_request_id"]
    (seen,) = await client.requests()
    assert seen == {
        "service_request_id": number,
        "status": "open",
        "status_notes": "已收到 Received",
        "service_name": "暴露垃圾 Rubbish",
        "service_code": "rubbish",
        "description": None,
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": "2025-06-02T10:00:00+08:00",
        "updated_datetime": "2025-06-02T10:20:00+08:00",
        "expected_datetime": None,
        "address": None,
        "address_id": None,
        "zipcode": None,
        "lat": 37.191,
        "long": 122.051,
        "media_url": None,
    }
    (own,) = await client.requests(key=client.key, service_request_id=number)
    assert own["description"] == "bags of Mr Wang\n垃圾种类 Kind of rubbish: 大件 Bulky"
    assert (own["lat"], own["address"]) == (37.19123, "behind Mr Wang's")
    assert "Zhang" not in str(own)

    operator = await log_in("operator")
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    assert ticket["number"] == number
    (report,) = (await operator.get("/reports")).json()["items"]
    assert report["contact"] == "San, Zhang, 13900000000"
    await Desk(operator, ticket["id"]).move("reject", reason="nothing of Mr Wang's is there")
    (closed,) = await client.requests(status="closed")
    assert (closed["status"], closed["status_notes"]) == ("closed", "不予受理 Not accepted")
    assert "Wang" not in str(closed)
    assert await client.requests(status="open") == []


async def test_what_is_not_public_has_a_token_and_is_seen_by_its_own_client_alone(
    client: App, log_in: LogIn
) -> None:
    filed = await client.filed(**BAGS | {"service_code": "other"})
    token = filed["token"]
    assert "service_request_id" not in filed
    answer = await client.http.get(f"/tokens/{token}.json")
    assert answer.json() == [{"service_request_id": None, "token": token}]
    operator = await log_in("operator")
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    await Desk(operator, ticket["id"]).move("accept")
    answer = await client.http.get(f"/tokens/{token}.json")
    assert answer.json() == [{"service_request_id": ticket["number"], "token": token}]
    assert await client.requests() == []
    path = f"/requests/{ticket['number']}.json"
    assert (await client.http.get(path)).status_code == 404
    (own,) = (await client.http.get(path, params={"api_key": client.key})).json()
    assert own["agency_responsible"] is None
    assert (await client.http.get("/tokens/0000-0000-0000-0000.json")).status_code == 404


async def test_xml_as_the_standard_shows_it(client: App) -> None:
    answer = await client.http.get("/services.xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.text.startswith("<?xml")
    services = ET.fromstring(answer.content)
    assert services.tag == "services"
    dog = next(s for s in services if s.findtext("service_code") == "stray_dog")
    assert [(e.tag, e.text) for e in dog] == [
        ("service_code", "stray_dog"),
        ("service_name", "犬只扰民 Stray dog"),
        ("description", "犬只扰民 Stray dog"),
        ("metadata", "true"),
        ("type", "realtime"),
        ("keywords", None),
        ("group", "police"),
    ]
    answer = await client.http.get("/services/rubbish.xml")
    definition = ET.fromstring(answer.content)
    assert (definition.tag, definition.findtext("service_code")) == (
        "service_definition",
        "rubbish",
    )
    assert definition.findtext("attributes/attribute/datatype") == "singlevaluelist"
    assert definition.findtext("attributes/attribute/values/value/key") == "household"
    filed = ET.fromstring(
        (await client.http.post("/requests.xml", data={"api_key": client.key, **BAGS})).content
    )
    number = filed.findtext("request/service_request_id")
    assert (filed.tag, bool(number)) == ("service_requests", True)
    (request,) = ET.fromstring((await client.http.get(f"/requests/{number}.xml")).content)
    assert request.findtext("service_request_id") == number
    refused = await client.http.post("/requests.xml", data=BAGS)
    assert refused.status_code == 403
    errors = ET.fromstring(refused.content)
    assert (errors.tag, errors.findtext("error/code")) == ("errors", "403")
    assert errors.findtext("error/description")


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"api_key": "wrong"}, 403, "API key"),
        ({"service_code": "ufo"}, 404, "ufo"),
        ({"service_code": "dispute"}, 404, "dispute"),
        ({"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "97"}, 400, "lat"),
        ({"lat": "", "long": "", "address_string": ""}, 400, "address_string"),
        ({"attribute[kind]": "gold"}, 400, "attribute[kind]"),
        ({"attribute[colour]": "red"}, 400, "attribute[colour]"),
        ({"service_code": "stray_dog"}, 400, "attribute[dogs]"),
        ({"service_code": "stray_dog", "attribute[dogs]": "many"}, 400, "attribute[dogs]"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"phone": "1" * 300}, 400, "contact"),
        ({"media_url": "https://elsewhere.test/x.jpg"}, 400, "media_url"),
    ],
)
async def test_what_is_wrong_is_said_in_the_standards_form(
    client: App, change: dict[str, str], status: int, named: str
) -> None:
    answer = await client.file(**BAGS | change)
    assert answer.status_code == status, answer.text
    (error,) = answer.json()
    assert error["code"] == status
    assert named in error["description"]
    assert await client.requests() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/services.html", 404),
        ("/services/ufo.json", 404),
        ("/requests/20250602-9999.json", 404),
        ("/requests.json?status=lost", 400),
        ("/requests.json?start_date=yesterday", 400),
        ("/requests.json?start_date=2025-01-01T00:00:00Z&end_date=2025-06-01T00:00:00Z", 400),
        ("/services.json?jurisdiction_id=elsewhere.gov", 404),
        ("/requests.json?api_key=wrong", 403),
    ],
)
async def test_questions_that_cannot_be_answered(client: App, path: str, status: int) -> None:
    answer = await client.http.get(path)
    assert answer.status_code == status, answer.text
    assert answer.json()[0]["code"] == status


async def test_filters(client: App, clock: TurnedClock) -> None:
    bags = (await client.filed(**BAGS))["service_request_id"]
    clock.forward(days=30)
    dogs = await client.filed(**BAGS | {"service_code": "stray_dog", "attribute[dogs]": "2"})
    dog = dogs["service_request_id"]

    async def numbers(**query: str) -> list[str]:
        return [row["service_request_id"] for row in await client.requests(**query)]

    assert await numbers() == [dog, bags]
    assert await numbers(service_code="rubbish") == [bags]
    assert await numbers(service_code="rubbish,stray_dog") == [dog, bags]
    assert await numbers(service_request_id=f"{bags},{dog}", status="closed") == [dog, bags]
    assert await numbers(start_date="2025-06-15T00:00:00Z") == [dog]
    assert await numbers(end_date="2025-06-15T00:00:00+08:00") == [bags]
    assert await numbers(jurisdiction_id=TOWN_CODE) == [dog, bags]
    clock.forward(days=61)
    assert await numbers() == [dog], "the last 90 days"


async def test_pictures_lie_here_or_nowhere(app: FastAPI, client: App, log_in: LogIn) -> None:
    picture = {"media": ("x.jpg", jpeg(), "image/jpeg")}
    form = {"api_key": client.key}
    put = await client.http.post("/media.json", data=form, files=picture)
    assert put.status_code == 201, put.text
    url = str(put.json()[0]["media_url"])
    assert url.startswith(ground_of(app).settings.url)
    await client.filed(**BAGS, media_url=url)
    again = await client.file(**BAGS, media_url=url)
    assert again.status_code == 400, "it belongs to a request"
    both = await client.http.post("/requests.json", data=form | BAGS, files=picture)
    assert both.status_code == 201, both.text
    bad = {"media": ("x.jpg", b"no picture", "image/jpeg")}
    assert (await client.http.post("/media.json", data=form, files=bad)).status_code == 400
    assert (await client.http.post("/media.json", data=form)).status_code == 400

    assert [row["media_url"] for row in await client.requests()] == [None, None]
    own = await client.requests(key=client.key)
    assert own[1]["media_url"] == url
    path = url.partition("/open311/v2")[2]
    shown = await client.http.get(path, params=form)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert (await client.http.get(path)).status_code == 403
    other = await (await log_in("engineer")).post("/partners", json={"name": "b", "label": "x"})
    key: JsonValue = other.json()["api_key"]
    assert (await client.http.get(path, params={"api_key": str(key)})).status_code == 404


async def test_a_revoked_key_and_a_flood(client: App, log_in: LogIn) -> None:
    await (await log_in("engineer")).post("/partners/app/revoke")
    assert (await client.file(**BAGS)).status_code == 403
    calls = [await client.http.get("/tokens/x.json") for _ in range(21)]
    assert [c.status_code for c in calls] == [404] * 20 + [429]
    assert calls[-1].json()[0]["code"] == 429
    assert int(calls[-1].headers["Retry-After"]) > 0
