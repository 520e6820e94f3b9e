"""What people report, and what they are told about it."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from command_center.reports.codes import code_hash, new_code
from command_center.reports.endpoints import MAX_PHOTOS
from command_center.tickets import record
from command_center.tickets.repository import get
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.findings import Desk, Json, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

HERE = {"lon": 122.0512, "lat": 37.1912}


async def tickets_of(client: httpx.AsyncClient) -> list[Json]:
    return list((await client.get("/tickets")).json()["items"])


@ON_BOTH
async def test_a_citizens_report_from_the_code_to_the_rating(
    app: FastAPI, visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    body = {
        "event_type": "rubbish",
        "description": "bags behind the school",
        "position": HERE,
        "contact": "139 0000 0000",
    }
    created = await visitor.post("/public/reports", json=body)
    assert created.status_code == 201, created.text
    code = created.json()["query_code"]
    photo = await visitor.post(
        f"/public/reports/{code}/photos", files={"file": ("x.jpg", jpeg(), "image/jpeg")}
    )
    assert photo.json() == {"photos": 1}
    shown = (await visitor.get(f"/public/reports/{code}")).json()
    assert (shown["state"], shown["may_rate"]) == ("received", False)

    operator = await log_in("operator")
    (summary,) = await tickets_of(operator)
    desk = Desk(operator, summary["id"])
    accepted = await desk.move("accept")
    assert accepted["assignee"]["login"] == "worker"
    worker = Desk(await log_in("worker"), summary["id"])
    seen = await worker.ticket()
    assert [p["by"] for p in seen["photos"]] == ["citizen"]
    assert "139" not in str(seen)  # who reported it stays at the centre
    calls = f"/tickets/{summary['id']}/calls"
    call = {"called": "Mrs Wang of house 7", "answered": True}
    assert len((await operator.post(calls, json=call)).json()["calls"]) == 1
    assert (await worker.ticket())["calls"] == [], "it was to whoever reported it"
    call = {"called": "the towing service", "answered": False}
    own = (await worker.http.post(calls, json=call)).json()["calls"]
    assert [c["called"] for c in own] == ["the towing service"]
    assert len((await desk.ticket())["calls"]) == 2
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    early = await visitor.post(f"/public/reports/{code}/rating", json={"rating": "satisfied"})
    assert early.status_code == 409
    await desk.move("verify")

    done = (await visitor.get(f"/public/reports/{code}")).json()
    assert (done["state"], done["may_rate"]) == ("done", True)
    assert [step["text"]["en"] for step in done["steps"]][:3] == [
        "We have received your report",
        "It was accepted",
        "Somebody was given the task",
    ]
    assert "worker" not in str(done).lower()
    rated = await visitor.post(
        f"/public/reports/{code}/rating", json={"rating": "mostly", "comment": "slow"}
    )
    assert (rated.status_code, rated.json()["state"]) == (200, "closed")
    twice = await visitor.post(f"/public/reports/{code}/rating", json={"rating": "not"})
    assert twice.status_code == 409
    final = await desk.ticket()
    assert (final["state"], final["rating"], final["comment"]) == ("archived", "mostly", "slow")
    async with ground_of(app).database.reading() as session:
        ticket = await get(session, int(summary["id"]))
        assert ticket is not None
        assert await record.verify(session, ticket, f"ticket/{ticket.id}") is None


@ON_BOTH
async def test_a_report_takes_so_many_photos_whoever_sends_them_at_once(
    app: FastAPI, visitor: httpx.AsyncClient
) -> None:
    created = await visitor.post("/public/reports", json={"description": "bags"})
    url = f"/public/reports/{created.json()['query_code']}/photos"
    answers = await asyncio.gather(
        *(visitor.post(url, files={"file": ("x.jpg", jpeg(), "image/jpeg")}) for _ in range(8))
    )
    assert sorted(a.status_code for a in answers) == [201] * 6 + [409] * 2
    files = list(ground_of(app).evidence.root.glob("??/*.photo.*"))
    assert len(files) == 6, "what was refused is not kept"


async def test_a_refusal_is_explained_to_the_finder(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    created = await visitor.post("/public/reports", json={"description": "my neighbour"})
    code = created.json()["query_code"]
    operator = await log_in("operator")
    (summary,) = await tickets_of(operator)
    assert summary["event_type"] == "other"
    await Desk(operator, summary["id"]).move("reject", reason="a private matter")
    shown = (await visitor.get(f"/public/reports/{code}")).json()
    assert shown["state"] == "rejected"
    assert shown["steps"][-1]["text"]["en"] == "It was not accepted: a private matter"
    photo = await visitor.post(
        f"/public/reports/{code}/photos", files={"file": ("x.jpg", jpeg(), "image/jpeg")}
    )
    assert photo.status_code == 409


async def test_a_patrol_waits_for_the_centre_and_hears_of_the_end(log_in: LogIn) -> None:
    assistant = await log_in("assistant")
    body = {"source": "patrol", "event_type": "rubbish", "description": "bags", "position": HERE}
    created = await assistant.post("/reports", json=body)
    assert created.status_code == 201, created.text
    assert created.json()["query_code"] is None
    ticket_id = created.json()["ticket_id"]
    operator = await log_in("operator")
    assert (await Desk(operator, ticket_id).ticket())["state"] == "confirmed"
    told = (await operator.get("/notifications")).json()["items"]
    assert [n["kind"] for n in told] == ["report"]
    await Desk(operator, ticket_id).move("accept")

    worker = Desk(await log_in("worker"), ticket_id)
    seen = await worker.ticket()
    assert seen["transitions"][0]["by"] == "finder"
    assert "assistant" not in str(seen).lower()
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    await Desk(operator, ticket_id).move("verify")
    news = (await assistant.get("/notifications")).json()
    assert [n["text"]["en"].partition(": ")[2] for n in news["items"]] == [
        "It is done and was verified"
    ]
    read = await assistant.post(f"/notifications/{news['items'][0]['id']}/read")
    assert read.json()["read_at"] is not None
    assert (await assistant.get("/notifications?unread=true")).json()["items"] == []
    other = await operator.post(f"/notifications/{news['items'][0]['id']}/read")
    assert other.status_code == 404
    assert (await Desk(assistant, ticket_id).move("rate", rating="satisfied"))["rating"] == (
        "satisfied"
    )


async def test_a_call_is_accepted_by_taking_it_and_fed_back_by_another_call(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    operator = await log_in("operator")
    body = {
        "source": "hotline",
        "hotline_category": "complaint",
        "event_type": "noise",
        "description": "karaoke till three",
        "position": HERE,
        "contact": "Mrs Wang",
    }
    created = (await operator.post("/reports", json=body)).json()
    code = created["query_code"]
    worker = Desk(await log_in("worker"), created["ticket_id"])
    ticket = await worker.ticket()
    assert ticket["state"] == "dispatched"
    assert ticket["description"] == "【投诉】karaoke till three"
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.move("finish", note="they will stop at ten")
    desk = Desk(operator, created["ticket_id"])
    assert (await desk.move("verify"))["state"] == "verified"
    assert (await desk.move("feed_back", note="called her"))["state"] == "fed_back"
    rated = await visitor.post(f"/public/reports/{code}/rating", json={"rating": "satisfied"})
    assert rated.status_code == 200


async def test_who_may_report_what(log_in: LogIn) -> None:
    patrol = {"source": "patrol", "event_type": "rubbish", "description": "x"}
    call = {
        "source": "hotline",
        "event_type": "rubbish",
        "description": "x",
        "hotline_category": "help",
    }
    for login, body, status in (
        ("worker", patrol, 201),
        ("worker", call, 403),
        ("operator", call, 201),
        ("operator", patrol, 403),
        ("engineer", patrol, 403),
        ("operator", call | {"hotline_category": None}, 422),
        ("operator", call | {"event_type": "ufo"}, 422),
        ("operator", call | {"source": "citizen"}, 422),
    ):
        answer = await (await log_in(login)).post("/reports", json=body)
        assert answer.status_code == status, (login, answer.text)
    assert (await (await log_in("worker")).get("/reports")).status_code == 403
    reports = (await (await log_in("supervisor")).get("/reports")).json()["items"]
    assert [r["source"] for r in reports] == ["hotline", "patrol"]
    one = await (await log_in("supervisor")).get(f"/reports/{reports[0]['id']}")
    assert one.json()["finder"] == "operator"


async def test_where_no_grid_is_the_centre_gets_it_and_the_gap_is_reported_once(
    log_in: LogIn,
) -> None:
    operator = await log_in("operator")
    sea = {"lon": 122.5, "lat": 37.5}
    body = {"source": "operator", "event_type": "rubbish", "description": "x", "position": sea}
    for _ in range(2):
        await operator.post("/reports", json=body)
    tickets = await tickets_of(operator)
    kinds = [t["event_type"] for t in tickets]
    assert (kinds.count("rubbish"), kinds.count("data_quality")) == (2, 1)
    lost = next(t for t in tickets if t["event_type"] == "rubbish")
    assert (lost["assignee"], lost["rung"]) == (None, "centre")
    # Nobody else is left: the operator takes it in hand himself.
    desk = Desk(operator, lost["id"])
    assert (await desk.move("acknowledge"))["assignee"]["login"] == "operator"


async def test_on_the_line_between_two_grids_the_centre_decides(log_in: LogIn) -> None:
    operator = await log_in("operator")
    line = {"lon": 122.055, "lat": 37.192}
    body = {"source": "operator", "event_type": "rubbish", "description": "x", "position": line}
    created = (await operator.post("/reports", json=body)).json()
    ticket = await Desk(operator, created["ticket_id"]).ticket()
    assert (
        ticket["routing"]["why"][0]["en"] == "It lies in east and west at once; the centre "
        "assigns it"
    )
    quality = next(t for t in await tickets_of(operator) if t["event_type"] == "data_quality")
    assert (await Desk(operator, quality["id"]).ticket())["description"].startswith("网格重叠")


async def test_a_flood_of_reports_and_of_guesses_is_stopped(visitor: httpx.AsyncClient) -> None:
    codes = [(await visitor.post("/public/reports", json={"description": "x"})) for _ in range(21)]
    assert [a.status_code for a in codes] == [201] * 20 + [429]
    assert int(codes[-1].headers["Retry-After"]) > 0
    guesses = [(await visitor.get(f"/public/reports/{new_code()}")) for _ in range(21)]
    assert [a.status_code for a in guesses] == [404] * 20 + [429]
    known = codes[0].json()["query_code"]
    assert (await visitor.get(f"/public/reports/{known}")).status_code == 429


async def test_bad_photos_and_too_many_of_them(visitor: httpx.AsyncClient) -> None:
    code = (await visitor.post("/public/reports", json={"description": "x"})).json()["query_code"]
    url = f"/public/reports/{code}/photos"
    bad = await visitor.post(url, files={"file": ("x.jpg", b"not a picture", "image/jpeg")})
    assert (bad.status_code, bad.json()["field"]) == (422, "file")
    good = [
        await visitor.post(url, files={"file": ("x.jpg", jpeg(), "image/jpeg")})
        for _ in range(MAX_PHOTOS + 1)
    ]
    assert [a.status_code for a in good] == [201] * MAX_PHOTOS + [409]


@given(st.data())
def test_a_code_survives_the_telephone(data: st.DataObject) -> None:
    code = new_code()
    spoken = code.lower().replace("-", data.draw(st.sampled_from(["", " ", "-"])))
    misheard = spoken.replace("0", "o").replace("1", data.draw(st.sampled_from(["i", "l", "L"])))
    assert code_hash(misheard) == code_hash(code)


def test_codes_are_long_and_never_the_same() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code.replace("-", "")) == 16 for code in codes)


@ON_BOTH
async def test_the_longest_place_and_what_no_database_keeps(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    """Whatever does not fit is the caller's mistake, on both databases. SQLite keeps a NUL."""
    body = {"event_type": "rubbish", "description": "bags", "position": HERE, "place": "位" * 200}
    assert (await visitor.post("/public/reports", json=body)).status_code == 201
    operator = await log_in("operator")
    (ticket,) = await tickets_of(operator)
    assert ticket["place"] == "位" * 200
    for path in (f"/tickets/{10**20}", f"/tickets?before={10**20}", f"/alerts/{2**63}/clip"):
        assert (await operator.get(path)).status_code == 422, path
    answer = await visitor.post("/public/reports", json=body | {"description": "bags\x00"})
    assert answer.status_code in {201, 422}
