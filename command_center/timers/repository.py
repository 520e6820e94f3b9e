"""All SQL about timers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.tickets.tables import Ticket
from command_center.timers.tables import Timer, TimerKind


def armed() -> ColumnElement[bool]:
    return and_(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))


async def cancel(
    session: AsyncSession,
    now: datetime,
    *,
    ticket_id: int | None = None,
    alert_id: int | None = None,
    kinds: Iterable[TimerKind] = TimerKind,
) -> None:
    """Cancel what is armed for one ticket or one alert. The caller holds its lock."""
    owner = Timer.ticket_id == ticket_id if ticket_id is not None else Timer.alert_id == alert_id
    statement = update(Timer).where(owner, armed(), Timer.kind.in_(list(kinds)))
    await session.execute(statement.values(cancelled_at=now))


def arm(
    session: AsyncSession,
    kind: TimerKind,
    due_at: datetime,
    *,
    ticket_id: int | None = None,
    alert_id: int | None = None,
) -> None:
    session.add(
        Timer(kind=kind, due_at=due_at, wake_at=due_at, ticket_id=ticket_id, alert_id=alert_id)
    )


async def fired_since(session: AsyncSession, ticket_id: int, since: datetime) -> set[TimerKind]:
    """Kinds that have fired for this ticket after `since`: none can fire in the instant in which
    its round begins, for none is due then."""
    query = select(Timer.kind).where(Timer.ticket_id == ticket_id, Timer.fired_at > since)
    return set(await session.scalars(query))


async def of_ticket(session: AsyncSession, ticket_id: int) -> Sequence[Timer]:
    """Armed and fired ones, by due time."""
    query = (
        select(Timer)
        .where(Timer.ticket_id == ticket_id, Timer.cancelled_at.is_(None))
        .order_by(Timer.due_at, Timer.id)
    )
    return list(await session.scalars(query))


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[Timer]:
    """What should fire now, in the order in which it fell due. Nothing is locked."""
    query = (
        select(Timer)
        .where(armed(), Timer.wake_at <= now)
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def lock_owner(session: AsyncSession, timer: Timer) -> Alert | Ticket | None:
    """The alert or ticket that a timer belongs to, locked; None if another holds it."""
    if timer.ticket_id is not None:
        ticket = select(Ticket).where(Ticket.id == timer.ticket_id)
        return await session.scalar(ticket.with_for_update(skip_locked=True, key_share=True))
    alert = select(Alert).where(Alert.id == timer.alert_id)
    return await session.scalar(alert.with_for_update(skip_locked=True, key_share=True))
