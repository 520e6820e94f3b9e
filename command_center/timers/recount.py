"""Counting anew what is armed when the working days of a town have changed.

Notice of next year's holidays is given while deadlines run. What was left of each by the old
calendar is left by the new one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.tickets.service import announce
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.timers import plan
from command_center.timers.calendar import WorkCalendar
from command_center.timers.repository import armed
from command_center.timers.tables import Timer
from command_center.town.repository import event_type

T = TypeVar("T")


async def recount(turn: Turn, before: WorkCalendar) -> int:
    """Move what falls due at another moment by the turn's calendar; how many timers moved.

    In the transaction that changes the calendar. What was due already stays so.
    """
    first = before.differs_from(turn.calendar)
    if first is None:
        return 0
    moved = 0
    tickets: dict[int, Ticket] = {}
    async for timer, owner in _waiting(turn.session, max(first, turn.now)):
        config = await event_type(turn.session, owner.event_type)
        if config is None:
            continue
        clock = plan.clock_of(timer.kind, config)
        left = before.elapsed(turn.now, timer.due_at, clock)
        due_at = turn.calendar.due(turn.now, left, clock)
        if due_at == timer.due_at:
            continue
        if isinstance(owner, Ticket):
            tickets[owner.id] = owner
            if owner.stage_due_at == timer.due_at:
                owner.stage_due_at = due_at
        timer.due_at = timer.wake_at = due_at
        moved += 1
    for ticket in tickets.values():
        await announce(turn, ticket)
    return moved


async def _waiting(
    session: AsyncSession, since: datetime
) -> AsyncIterator[tuple[Timer, Alert | Ticket]]:
    """Timers due after this moment with what they belong to, locked: tickets, then alerts."""
    due = select(Timer).where(armed(), Timer.due_at > since)
    tickets = select(Ticket).where(Ticket.id.in_(due.with_only_columns(Timer.ticket_id)))
    tickets = tickets.order_by(Ticket.id).with_for_update(key_share=True)
    for ticket in await _fresh(session, tickets):
        for timer in await _fresh(session, due.where(Timer.ticket_id == ticket.id)):
            yield timer, ticket
    alerts = select(Alert).where(Alert.id.in_(due.with_only_columns(Timer.alert_id)))
    alerts = alerts.order_by(Alert.id).with_for_update(key_share=True)
    for alert in await _fresh(session, alerts):
        for timer in await _fresh(session, due.where(Timer.alert_id == alert.id)):
            yield timer, alert


async def _fresh(session: AsyncSession, query: Select[T]) -> Sequence[T]:
    return list(await session.scalars(query.execution_options(populate_existing=True)))
