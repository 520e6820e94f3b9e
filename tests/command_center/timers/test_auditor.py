"""What nobody was told of is found, and a calendar that ends is said in time."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, event, select

from command_center.database import Database
from command_center.notices.tables import Notice
from command_center.tickets.states import State
from command_center.timers import horizon, overdue
from command_center.timers.tables import Timer
from command_center.town.importing import import_town
from configs.workdays import TownCalendar
from tests.command_center.conftest import ground_of
from tests.command_center.example import CATALOGUE, TOWN, TurnedClock
from tests.command_center.timers.scene import Fire, a_ticket

pytestmark = pytest.mark.anyio


async def test_the_auditor_finds_what_the_timers_forgot(
    app: FastAPI, shard: httpx.AsyncClient, operator: httpx.AsyncClient, clock: TurnedClock
) -> None:
    ticket = await a_ticket(shard, operator, clock)
    database = ground_of(app).database
    clock.forward(minutes=36)
    async with database.transaction() as session:
        assert await overdue.stuck_timers(session, clock()) == 1
        await session.execute(delete(Timer))  # what a mistake in arming would look like
    await overdue.audit(database, clock())
    async with database.reading() as session:
        found = await overdue.find(session, clock())
        notice = await session.get(Notice, overdue.NOTICE)
    assert [(o.number, o.state) for o in found] == [(ticket["number"], State.DISPATCHED)]
    assert notice is not None
    assert ticket["number"] in notice.text.en


async def test_the_auditor_is_content_once_somebody_was_told(
    app: FastAPI,
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    pass_time: Fire,
) -> None:
    await a_ticket(shard, operator, clock)
    database = ground_of(app).database
    await pass_time(minutes=31)
    await overdue.audit(database, clock())
    async with database.reading() as session:
        assert list(await overdue.find(session, clock())) == []
        assert await session.get(Notice, overdue.NOTICE) is None


async def test_the_auditor_reads_no_closed_ticket(database: Database, clock: TurnedClock) -> None:
    """Of which a district has a million, and it looks every five minutes."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _1, _2, statement, parameters, _3, _4: asked.append((statement, parameters)),
    )
    async with database.reading() as session:
        await overdue.find(session, clock())
        connection = await session.connection()
        plans = [
            str(row)
            for statement, parameters in list(asked)
            if statement.startswith("SELECT")
            for row in await connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
        ]
    of_tickets = [plan for plan in plans if " tickets" in plan]
    assert len(of_tickets) == 2
    assert "ix_tickets_stage_due_at (stage_due_at<?)" in of_tickets[0]
    assert "ix_tickets_state_id (state=?)" in of_tickets[1]


async def test_the_end_of_the_calendar_is_said_in_time_and_taken_down(app: FastAPI) -> None:
    async def said(now: datetime) -> list[str]:
        async with ground_of(app).database.transaction() as session:
            await horizon.watch(session, now)
            notices = await session.scalars(select(Notice).where(Notice.id == horizon.NOTICE))
            return [notice.text.en[:41] for notice in notices]

    soon = datetime(2026, 12, 15, tzinfo=UTC)
    assert await said(soon) == []
    public = TOWN.model_copy(update={"calendar": TownCalendar()})
    async with ground_of(app).database.transaction() as session:
        await import_town(session, public, CATALOGUE, now=soon, first_hash=lambda _: None)
    assert await said(datetime(2026, 11, 21, tzinfo=UTC)) == []
    assert await said(soon) == ["public holidays are known until 2026-12-3"]
    assert await said(datetime(2026, 11, 21, tzinfo=UTC)) == []
