"""Each timer fires once, whoever races for it and whatever fails beside it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from command_center.tickets.tables import Ticket
from command_center.timers import escalation, service
from command_center.timers.repository import armed
from command_center.timers.tables import Timer, TimerKind
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.timers.scene import Fire, a_ticket, moves

pytestmark = pytest.mark.anyio


@ON_BOTH
async def test_two_command_centers_fire_a_timer_once(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
) -> None:
    desks = []
    for event_type in ("lane_blocked", "gathering", "smoke", "noise"):
        ticket = await a_ticket(shard, operator, clock, event_type)
        desks.append(Desk(operator, ticket["id"]))
    clock.forward(minutes=30)
    database = ground_of(app).database
    await asyncio.gather(*(service.fire_due(database, clock()) for _ in range(6)))
    for desk in desks:
        assert moves(await desk.ticket()).count("hand_on") == 1


@ON_BOTH
async def test_a_timer_and_a_worker_at_once(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    worker = Desk(await log_in("worker"), ticket["id"])
    clock.forward(minutes=30)
    answer, _ = await asyncio.gather(
        worker.try_move("acknowledge"), service.fire_due(ground_of(app).database, clock())
    )
    record = moves(await Desk(operator, ticket["id"]).ticket())
    if answer.status_code == 200:
        assert "hand_on" not in record
    else:
        assert answer.status_code in {403, 409}
        assert record[-1] == "hand_on"


async def test_a_timer_that_fails_keeps_no_other_from_firing(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    bad = await a_ticket(shard, operator, clock)
    good = await a_ticket(shard, operator, clock, "noise")
    database = ground_of(app).database
    async with database.transaction() as session:
        # A ticket whose event type is unknown can never be moved.
        statement = update(Ticket).where(Ticket.id == int(bad["id"])).values(event_type="gone")
        await session.execute(statement)
    await pass_time(minutes=30)
    assert moves(await Desk(operator, good["id"]).ticket())[-1] == "hand_on"
    async with database.reading() as session:
        late = await session.scalar(select(Timer).where(Timer.ticket_id == int(bad["id"]), armed()))
    assert late is not None
    assert (late.attempts, late.wake_at) == (1, clock() + timedelta(minutes=1))
    assert "no event type" in late.failure


async def test_a_timer_that_has_failed_for_months_is_tried_every_hour(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    bad = await a_ticket(shard, operator, clock)
    good = await a_ticket(shard, operator, clock, "noise")
    database = ground_of(app).database
    async with database.transaction() as session:
        bad_id = int(bad["id"])
        await session.execute(update(Ticket).where(Ticket.id == bad_id).values(event_type="gone"))
        await session.execute(update(Timer).where(Timer.ticket_id == bad_id).values(attempts=5000))
    await pass_time(minutes=30)
    assert moves(await Desk(operator, good["id"]).ticket())[-1] == "hand_on"
    async with database.reading() as session:
        late = await session.scalar(select(Timer).where(Timer.ticket_id == int(bad["id"]), armed()))
    assert late is not None
    assert (late.attempts, late.wake_at) == (5001, clock() + timedelta(hours=1))


async def test_a_timer_that_cannot_even_be_put_off_keeps_no_other_from_firing(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    pass_time: Fire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = await a_ticket(shard, operator, clock)
    good = await a_ticket(shard, operator, clock, "noise")

    async def broken(*_: object) -> None:
        raise ValueError("the failure cannot be written down")

    monkeypatch.setattr(service, "_put_off", broken)
    async with ground_of(app).database.transaction() as session:
        mine = Ticket.id == int(bad["id"])
        await session.execute(update(Ticket).where(mine).values(event_type="gone"))
    with capture_logs() as logs:
        await pass_time(minutes=30)
    assert moves(await Desk(operator, good["id"]).ticket())[-1] == "hand_on"
    assert "timer_not_put_off" in [line["event"] for line in logs]


@ON_BOTH
async def test_batches_of_racing_command_centers_keep_each_tickets_order(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a long stop each ticket has four marks due: more than a batch, of several tickets."""
    monkeypatch.setattr(service, "BATCH", 3)
    worker, desks = await log_in("worker"), []
    for event_type in ("lane_blocked", "noise", "stray_dog"):
        ticket = await a_ticket(shard, operator, clock, event_type)
        desks.append(Desk(worker, ticket["id"]))
        await desks[-1].move("acknowledge")
    clock.forward(days=3)
    database = ground_of(app).database
    await asyncio.gather(*(service.catch_up(database, clock()) for _ in range(4)))
    await service.catch_up(database, clock())
    for desk in desks:
        ticket = await desk.ticket()
        notes = [t["note"] for t in ticket["transitions"] if t["move"] == "mark"]
        assert (notes, ticket["supervision"]) == (["50%", "80%", "100%", "150%"], 3)


async def test_those_that_fail_in_a_batch_are_found_out_and_the_others_fire_once(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    kinds = ("lane_blocked", "noise", "stray_dog", "loitering", "line_crossing")
    tickets = [await a_ticket(shard, operator, clock, kind) for kind in kinds]
    bad = [int(tickets[n]["id"]) for n in (1, 4)]
    database = ground_of(app).database
    async with database.transaction() as session:
        await session.execute(update(Ticket).where(Ticket.id.in_(bad)).values(event_type="gone"))
    await pass_time(minutes=30)
    for ticket in tickets:
        if int(ticket["id"]) not in bad:
            record = moves(await Desk(operator, ticket["id"]).ticket())
            assert record.count("hand_on") == 1
    async with database.reading() as session:
        late = await session.scalars(select(Timer).where(armed(), Timer.attempts > 0))
        assert sorted((t.ticket_id, t.attempts) for t in late) == [(n, 1) for n in bad]


async def test_what_one_timer_has_ended_no_later_one_of_its_batch_begins_anew(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    """Two timers of one ticket in one batch: handing it on cancels the one that asked before."""
    ticket = await a_ticket(shard, operator, clock)
    async with ground_of(app).database.transaction() as session:
        first = await session.scalar(select(Timer).where(armed()))
        assert first is not None
        session.add(
            Timer(
                kind=TimerKind.ACKNOWLEDGE,
                due_at=first.due_at + timedelta(seconds=1),
                wake_at=first.due_at + timedelta(seconds=1),
                ticket_id=first.ticket_id,
            )
        )
    await pass_time(minutes=31)
    assert moves(await Desk(operator, ticket["id"]).ticket()).count("hand_on") == 1


async def test_no_timer_is_put_off_because_the_database_is_away(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await a_ticket(shard, operator, clock)
    await a_ticket(shard, operator, clock, "noise")
    clock.forward(minutes=30)

    async def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, OSError("connection refused"))

    monkeypatch.setattr(escalation, "of_ticket", away)
    monkeypatch.setattr(service, "_put_off", away)
    with capture_logs() as logs, pytest.raises(OperationalError):
        await service.fire_due(ground_of(app).database, clock())
    assert logs == []
