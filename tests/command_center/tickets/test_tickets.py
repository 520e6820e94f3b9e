"""Tickets over HTTP: who may do and see what, photos, side moves, and two who are there at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from command_center.tickets import endpoints
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk, Finder, Json, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

LEAVE_IS_OVER = timedelta(days=3)
"""The example's backup is on leave on its first two days."""


async def confirmed(
    shard: httpx.AsyncClient, operator: httpx.AsyncClient, clock: TurnedClock, event_type: str
) -> Json:
    finder = Finder(shard)
    await finder.register()
    alert_id = (await finder.send(finder.event(clock(), event_type=event_type))).json()["alert_id"]
    answer = await operator.post(f"/alerts/{alert_id}/confirm", json={})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["ticket"])


@ON_BOTH
async def test_two_workers_accept_at_once_and_the_slower_is_told_who_was_faster(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    clock.now += LEAVE_IS_OVER
    ticket = await confirmed(shard, await log_in("operator"), clock, "fire")
    assert ticket["assignee"]["login"] == "worker"
    people = [Desk(await log_in(who), ticket["id"]) for who in ("worker", "backup")]
    answers = await asyncio.gather(*(p.try_move("acknowledge", expected_seq=3) for p in people))
    assert sorted(a.status_code for a in answers) == [200, 409]
    winner, loser = sorted(answers, key=lambda a: a.status_code)
    login = winner.json()["assignee"]["login"]
    assert f"({login}) made the last step: acknowledge" in loser.json()["detail"]
    record = (await people[0].ticket())["transitions"]
    assert [t["move"] for t in record].count("acknowledge") == 1


async def test_fire_tells_a_b_the_department_and_the_centre_together(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    clock.now += LEAVE_IS_OVER
    await confirmed(shard, await log_in("operator"), clock, "fire")
    for login in ("worker", "backup", "police", "operator", "lead"):
        told = (await (await log_in(login)).get("/notifications?unread=true")).json()
        assert any("明火" in n["text"]["zh"] for n in told["items"]), login
    told = (await (await log_in("operator")).get("/notifications")).json()["items"]
    assert any("119" in n["text"]["en"] for n in told)


async def test_b_takes_over_while_a_is_away_and_it_says_why(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    clock.now += LEAVE_IS_OVER + timedelta(hours=10)  # 20:00, after A's shift
    ticket = await confirmed(shard, await log_in("operator"), clock, "lane_blocked")
    assert (ticket["assignee"]["login"], ticket["routing"]["outcome"]) == ("backup", "b")
    assert [line["en"] for line in ticket["routing"]["why"]] == [
        "It lies in east (east)",
        "A Worker is off shift",
        "B Backup took it",
    ]
    assert (ticket["grid"]["code"], ticket["grid"]["version"]) == ("east", 1)


async def test_closing_needs_its_evidence_and_names_what_is_missing(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    ticket = await confirmed(shard, await log_in("operator"), clock, "lane_blocked")
    worker = Desk(await log_in("worker"), ticket["id"])
    await worker.move("acknowledge")
    shown = await worker.move("start")
    finish = next(m for m in shown["moves"] if m["move"] == "finish")
    assert finish["needs"] == ["photo", "note"]
    bare = await worker.try_move("finish", note="done")
    assert (bare.status_code, bare.json()["field"]) == (422, "photos")
    invented = await worker.try_move("finish", note="done", photos=["no-such-photo"])
    assert (invented.status_code, invented.json()["field"]) == (422, "photos")
    silent = await worker.try_move("finish", photos=[await worker.photo()])
    assert (silent.status_code, silent.json()["field"]) == (422, "note")
    assert (await worker.ticket())["state"] == "handling"


async def test_whoever_handled_it_cannot_verify_it(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    """The chief handles it, being the last on the ladder, and is no judge of his own work."""
    clock.forward(hours=10)  # A is off shift, B on leave
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    assert ticket["assignee"]["login"] == "chief"
    chief = Desk(await log_in("chief"), ticket["id"])
    await chief.move("acknowledge")
    await chief.move("start")
    done = await chief.finish()
    assert "verify" not in [m["move"] for m in done["moves"]]
    refused = await chief.try_move("verify")
    assert (refused.status_code, "never" in refused.json()["detail"]) == (403, True)
    assert (await Desk(operator, ticket["id"]).move("verify"))["state"] == "fed_back"


async def test_side_moves_are_asked_for_and_granted(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    await worker.move("acknowledge")
    due = (await worker.move("start"))["deadlines"]["due_at"]

    until = (clock() + timedelta(hours=8)).isoformat()
    asked = await worker.move("ask_extension", reason="a crane is needed", until=until)
    assert asked["request"]["kind"] == "extension"
    assert (await worker.try_move("ask_return", reason="x")).status_code == 409
    assert (await worker.try_move("grant_extension")).status_code == 403
    granted = await desk.move("grant_extension")
    assert granted["deadlines"]["due_at"] > due
    assert granted["request"] is None

    await worker.move("ask_suspension", reason="rain", until=until)
    assert (await desk.move("deny", reason="no rain here"))["state"] == "handling"
    await worker.move("ask_suspension", reason="rain", until=until)
    assert (await desk.move("grant_suspension"))["state"] == "suspended"
    assert (await worker.move("resume"))["state"] == "handling"

    await worker.move("ask_return", reason="not my grid")
    returned = await desk.move("grant_return")
    assert (returned["state"], returned["assignee"]) == ("returned", None)
    again = await desk.move("dispatch", assignee="worker")
    assert again["routing"]["outcome"] == "chosen"
    await worker.move("acknowledge")
    second = await worker.try_move("ask_return", reason="still not")
    assert (second.status_code, "once already" in second.json()["detail"]) == (409, True)

    await worker.move("ask_referral", reason="a crime", department="police")
    referred = await desk.move("grant_referral")
    assert (referred["state"], referred["department"]) == ("referred", "police")
    police = Desk(await log_in("police"), ticket["id"])
    assert (await police.move("acknowledge"))["assignee"]["login"] == "police"


async def test_requests_name_what_is_wrong_with_them(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    await worker.move("acknowledge")
    past = (clock() - timedelta(hours=1)).isoformat()
    for person, move, content, field in (
        (worker, "ask_extension", {"until": past, "reason": "x"}, "until"),
        (worker, "ask_extension", {"until": past}, "reason"),
        (worker, "ask_referral", {"reason": "x", "department": "navy"}, "department"),
        (desk, "reassign", {"reason": "x", "assignee": "nobody"}, "assignee"),
        (desk, "reassign", {"reason": "x"}, "assignee"),
        (desk, "reassign", {"assignee": "backup"}, "reason"),
    ):
        answer = await person.try_move(move, **content)
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
    assert (await person.try_move("levitate")).status_code == 422


async def test_a_reassigned_ticket_runs_on_the_same_clock(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    due = (await worker.move("acknowledge"))["deadlines"]["due_at"]
    clock.forward(minutes=20)
    await desk.move("reassign", assignee="chief", reason="he is nearer")
    chief = Desk(await log_in("chief"), ticket["id"])
    assert (await chief.move("acknowledge"))["deadlines"]["due_at"] == due
    assert (await worker.try_move("start")).status_code == 403


async def test_everybody_sees_his_own(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    lane = await confirmed(shard, operator, clock, "lane_blocked")
    fire = await confirmed(shard, operator, clock, "fire")
    both = {lane["id"], fire["id"]}
    seen = {
        "operator": both,
        "supervisor": both,
        "worker": both,
        "backup": both,  # his grid's, though he is on leave
        "chief": both,
        "police": {fire["id"]},
        "engineer": set(),
    }
    for login, ids in seen.items():
        person = await log_in(login)
        listed = (await person.get("/tickets")).json()["items"]
        assert {t["id"] for t in listed} == ids, login
        for ticket_id in both:
            expected = 200 if ticket_id in ids else 404
            assert (await person.get(f"/tickets/{ticket_id}")).status_code == expected
    assert (await (await log_in("auditor")).get("/tickets")).status_code == 403
    mine = (await (await log_in("backup")).get("/tickets?mine=1")).json()["items"]
    assert mine == []
    found = (await operator.get("/tickets", params={"q": lane["number"]})).json()["items"]
    assert [t["id"] for t in found] == [lane["id"]]
    states = (await operator.get("/tickets?state=done&state=rated")).json()["items"]
    assert states == []


async def test_a_note_in_between_makes_nobody_too_late(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    await Desk(operator, ticket["id"]).move("note", note="it is a red van")
    worker = Desk(await log_in("worker"), ticket["id"])
    assert (await worker.move("acknowledge", expected_seq=ticket["seq"]))["state"] == "acknowledged"
    late = await worker.try_move("start", expected_seq=ticket["seq"])
    assert late.status_code == 409


async def test_a_photo_keeps_its_pixels_and_nothing_else(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    ticket = await confirmed(shard, await log_in("operator"), clock, "lane_blocked")
    worker = Desk(await log_in("worker"), ticket["id"])
    photo = await worker.photo()
    shown = await worker.http.get(f"/photos/{photo}")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert (await (await log_in("police")).get(f"/photos/{photo}")).status_code == 404
    url = f"/tickets/{ticket['id']}/photos"
    for name, data in (
        ("photo.jpg", b"MZ\x90 this is a program"),
        ("photo.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("cut.jpg", jpeg(800, 600)[:900]),
        ("empty.jpg", b""),
    ):
        answer = await worker.http.post(url, files={"file": (name, data, "image/jpeg")})
        assert (answer.status_code, answer.json()["field"]) == (422, "file"), name


async def test_an_upload_of_200_mb_is_refused_and_nothing_is_kept(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    ticket = await confirmed(shard, await log_in("operator"), clock, "lane_blocked")
    worker = await log_in("worker")

    async def flood() -> object:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        yield head
        for _ in range(200):
            yield bytes(1 << 20)

    url = f"/tickets/{ticket['id']}/photos"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    # httpx announces no length for a stream: the body has to be counted while it comes in.
    answer = await worker.post(url, content=flood(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413
    told = headers | {"Content-Length": str(200 << 20)}
    answer = await worker.post(url, content=b"--b", headers=told)
    assert answer.status_code == 413
    assert list(ground_of(app).evidence.root.rglob("*.jpg")) == []


async def test_the_record_cannot_be_rewritten_and_a_forgery_shows(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    database = ground_of(app).database
    forge = text("UPDATE transitions SET reason = 'forged' WHERE seq = 2")
    with pytest.raises(DBAPIError, match="append-only"):
        await _execute(app, forge)
    async with database.transaction() as session:
        await session.execute(text("DROP TRIGGER transitions_no_update"))
        await session.execute(forge)
    chain = (await operator.get(f"/tickets/{ticket['id']}/chain")).json()
    assert chain == {"whole": False, "broken_at": 2}


async def _execute(app: FastAPI, statement: object) -> None:
    async with ground_of(app).database.transaction() as session:
        await session.execute(statement)  # type: ignore[call-overload]


@ON_BOTH
async def test_a_ticket_takes_so_many_photos_whoever_sends_them_at_once(
    app: FastAPI,
    shard: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoints, "MAX_PHOTOS", 2)
    ticket = await confirmed(shard, await log_in("operator"), clock, "lane_blocked")
    worker = await log_in("worker")
    answers = await asyncio.gather(*(_send_photo(worker, ticket["id"]) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 201, 409, 409]
    assert (await _send_photo(worker, ticket["id"])).status_code == 409
    files = list(ground_of(app).evidence.root.glob("??/*.photo.*"))
    assert len(files) == 2, "what was refused is not kept"


async def test_a_closed_ticket_takes_no_photo(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    await desk.move("verify")
    assert (await desk.move("rate", rating="satisfied"))["state"] == "archived"
    refused = await _send_photo(worker.http, ticket["id"])
    assert (refused.status_code, ticket["number"] in refused.json()["detail"]) == (409, True)


async def _send_photo(client: httpx.AsyncClient, ticket_id: str) -> httpx.Response:
    files = {"file": ("photo.jpg", jpeg(), "image/jpeg")}
    return await client.post(f"/tickets/{ticket_id}/photos", files=files)


@pytest.mark.parametrize("assignee", ["engineer", "auditor", "nobody"])
async def test_a_ticket_is_given_to_those_who_handle_tickets(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock, assignee: str
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    desk = Desk(operator, ticket["id"])
    answer = await desk.try_move("reassign", assignee=assignee, reason="he is nearer")
    assert (answer.status_code, answer.json()["field"]) == (422, "assignee")
    assert assignee in answer.json()["detail"]


async def test_calls_are_logged(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    body = {"called": "worker", "answered": True, "note": "he is on his way"}
    answer = await operator.post(f"/tickets/{ticket['id']}/calls", json=body)
    assert [c["called"] for c in answer.json()["calls"]] == ["worker"]


async def test_dissatisfied_reopens_once(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ticket = await confirmed(shard, operator, clock, "lane_blocked")
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    states = []
    for _ in range(2):
        await worker.move("acknowledge")
        await worker.move("start")
        await worker.finish()
        await desk.move("rework", reason="half of it is still there")
        await worker.move("start")
        await worker.finish()
        await desk.move("verify")
        states.append((await desk.move("rate", rating="not"))["state"])
    assert states == ["dispatched", "archived"]
    assert (await desk.ticket())["rating"] == "not"


async def test_numbers_are_never_given_twice(log_in: LogIn) -> None:
    operator = await log_in("operator")
    body = {"source": "operator", "event_type": "rubbish", "description": "bags"}
    answers = await asyncio.gather(*(operator.post("/reports", json=body) for _ in range(6)))
    assert all(a.status_code == 201 for a in answers)
    numbers = [t["number"] for t in (await operator.get("/tickets")).json()["items"]]
    assert sorted(numbers) == [f"20250602-{n:04d}" for n in range(1, 7)]
