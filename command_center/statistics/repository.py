"""All SQL about figures of a time: each is counted by the database, over an index of that time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.live.visibility import significant
from command_center.statistics.schemas import Percentiles
from command_center.tickets.states import CLOSED, State
from command_center.tickets.tables import Handover, Ticket
from configs.catalogue import Source

OPEN = tuple(state for state in State if state not in CLOSED)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`, at `unit` and all below it; None: everywhere."""

    since: datetime
    until: datetime
    unit: str | None = None

    def holds(self, moment: Any) -> ColumnElement[bool]:
        return and_(moment >= self.since, moment < self.until)

    def here(self) -> ColumnElement[bool]:
        if self.unit is None:
            return true()
        return Ticket.unit.startswith(significant(self.unit), autoescape=True)


async def alerts_by_state(session: AsyncSession, period: Period) -> dict[State, int]:
    query = select(Alert.state, func.count()).where(period.holds(Alert.opened_at))
    return {row[0]: row[1] for row in await session.execute(query.group_by(Alert.state))}


async def alerts_waiting(session: AsyncSession) -> int:
    query = select(func.count()).select_from(Alert).where(Alert.state == State.NEW)
    return int(await session.scalar(query) or 0)


async def decided(session: AsyncSession, period: Period) -> dict[State, int]:
    """How many alerts were found real, and how many false."""
    query = select(Alert.state, func.count()).where(_decided(period)).group_by(Alert.state)
    return {row[0]: row[1] for row in await session.execute(query)}


async def waits_for_decision(session: AsyncSession, period: Period) -> Percentiles:
    """Seconds from an alert's opening to its decision, to the millisecond."""
    seconds = _seconds(session, Alert.opened_at, Alert.decided_at).label("seconds")
    return await _percentiles(session, select(seconds).where(_decided(period)))


def _decided(period: Period) -> ColumnElement[bool]:
    states = Alert.state.in_([State.CONFIRMED, State.FALSE_ALARM])
    return period.holds(Alert.decided_at) & states


async def opened(session: AsyncSession, period: Period) -> tuple[Counter[State], Counter[Source]]:
    """Tickets that were opened, by the states that they are in now, and by their sources."""
    query = (
        select(Ticket.state, Ticket.source, func.count())
        .where(period.holds(Ticket.created_at), period.here())
        .group_by(Ticket.state, Ticket.source)
    )
    states, sources = Counter[State](), Counter[Source]()
    for state, source, count in await session.execute(query):
        states[state] += count
        sources[source] += count
    return states, sources


async def open_now(session: AsyncSession) -> Counter[State]:
    """Tickets of which something is still expected. Read by state: nine of ten are closed."""
    query = select(Ticket.state, func.count()).where(Ticket.state.in_(OPEN)).group_by(Ticket.state)
    return Counter({row[0]: row[1] for row in await session.execute(query)})


async def tickets_overdue(session: AsyncSession, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.stage_due_at < now, Ticket.state.not_in(CLOSED))
    )
    return int(await session.scalar(query) or 0)


async def done(session: AsyncSession, period: Period) -> tuple[int, int]:
    """(on time, all) of what was done."""
    query = (
        select(Ticket.on_time, func.count())
        .where(period.holds(Ticket.done_at), period.here())
        .group_by(Ticket.on_time)
    )
    counts = {bool(on_time): count for on_time, count in (await session.execute(query)).all()}
    return counts.get(True, 0), sum(counts.values())


async def given_by_rung(session: AsyncSession, period: Period) -> dict[str, int]:
    """How often a task was given to somebody, by the rung of the ladder he stands on."""
    given = (period.holds(Handover.at), Handover.rung.is_not(None), _of_tickets_here(period))
    query = select(Handover.rung, func.count()).where(*given).group_by(Handover.rung)
    found = (await session.execute(query)).all()
    return {rung: count for rung, count in found if rung is not None}


async def waits_for_taking(session: AsyncSession, period: Period) -> Percentiles:
    """Seconds from giving a task to somebody until he took it, both within the period."""
    taken = (period.holds(Handover.at), Handover.given_at >= period.since)
    query = select(Handover.waited.label("seconds")).where(*taken, _of_tickets_here(period))
    return await _percentiles(session, query)


def _of_tickets_here(period: Period) -> ColumnElement[bool]:
    if period.unit is None:
        return true()
    return Handover.ticket_id.in_(select(Ticket.id).where(period.here()))


async def _percentiles(session: AsyncSession, query: Select[Any]) -> Percentiles:
    """Of the column `seconds`; nearest rank, as `statistics.service.percentiles` of a list."""
    values = query.subquery()
    count = int(await session.scalar(select(func.count()).select_from(values)) or 0)
    if not count:
        return Percentiles(n=0, p50=None, p90=None)
    p50, p90 = [await _ranked(session, values, rank_of(count, percent)) for percent in (50, 90)]
    return Percentiles(n=count, p50=p50, p90=p90)


async def _ranked(session: AsyncSession, values: Subquery, rank: int) -> float:
    query = select(values.c.seconds).order_by(values.c.seconds).offset(rank).limit(1)
    return float((await session.scalars(query)).one())


def rank_of(count: int, percent: int) -> int:
    """Place, from 0 on, of the smallest of `count` values that so many percent do not exceed."""
    return -(-count * percent // 100) - 1


def _seconds(session: AsyncSession, begin: Any, end: Any) -> ColumnElement[Any]:
    if session.get_bind().dialect.name == "sqlite":
        return func.round((func.julianday(end) - func.julianday(begin)) * 86400.0, 3)
    return func.round(func.extract("epoch", end - begin), 3)
