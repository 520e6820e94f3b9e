"""The clock of handling: it starts at the first acknowledgement and stops only for a granted
suspension or referral."""

from __future__ import annotations

from datetime import datetime

from command_center.tickets.states import State
from command_center.tickets.tables import Ticket
from command_center.timers.calendar import WorkCalendar
from configs.catalogue import WorkClock

RUNNING = frozenset(
    {State.DISPATCHED, State.ACKNOWLEDGED, State.HANDLING, State.RETURNED, State.REWORK}
)
"""States in which marks of the deadline fire. In DONE it runs on, silently, in case of rework."""


def begin(ticket: Ticket, now: datetime, seconds: float) -> None:
    """Start counting `seconds`, or go on where it stopped."""
    if ticket.clock_total is None:
        ticket.clock_total, ticket.clock_used, ticket.clock_round = seconds, 0.0, now
    if ticket.clock_since is None:
        ticket.clock_since = now


def stop(ticket: Ticket, now: datetime, calendar: WorkCalendar, clock: WorkClock) -> None:
    ticket.clock_used = used(ticket, now, calendar, clock)
    ticket.clock_since = None


def forget(ticket: Ticket) -> None:
    """The next acknowledgement begins anew: the ticket was reopened."""
    ticket.clock_total = ticket.clock_since = ticket.clock_round = None
    ticket.clock_used = 0.0
    ticket.done_at = ticket.on_time = None


def extend(
    ticket: Ticket, until: datetime, now: datetime, calendar: WorkCalendar, clock: WorkClock
) -> None:
    """Move the deadline to `until`; marks count anew towards it."""
    ticket.clock_total = used(ticket, until, calendar, clock)
    ticket.clock_round = now


def used(ticket: Ticket, now: datetime, calendar: WorkCalendar, clock: WorkClock) -> float:
    """Seconds counted so far."""
    if ticket.clock_since is None:
        return ticket.clock_used
    return ticket.clock_used + calendar.elapsed(ticket.clock_since, now, clock)


def due(
    ticket: Ticket, fraction: float, calendar: WorkCalendar, clock: WorkClock
) -> datetime | None:
    """When `fraction` of the allowed time will have been used; None while it stands still."""
    if ticket.clock_since is None or ticket.clock_total is None:
        return None
    left = fraction * ticket.clock_total - ticket.clock_used
    return calendar.due(ticket.clock_since, left, clock)
