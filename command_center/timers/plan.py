"""Which timers a ticket's state calls for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from command_center.tickets import clock
from command_center.tickets.states import CLOSED, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.timers import repository
from command_center.timers.tables import MARKS, TimerKind
from configs.catalogue import EventType, WorkClock


@dataclass(frozen=True, slots=True)
class Stage:
    """A state that must end in time: which timer watches it, and for how long."""

    kind: TimerKind
    seconds: float
    clock: WorkClock


@dataclass(frozen=True, slots=True)
class ClockFace:
    """What the marks depend on; a move that changes none of it leaves them alone."""

    running: bool
    total: float | None
    used: float
    since: datetime | None
    round: datetime | None


def stage(state: State, event_type: EventType) -> Stage | None:
    """The stage timer of a state. Checking and feeding back take office days whatever was found
    ("1 working day"); a finder has seven days by the wall clock to rate."""
    allowed = event_type.deadlines
    match state:
        case State.CONFIRMED:
            return Stage(TimerKind.ACCEPT, allowed.accept, event_type.clock)
        case State.ACCEPTED | State.RETURNED:
            return Stage(TimerKind.DISPATCH, allowed.dispatch, event_type.clock)
        case State.DISPATCHED | State.REFERRED:
            return Stage(TimerKind.ACKNOWLEDGE, allowed.acknowledge, event_type.clock)
        case State.DONE:
            return Stage(TimerKind.VERIFY, allowed.verify, WorkClock.WORKING_DAYS)
        case State.VERIFIED:
            return Stage(TimerKind.FEED_BACK, allowed.feed_back, WorkClock.WORKING_DAYS)
        case State.FED_BACK:
            return Stage(TimerKind.RATE, allowed.rate, WorkClock.EMERGENCY)
    return None


def clock_of(kind: TimerKind, event_type: EventType) -> WorkClock:
    """The clock on which a timer of this kind is counted."""
    match kind:
        case TimerKind.VERIFY | TimerKind.FEED_BACK:
            return WorkClock.WORKING_DAYS
        case TimerKind.RESUME | TimerKind.RATE:
            return WorkClock.EMERGENCY
    return event_type.clock


def face(ticket: Ticket) -> ClockFace:
    return ClockFace(
        running=ticket.clock_since is not None and ticket.state in clock.RUNNING,
        total=ticket.clock_total,
        used=ticket.clock_used,
        since=ticket.clock_since,
        round=ticket.clock_round,
    )


async def enter_stage(turn: Turn, ticket: Ticket, event_type: EventType) -> None:
    """Watch the state that the ticket has just entered, and no longer the one before."""
    if ticket.seq:  # with no line yet, nothing was armed
        kinds = set(TimerKind) - set(MARKS)
        await repository.cancel(turn.session, turn.now, ticket_id=ticket.id, kinds=kinds)
    due_at = _stage_due(turn, ticket, event_type)
    if due_at is not None:
        kind, moment = due_at
        repository.arm(turn.session, kind, moment, ticket_id=ticket.id)


def due_at(turn: Turn, ticket: Ticket, event_type: EventType) -> datetime | None:
    """By when somebody has to have done something about the ticket as it stands."""
    if ticket.state in CLOSED:
        return None
    found = _stage_due(turn, ticket, event_type)
    if found is not None:
        return found[1]
    return clock.due(ticket, 1.0, turn.calendar, event_type.clock)


def _stage_due(
    turn: Turn, ticket: Ticket, event_type: EventType
) -> tuple[TimerKind, datetime] | None:
    if ticket.state is State.SUSPENDED and ticket.request_until is not None:
        return TimerKind.RESUME, ticket.request_until
    watched = stage(ticket.state, event_type)
    if watched is None:
        return None
    return watched.kind, turn.calendar.due(turn.now, watched.seconds, watched.clock)


async def set_marks(turn: Turn, ticket: Ticket, event_type: EventType) -> None:
    """Arm the marks of the deadline that have not fired in this round."""
    await repository.cancel(turn.session, turn.now, ticket_id=ticket.id, kinds=MARKS)
    if not face(ticket).running or ticket.clock_round is None:
        return
    fired = await repository.fired_since(turn.session, ticket.id, ticket.clock_round)
    for kind, fraction in MARKS.items():
        moment = clock.due(ticket, fraction, turn.calendar, event_type.clock)
        passed = moment is not None and moment < ticket.clock_round
        if moment is not None and kind not in fired and not passed:
            repository.arm(turn.session, kind, moment, ticket_id=ticket.id)
