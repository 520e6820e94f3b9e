"""Operators decide: one wins, the other is told who."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.audit.tables import AccessEntry
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk, Finder, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alert_id(shard: httpx.AsyncClient, clock: TurnedClock) -> str:
    finder = Finder(shard)
    await finder.register()
    return str((await finder.send(finder.event(clock()))).json()["alert_id"])


@ON_BOTH
async def test_two_operators_at_once_one_wins(alert_id: str, log_in: LogIn) -> None:
    operator, lead = await log_in("operator"), await log_in("lead")
    answers = await asyncio.gather(
        operator.post(f"/alerts/{alert_id}/confirm", json={}),
        lead.post(f"/alerts/{alert_id}/reject", json={"reason": "a shadow"}),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    won = answers[0].status_code == 200
    loser = answers[1] if won else answers[0]
    assert ("operator" if won else "lead") in loser.json()["detail"]


@ON_BOTH
async def test_confirming_twice_makes_one_ticket(alert_id: str, log_in: LogIn) -> None:
    operator = await log_in("operator")
    answers = await asyncio.gather(
        *(operator.post(f"/alerts/{alert_id}/confirm", json={}) for _ in range(4))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    assert ticket["place"] == "lane-1 · lane", "a zone's name alone may be anywhere in the town"


async def test_a_rejection_needs_a_reason(alert_id: str, log_in: LogIn) -> None:
    operator = await log_in("operator")
    for body in ({}, {"reason": ""}):
        answer = await operator.post(f"/alerts/{alert_id}/reject", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "reason")


async def test_the_record_of_a_decision(alert_id: str, log_in: LogIn) -> None:
    operator = await log_in("operator")
    await operator.post(f"/alerts/{alert_id}/reject", json={"reason": "a shadow"})
    alert = (await operator.get(f"/alerts/{alert_id}")).json()
    assert (alert["state"], alert["decided_by"], alert["reason"]) == (
        "false_alarm",
        "operator",
        "a shadow",
    )
    assert [(t["move"], t["from"], t["to"]) for t in alert["transitions"]] == [
        ("dismiss", "new", "false_alarm")
    ]


async def test_only_the_centre_decides(alert_id: str, log_in: LogIn) -> None:
    for login in ("worker", "chief", "police", "admin", "supervisor"):
        person = await log_in(login)
        answer = await person.post(f"/alerts/{alert_id}/confirm", json={})
        assert answer.status_code == 403, login


async def test_lists_by_state_page_by_page(
    shard: httpx.AsyncClient, clock: TurnedClock, log_in: LogIn
) -> None:
    finder = Finder(shard)
    await finder.register()
    for event_type in ("lane_blocked", "gathering", "smoke"):
        await finder.send(finder.event(clock(), event_type=event_type))
    operator = await log_in("operator")
    first = (await operator.get("/alerts?state=open&limit=2")).json()
    rest = (await operator.get(f"/alerts?state=open&limit=2&before={first['next']}")).json()
    types = [a["event_type"] for a in first["items"] + rest["items"]]
    assert types == ["smoke", "gathering", "lane_blocked"]
    assert rest["next"] is None
    only = (await operator.get("/alerts?event_type=smoke&camera=lane-1")).json()["items"]
    assert [a["event_type"] for a in only] == ["smoke"]
    assert (await operator.get("/alerts?state=sleeping")).json()["field"] == "state"


async def test_a_clear_picture_needs_a_reason_and_is_logged(
    app: FastAPI, shard: httpx.AsyncClient, clock: TurnedClock, log_in: LogIn
) -> None:
    finder = Finder(shard)
    await finder.register()
    event = finder.event(clock())
    alert_id = (await finder.send(event)).json()["alert_id"]
    await shard.put(
        f"/events/{event.id}/evidence/snapshot_clear",
        content=jpeg(),
        headers={"Content-Type": "image/jpeg"},
    )
    operator = await log_in("operator")
    url = f"/alerts/{alert_id}/snapshot/clear"
    assert (await operator.post(url, json={"reason": ""})).status_code == 422
    assert (await operator.post(url, json={"reason": "police case 7"})).status_code == 200
    assert (await (await log_in("worker")).post(url, json={"reason": "curious"})).status_code == 403
    async with ground_of(app).database.reading() as session:
        entries = list(await session.scalars(select(AccessEntry)))
    assert [(e.login, e.reason, e.camera_id) for e in entries] == [
        ("operator", "police case 7", "lane-1")
    ]


async def test_the_clip_is_served_in_ranges_and_logged(
    app: FastAPI, shard: httpx.AsyncClient, clock: TurnedClock, log_in: LogIn
) -> None:
    finder = Finder(shard)
    await finder.register()
    event = finder.event(clock())
    alert_id = (await finder.send(event)).json()["alert_id"]
    clip = b"\0\0\0\x18ftypisom" + bytes(range(256))
    await shard.put(
        f"/events/{event.id}/evidence/clip", content=clip, headers={"Content-Type": "video/mp4"}
    )
    operator, url = await log_in("operator"), f"/alerts/{alert_id}/clip"
    part = await operator.get(url, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, b"ftypisom")
    assert (await operator.get(url, params={"reason": "police case 7"})).status_code == 200
    admin = await log_in("admin")
    assert (await admin.get(url)).status_code == 403, "people are not blurred in it"
    async with ground_of(app).database.reading() as session:
        entries = [(e.login, e.reason) for e in await session.scalars(select(AccessEntry))]
    assert entries == [("operator", f"to decide alert {alert_id}"), ("operator", "police case 7")]


@ON_BOTH
async def test_what_came_back_after_the_work_was_checked_reopens_its_ticket(
    shard: httpx.AsyncClient, clock: TurnedClock, log_in: LogIn
) -> None:
    finder = Finder(shard)
    await finder.register()
    alert_id = (await finder.send(finder.event(clock()))).json()["alert_id"]
    operator = await log_in("operator")
    confirmed = (await operator.post(f"/alerts/{alert_id}/confirm", json={})).json()
    worker = Desk(await log_in("worker"), confirmed["ticket_id"])
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    desk = Desk(operator, confirmed["ticket_id"])
    await desk.move("verify")
    clock.forward(minutes=30)
    back = (await finder.send(finder.event(clock()))).json()
    assert (back["outcome"], back["ticket_id"]) == ("updated", confirmed["ticket_id"])
    ticket = await desk.ticket()
    assert ticket["state"] == "dispatched"
    assert [t["move"] for t in ticket["transitions"]][-3:-1] == ["recur", "dispatch"]


@ON_BOTH
async def test_what_the_other_camera_of_an_incident_sees_again_reopens_its_ticket(
    shard: httpx.AsyncClient, clock: TurnedClock, log_in: LogIn
) -> None:
    finder, operator = Finder(shard), await log_in("operator")
    await finder.register()
    first = (await finder.send(finder.event(clock()))).json()["alert_id"]
    second = (await finder.send(finder.event(clock(), camera="square-1"))).json()["alert_id"]
    ticket_id = (await operator.post(f"/alerts/{first}/confirm", json={})).json()["ticket_id"]
    worker, desk = Desk(await log_in("worker"), ticket_id), Desk(operator, ticket_id)
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    await desk.move("verify")
    clock.forward(minutes=30)
    back = (await finder.send(finder.event(clock(), camera="square-1"))).json()
    assert (back["outcome"], back["alert_id"], back["ticket_id"]) == ("updated", second, ticket_id)
    assert (await desk.ticket())["state"] == "dispatched"
    also = (await finder.send(finder.event(clock()))).json()
    assert (also["outcome"], also["alert_id"], also["ticket_id"]) == ("updated", first, ticket_id)


async def test_what_came_back_after_its_finder_had_it_reopened_is_one_matter(
    shard: httpx.AsyncClient, clock: TurnedClock, log_in: LogIn
) -> None:
    finder = Finder(shard)
    await finder.register()
    alert_id = (await finder.send(finder.event(clock()))).json()["alert_id"]
    operator = await log_in("operator")
    ticket_id = (await operator.post(f"/alerts/{alert_id}/confirm", json={})).json()["ticket_id"]
    worker, desk = Desk(await log_in("worker"), ticket_id), Desk(operator, ticket_id)
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    await desk.move("verify")
    assert (await desk.move("rate", rating="not"))["state"] == "dispatched"
    back = await finder.send(finder.event(clock()))
    assert (back.status_code, back.json()["ticket_id"]) == (202, ticket_id)
    assert (await desk.ticket())["transitions"][-1]["move"] == "note"
