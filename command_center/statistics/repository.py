"""All SQL about today's figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.tickets.states import CLOSED, Move, State
from command_center.tickets.tables import Ticket, Transition


async def alerts_by_state(session: AsyncSession, since: datetime) -> dict[State, int]:
    query = select(Alert.state, func.count()).where(Alert.opened_at >= since).group_by(Alert.state)
    return {row[0]: row[1] for row in await session.execute(query)}


async def alerts_waiting(session: AsyncSession) -> int:
    query = select(func.count()).select_from(Alert).where(Alert.state == State.NEW)
    return int(await session.scalar(query) or 0)


async def decisions(
    session: AsyncSession, since: datetime
) -> Sequence[tuple[State, datetime, datetime]]:
    """(state, opened, decided) of every alert that was decided since."""
    query = select(Alert.state, Alert.opened_at, Alert.decided_at).where(
        Alert.decided_at >= since, Alert.state.in_([State.CONFIRMED, State.FALSE_ALARM])
    )
    rows = (await session.execute(query)).all()
    return [(state, opened, decided) for state, opened, decided in rows if decided is not None]


async def tickets_by_state(session: AsyncSession, since: datetime) -> dict[State, int]:
    query = (
        select(Ticket.state, func.count())
        .where(or_(Ticket.created_at >= since, Ticket.state.not_in(CLOSED)))
        .group_by(Ticket.state)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def tickets_by_source(session: AsyncSession, since: datetime) -> dict[str, int]:
    query = (
        select(Ticket.source, func.count())
        .where(Ticket.created_at >= since)
        .group_by(Ticket.source)
    )
    return {source.value: count for source, count in (await session.execute(query)).all()}


async def tickets_overdue(session: AsyncSession, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.state.not_in(CLOSED), Ticket.stage_due_at < now)
    )
    return int(await session.scalar(query) or 0)


async def done(session: AsyncSession, since: datetime) -> tuple[int, int]:
    """(on time, all) of what was done since."""
    query = (
        select(Ticket.on_time, func.count()).where(Ticket.done_at >= since).group_by(Ticket.on_time)
    )
    counts = {bool(on_time): count for on_time, count in (await session.execute(query)).all()}
    return counts.get(True, 0), sum(counts.values())


async def transitions_since(
    session: AsyncSession, since: datetime, moves: Sequence[Move]
) -> Sequence[Transition]:
    query = (
        select(Transition)
        .where(Transition.at >= since, Transition.move.in_(moves))
        .order_by(Transition.subject, Transition.seq)
    )
    return list(await session.scalars(query))
