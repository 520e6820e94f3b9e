"""Timers over days, with a clock that is turned by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.tickets.tables import Ticket
from command_center.tickets.turn import begin
from command_center.timers.calendars import calendar_of
from command_center.timers.recount import recount
from command_center.timers.repository import armed
from command_center.timers.tables import Timer, TimerKind
from command_center.town.importing import import_town
from configs.workdays import TownCalendar
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import CATALOGUE, TOWN, TurnedClock
from tests.command_center.findings import Desk, Finder
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.timers.scene import Fire, a_ticket, moves, told

pytestmark = pytest.mark.anyio


@ON_BOTH
async def test_nobody_answers_and_it_climbs_to_the_top(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock, pass_time: Fire
) -> None:
    clock.forward(days=3)  # B is back from leave
    operator = await log_in("operator")
    desk = Desk(operator, (await a_ticket(shard, operator, clock))["id"])
    ladder = []
    for _ in range(4):
        ticket = await desk.ticket()
        ladder.append((ticket["routing"]["outcome"], (ticket["assignee"] or {}).get("login")))
        await pass_time(minutes=30)
    assert ladder == [("a", "worker"), ("b", "backup"), ("station", "chief"), ("centre", None)]
    assert (await desk.ticket())["supervision"] == 2
    await pass_time(minutes=30)
    assert (await desk.ticket())["supervision"] == 3
    await pass_time(days=30)
    final = await desk.ticket()
    assert moves(final) == ["confirm", "accept", "dispatch", *["hand_on"] * 3, *["supervise"] * 2]
    assert final["state"] == "dispatched"  # no clock in the world closes it
    assert len(await told(await log_in("supervisor"), "supervision")) == 1
    assert await told(operator, "unassigned") == [
        f"{final['number']} Lane blocked: Nobody is left to take it; assign somebody"
    ]


async def test_an_answer_stops_the_clock_of_asking(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    await pass_time(minutes=29)
    worker = Desk(await log_in("worker"), ticket["id"])
    await worker.move("acknowledge")
    await pass_time(hours=1)
    assert (await worker.ticket())["assignee"]["login"] == "worker"


async def test_marks_and_supervision_at_their_times(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    """A blocked lane has 4 h: 50 % at 2 h, 80 % at 3 h 12 min, 100 % at 4 h, 150 % at 6 h."""
    worker = Desk(await log_in("worker"), (await a_ticket(shard, operator, clock))["id"])
    await worker.move("acknowledge")
    seen = []
    for minutes in (119, 1, 71, 1, 47, 1, 119, 1):
        await pass_time(minutes=minutes)
        ticket = await worker.ticket()
        seen.append((moves(ticket).count("mark"), ticket["supervision"]))
    assert seen == [(0, 0), (1, 0), (1, 0), (2, 1), (2, 1), (3, 2), (3, 2), (4, 3)]
    notes = [t["note"] for t in (await worker.ticket())["transitions"] if t["move"] == "mark"]
    assert notes == ["50%", "80%", "100%", "150%"]
    assert len(await told(await log_in("chief"), "supervision")) == 3
    assert len(await told(operator, "supervision")) == 2
    assert len(await told(await log_in("supervisor"), "supervision")) == 1
    await worker.move("start")
    assert (await worker.finish())["on_time"] is False


async def test_a_long_stop_is_caught_up_in_order(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    worker = Desk(await log_in("worker"), (await a_ticket(shard, operator, clock))["id"])
    await worker.move("acknowledge")
    await pass_time(days=3)
    ticket = await worker.ticket()
    notes = [t["note"] for t in ticket["transitions"] if t["move"] == "mark"]
    assert (notes, ticket["supervision"]) == (["50%", "80%", "100%", "150%"], 3)


async def test_suspended_time_does_not_count(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    await worker.move("acknowledge")
    await worker.move("start")
    await pass_time(hours=1)
    until = clock() + timedelta(days=2)
    await worker.move("ask_suspension", reason="rain", until=until.isoformat())
    await pass_time(minutes=30)  # asking stops nothing
    await desk.move("grant_suspension")
    await pass_time(days=1)
    assert moves(await desk.ticket()).count("mark") == 0
    await pass_time(hours=23, minutes=30)  # the time asked for is over
    resumed = await desk.ticket()
    assert (resumed["state"], resumed["transitions"][-1]["by"]) == ("handling", "system")
    due = datetime.fromisoformat(resumed["deadlines"]["due_at"])
    assert due - clock() == timedelta(hours=2, minutes=30)
    await pass_time(minutes=31)
    assert moves(await desk.ticket()).count("mark") == 1


async def test_more_time_sets_new_marks(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    await worker.move("acknowledge")
    await pass_time(hours=3, minutes=30)  # 50 and 80 % have fired
    until = clock() + timedelta(hours=6, minutes=30)  # ten hours in all
    await worker.move("ask_extension", reason="a crane", until=until.isoformat())
    await desk.move("grant_extension")
    await pass_time(minutes=45)  # the old deadline has gone by
    assert (await desk.ticket())["supervision"] == 1
    await pass_time(hours=1)  # 50 % of ten hours
    assert [t["note"] for t in (await desk.ticket())["transitions"] if t["move"] == "mark"] == [
        "50%",
        "80%",
        "50%",
    ]


async def test_rework_goes_on_with_the_time_that_is_left(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    due = (await worker.move("acknowledge"))["deadlines"]["due_at"]
    await worker.move("start")
    await worker.finish()
    await pass_time(hours=2, minutes=30)  # nobody is reminded while it waits for its check
    assert moves(await desk.ticket()).count("mark") == 0
    reworked = await desk.move("rework", reason="not all of it")
    assert reworked["deadlines"]["due_at"] == due
    await pass_time(seconds=1)
    assert [t["note"] for t in (await desk.ticket())["transitions"] if t["move"] == "mark"] == [
        "50%"
    ]


async def test_a_week_without_an_answer_is_unrated_not_satisfied(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    worker, desk = Desk(await log_in("worker"), ticket["id"]), Desk(operator, ticket["id"])
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    await desk.move("verify")
    await pass_time(days=6, hours=23)
    assert (await desk.ticket())["state"] == "fed_back"
    await pass_time(hours=2)
    final = await desk.ticket()
    assert (final["state"], final["rating"]) == ("archived", "unrated")
    assert [t for t in final["timers"] if t["fired_at"] is None] == []


async def test_an_alert_that_nobody_decides_on(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    log_in: LogIn,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    finder = Finder(shard)
    await finder.register()
    await finder.send(finder.event(clock(), event_type="fire"))
    lead = await log_in("lead")
    await pass_time(seconds=59)
    assert await told(operator, "undecided") == []
    await pass_time(seconds=1)
    assert await told(operator, "undecided") == ["Fire: decide on the alert"]
    await pass_time(seconds=60)
    assert await told(lead, "undecided") == ["Fire: decide on the alert"] * 2


async def test_what_the_centre_leaves_lying_reaches_the_lead(
    log_in: LogIn, operator: httpx.AsyncClient, pass_time: Fire
) -> None:
    worker = await log_in("worker")
    body = {"source": "patrol", "event_type": "flooding", "description": "the bridge"}
    report = (await worker.post("/reports", json=body)).json()
    await pass_time(minutes=10)
    number = (await operator.get(f"/tickets/{report['ticket_id']}")).json()["number"]
    lead = await log_in("lead")
    assert await told(lead, "overdue") == [f"{number} Flooding: Not accepted in time"]
    assert await told(operator, "overdue") == []


async def test_every_open_state_is_watched_by_some_timer(
    app: FastAPI, shard: httpx.AsyncClient, operator: httpx.AsyncClient, clock: TurnedClock
) -> None:
    await a_ticket(shard, operator, clock)
    async with ground_of(app).database.reading() as session:
        kinds = set(await session.scalars(select(Timer.kind).where(Timer.cancelled_at.is_(None))))
    assert kinds == {TimerKind.ACKNOWLEDGE}


@ON_BOTH
async def test_days_off_that_are_announced_move_what_runs(
    app: FastAPI, shard: httpx.AsyncClient, operator: httpx.AsyncClient, clock: TurnedClock
) -> None:
    """The example town takes the public holidays: 2 June 2025 is one, and what was due on that
    Monday at 10:30 falls due on Tuesday, half an hour after the doors open."""
    ticket = await a_ticket(shard, operator, clock, "camera_covered")
    open_again = datetime(2025, 6, 3, 1, tzinfo=UTC)
    async with ground_of(app).database.transaction() as session:
        before = await calendar_of(session)
        row = await session.get_one(Ticket, ticket["id"])
        assert row.stage_due_at == clock() + timedelta(minutes=30)
        public = TOWN.model_copy(update={"calendar": TownCalendar()})
        await import_town(session, public, CATALOGUE, now=clock(), first_hash=lambda _: None)
        assert await recount(await begin(session, clock()), before) == 1
    async with ground_of(app).database.reading() as session:
        row = await session.get_one(Ticket, ticket["id"])
        timers = await session.scalars(select(Timer).where(armed(), Timer.ticket_id == row.id))
        assert [row.stage_due_at, *(t.due_at for t in timers)] == [open_again, open_again]
        turn = await begin(session, clock())
        assert turn.calendar.known_until == date(2026, 12, 31)
        assert turn.calendar is (await begin(session, clock())).calendar
