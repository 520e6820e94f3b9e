"""A matter that is known already: who is told what of it, and another finder who joins."""

from __future__ import annotations

import math
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from command_center.reports import repository, similar
from command_center.reports.tables import HotlineCategory
from command_center.tickets import record
from command_center.tickets.repository import get
from command_center.tickets.spots import spot_of
from command_center.town.distance import METRES_PER_DEGREE, box_around
from configs.values import Position
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import START, TurnedClock
from tests.command_center.findings import Desk, Json, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

HERE = {"lon": 122.05123, "lat": 37.19123}
NEXT_DOOR = {"lon": 122.05153, "lat": 37.19123}
"""27 m to the east."""
ANOTHER_STREET = {"lon": 122.0535, "lat": 37.19123}
"""200 m to the east."""
BAGS = {
    "event_type": "rubbish",
    "description": "bags of Mr Wang",
    "position": HERE,
    "place": "behind Mr Wang's",
}
LOOK = {"event_type": "rubbish", "position": NEXT_DOOR}


async def seen(client: httpx.AsyncClient, path: str, look: Json) -> list[Json]:
    answer = await client.post(path, json=look)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def report(client: httpx.AsyncClient, source: str, body: Json) -> Json:
    answer = await client.post("/reports", json={"source": source, **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@ON_BOTH
async def test_another_citizen_joins_and_is_told_but_does_not_rate(
    app: FastAPI, visitor: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    first = (await visitor.post("/public/reports", json=BAGS)).json()["query_code"]
    clock.forward(minutes=20)
    (known,) = await seen(visitor, "/public/similar", {"position": NEXT_DOOR})
    body = BAGS | {"position": NEXT_DOOR, "same_as": known["same_as"], "description": "my view"}
    second = (await visitor.post("/public/reports", json=body)).json()["query_code"]
    photo = {"file": ("x.jpg", jpeg(), "image/jpeg")}
    assert (await visitor.post(f"/public/reports/{second}/photos", files=photo)).status_code == 201

    operator = await log_in("operator")
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    desk = Desk(operator, ticket["id"])
    whole = await desk.ticket()
    assert (whole["joined"], len(whole["photos"])) == (1, 1)
    assert "my view" not in str(whole["transitions"]), "its words stay with the report"
    photo_seen = await operator.get(whole["photos"][0]["url"].removeprefix("/api/v1"))
    assert photo_seen.status_code == 200
    both = (await operator.get(f"/reports?ticket_id={ticket['id']}")).json()["items"]
    assert [(r["joined"], r["description"]) for r in both] == [
        (True, "my view"),
        (False, "bags of Mr Wang"),
    ]
    await desk.move("accept")
    worker = Desk(await log_in("worker"), ticket["id"])
    for move in ("acknowledge", "start"):
        await worker.move(move)
    await worker.finish()
    await desk.move("verify")

    for code, may_rate in ((first, True), (second, False)):
        shown = (await visitor.get(f"/public/reports/{code}")).json()
        assert (shown["state"], shown["may_rate"]) == ("done", may_rate)
    rating = {"rating": "satisfied"}
    refused = await visitor.post(f"/public/reports/{second}/rating", json=rating)
    assert refused.status_code == 409
    assert (await visitor.post(f"/public/reports/{first}/rating", json=rating)).status_code == 200
    async with ground_of(app).database.reading() as session:
        row = await get(session, int(ticket["id"]))
        assert row is not None
        assert await record.verify(session, row, f"ticket/{row.id}") is None


async def test_a_citizen_sees_type_rough_place_and_age_and_nothing_else(
    visitor: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    await visitor.post("/public/reports", json=BAGS)
    clock.forward(minutes=20)
    (known,) = await seen(visitor, "/public/similar", LOOK)
    assert known.pop("same_as")
    assert known == {
        "event_type": "rubbish",
        "name": {"zh": "暴露垃圾", "en": "Rubbish"},
        "near": {"lon": 122.051, "lat": 37.191},
        "distance_m": 60,
        "since": "2025-06-02T02:00:00Z",
        "state_name": {"zh": "已收到", "en": "Received"},
        "ticket_id": None,
        "number": None,
        "place": None,
    }
    # A worker of another village sees no more; the centre sees its ticket.
    for login, clear in (("chief", False), ("operator", True)):
        (known,) = await seen(await log_in(login), "/reports/similar", LOOK)
        assert (known["number"] is not None) == clear, login
        assert ("Wang" in str(known)) == clear, login


async def test_what_is_near_is_found_whatever_has_happened_elsewhere_since(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "_LOOKED_AT", 2)
    far = {"lon": HERE["lon"], "lat": HERE["lat"] + 0.01}
    for position in (HERE, far, far, far):
        await visitor.post("/public/reports", json=BAGS | {"position": position})
    assert len(await seen(visitor, "/public/similar", LOOK)) == 1


@given(
    st.floats(-60, 60), st.floats(-179, 179), st.floats(0, 360), st.floats(0, similar.RADIUS_M + 10)
)
def test_whatever_may_be_shown_lies_in_the_box_that_is_looked_through(
    lat: float, lon: float, bearing: float, metres: float
) -> None:
    """Of whoever stands so far from its rough place."""
    ticket = Position(lon=lon, lat=lat)
    near, turn = similar.rough(ticket), math.radians(bearing)
    wide = METRES_PER_DEGREE * math.cos(math.radians(lat))
    asked = Position(
        lon=near.lon + math.sin(turn) * metres / wide,
        lat=near.lat + math.cos(turn) * metres / METRES_PER_DEGREE,
    )
    (west, south), (east, north) = map(spot_of, box_around(asked, similar.REACH_M))
    x, y = spot_of(ticket)
    assert west <= x <= east
    assert south <= y <= north


async def test_what_is_not_public_is_told_to_those_alone_who_see_its_ticket(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    quarrel = BAGS | {"event_type": "dispute"}
    await visitor.post("/public/reports", json=quarrel)
    look = LOOK | {"event_type": "dispute"}
    assert await seen(visitor, "/public/similar", look) == []
    assert await seen(visitor, "/public/similar", {"position": NEXT_DOOR}) == []
    assert await seen(await log_in("chief"), "/reports/similar", look) == []
    assert len(await seen(await log_in("operator"), "/reports/similar", look)) == 1


async def test_another_place_another_type_and_what_is_done_are_not_the_same(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    await visitor.post("/public/reports", json=BAGS)
    operator = await log_in("operator")
    far = LOOK | {"position": ANOTHER_STREET}
    for client, path in ((visitor, "/public/similar"), (operator, "/reports/similar")):
        assert await seen(client, path, far) == []
        assert await seen(client, path, LOOK | {"event_type": "street_light"}) == []
        (known,) = await seen(client, path, LOOK)
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    wrong = [
        {"same_as": known["same_as"], "position": ANOTHER_STREET},
        {"same_as": known["same_as"], "event_type": "street_light"},
        {"same_as": known["same_as"], "position": None},
        {"same_as": ticket["id"]},
        {"same_as": "é"},
    ]
    for change in wrong:
        answer = await visitor.post("/public/reports", json=BAGS | change)
        assert (answer.status_code, answer.json()["field"]) == (422, "same_as"), change
    await Desk(operator, ticket["id"]).move("reject", reason="a private matter")
    late = await visitor.post("/public/reports", json=BAGS | {"same_as": known["same_as"]})
    assert late.status_code == 422
    assert await seen(visitor, "/public/similar", LOOK) == []


async def test_a_patrol_that_joins_hears_of_the_end_without_seeing_the_ticket(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    await visitor.post("/public/reports", json=BAGS)
    chief = await log_in("chief")
    (known,) = await seen(chief, "/reports/similar", LOOK)
    body = BAGS | {"position": NEXT_DOOR, "same_as": known["same_as"]}
    joined = await report(chief, "patrol", body)
    assert joined["joined"]
    operator = await log_in("operator")
    await Desk(operator, joined["ticket_id"]).move("reject", reason="nothing there")
    (told,) = (await chief.get("/notifications")).json()["items"]
    assert told["text"]["en"].endswith("Not accepted: nothing there")
    assert told["ticket_id"] is None


async def test_a_caller_who_joins_is_called_back(log_in: LogIn) -> None:
    """The ticket waits in `verified` until somebody has called, as the hotline's own do."""
    operator = await log_in("operator")
    ticket_id = (await report(operator, "operator", BAGS))["ticket_id"]
    (known,) = await seen(operator, "/reports/similar", LOOK)
    call = BAGS | {"hotline_category": "complaint", "same_as": known["same_as"]}
    assert (await report(operator, "hotline", call))["ticket_id"] == ticket_id
    worker = Desk(await log_in("worker"), ticket_id)
    for move in ("acknowledge", "start"):
        await worker.move(move)
    await worker.finish()
    lead = Desk(await log_in("lead"), ticket_id)
    assert (await lead.move("verify"))["state"] == "verified"


@pytest.mark.parametrize("category", HotlineCategory)
async def test_all_six_kinds_of_a_call(log_in: LogIn, category: HotlineCategory) -> None:
    operator = await log_in("operator")
    made = await report(operator, "hotline", BAGS | {"hotline_category": category.value})
    assert made["query_code"]
    for asked in HotlineCategory:
        query = f"/reports?source=hotline&hotline_category={asked.value}"
        found = (await operator.get(query)).json()["items"]
        assert len(found) == (asked is category)


async def test_who_may_ask(visitor: httpx.AsyncClient, log_in: LogIn) -> None:
    for login, status in (("worker", 200), ("operator", 200), ("engineer", 403), ("police", 403)):
        answer = await (await log_in(login)).post("/reports/similar", json=LOOK)
        assert answer.status_code == status, login
    types = (await visitor.get("/public/event-types")).json()["items"]
    codes = {t["code"] for t in types}
    assert {"rubbish", "other"} <= codes
    assert not codes & {"dispute", "petition", "person_in_need", "intrusion", "camera_offline"}
    answers = [await visitor.post("/public/similar", json=LOOK) for _ in range(121)]
    assert answers[-1].status_code == 429


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [(122.05149, 37.1914, (122.051, 37.191)), (122.0516, 37.1916, (122.052, 37.192))],
)
def test_a_rough_place(lon: float, lat: float, expected: tuple[float, float]) -> None:
    place = similar.rough(Position(lon=lon, lat=lat))
    assert (place.lon, place.lat) == expected


def test_a_rough_hour() -> None:
    assert similar.rough_hour(datetime(2025, 6, 2, 2, 59, 1, tzinfo=START.tzinfo)) == START
