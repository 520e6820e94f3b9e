"""What happens when a timer runs out: the closed loop's table, last column (tickets/README.md)."""

from __future__ import annotations

from dataclasses import dataclass

from command_center.alerts.tables import Alert
from command_center.notifications.service import tell
from command_center.tickets import repository as tickets
from command_center.tickets import telling
from command_center.tickets.actors import SYSTEM
from command_center.tickets.content import Content
from command_center.tickets.service import event_type_of, make
from command_center.tickets.states import Move, Rung, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.timers import repository
from command_center.timers.tables import MARKS, Timer, TimerKind
from command_center.town.duty import on_duty
from configs.catalogue import Urgency
from configs.town import Role
from configs.values import Name

SUPERVISION: dict[TimerKind, int] = {
    TimerKind.HANDLE_80: 1,
    TimerKind.HANDLE_100: 2,
    TimerKind.HANDLE_150: telling.LEADER_LEVEL,
}
"""Level of supervision at a mark (1 station, 2 centre, 3 leader at 80/100/150 %)."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A stage that ran out and has nobody to go to but people who are told."""

    text: Name
    roles: tuple[Role, ...]


REMINDERS: dict[TimerKind, Reminder] = {
    TimerKind.ACCEPT: Reminder(
        Name(zh="超时未受理", en="Not accepted in time"), (Role.SHIFT_LEAD,)
    ),
    TimerKind.DISPATCH: Reminder(
        Name(zh="超时未派单", en="Not dispatched in time"), (Role.OPERATOR, Role.SHIFT_LEAD)
    ),
    TimerKind.VERIFY: Reminder(
        Name(zh="超时未核查", en="Not verified in time"), (Role.OPERATOR, Role.SHIFT_LEAD)
    ),
    TimerKind.FEED_BACK: Reminder(
        Name(zh="超时未反馈", en="Not fed back in time"), (Role.OPERATOR, Role.SHIFT_LEAD)
    ),
}

_NOT_ACKNOWLEDGED = Name(zh="超时未接单", en="Not acknowledged in time")


async def of_ticket(turn: Turn, ticket: Ticket, timer: Timer) -> None:
    """The effect of a ticket's timer; the caller holds the ticket's lock."""
    if timer.kind in MARKS:
        await _mark(turn, ticket, timer.kind)
    elif timer.kind is TimerKind.ACKNOWLEDGE:
        await _not_acknowledged(turn, ticket)
    elif timer.kind is TimerKind.RESUME:
        await make(turn, ticket, Move.RESUME, SYSTEM, Content(note="挂起到期 the time is over"))
    elif timer.kind is TimerKind.RATE:
        await make(turn, ticket, Move.LAPSE, SYSTEM)
    else:
        await _remind(turn, ticket, REMINDERS[timer.kind])


async def of_alert(turn: Turn, alert: Alert, timer: Timer) -> None:
    """Nobody has decided: the operators on duty are told, and then the shift lead."""
    event_type = await event_type_of(turn, alert.event_type)
    to_lead = timer.kind is TimerKind.DISCOVER_LEAD
    if not to_lead:
        again = turn.calendar.due(turn.now, event_type.deadlines.discover, event_type.clock)
        repository.arm(turn.session, TimerKind.DISCOVER_LEAD, again, alert_id=alert.id)
    people = await tickets.logins_with(turn.session, Role.SHIFT_LEAD if to_lead else Role.OPERATOR)
    text = Name(
        zh=f"{event_type.name.zh}告警超时未研判", en=f"{event_type.name.en}: decide on the alert"
    )
    present = await _on_duty(turn, people)
    tell(
        turn.session,
        present or people,
        "undecided",
        text,
        at=turn.now,
        alert_id=alert.id,
        urgent=event_type.urgency is Urgency.URGENT,
    )


async def _mark(turn: Turn, ticket: Ticket, kind: TimerKind) -> None:
    share = f"{MARKS[kind]:.0%}"
    level = SUPERVISION.get(kind)
    await make(turn, ticket, Move.MARK, SYSTEM, Content(note=share))
    if ticket.assignee is not None:
        text = Name(zh=f"处置时限已用{share}", en=f"{share} of the time is used")
        telling.say(turn, ticket, [ticket.assignee], "deadline", text)
    if level is not None:
        await _supervise(turn, ticket, level, Name(zh=f"时限已用{share}", en=f"{share} used"))


async def _not_acknowledged(turn: Turn, ticket: Ticket) -> None:
    """B, then the station chief, then the centre. Above the centre there are only its superiors,
    who are told one level after another, once every time that it runs out again."""
    below_centre = ticket.rung is not Rung.CENTRE
    if ticket.state is State.DISPATCHED and below_centre:
        reason = f"{_NOT_ACKNOWLEDGED.zh} {_NOT_ACKNOWLEDGED.en}"
        await make(turn, ticket, Move.HAND_ON, SYSTEM, Content(reason=reason))
        return
    await _supervise(
        turn, ticket, max(ticket.supervision + 1, telling.CENTRE_LEVEL), _NOT_ACKNOWLEDGED
    )
    if ticket.supervision < telling.LEADER_LEVEL:
        event_type = await event_type_of(turn, ticket.event_type)
        again = turn.calendar.due(turn.now, event_type.deadlines.acknowledge, event_type.clock)
        repository.arm(turn.session, TimerKind.ACKNOWLEDGE, again, ticket_id=ticket.id)


async def _supervise(turn: Turn, ticket: Ticket, level: int, why: Name) -> None:
    content = Content(reason=f"{why.zh} {why.en}", level=min(level, telling.LEADER_LEVEL))
    await make(turn, ticket, Move.SUPERVISE, SYSTEM, content)


async def _remind(turn: Turn, ticket: Ticket, reminder: Reminder) -> None:
    note = f"{reminder.text.zh} {reminder.text.en}"
    await make(turn, ticket, Move.NOTE, SYSTEM, Content(note=note))
    people = await tickets.logins_with(turn.session, *reminder.roles)
    telling.say(turn, ticket, people, "overdue", reminder.text)


async def _on_duty(turn: Turn, people: list[str]) -> list[str]:
    return [p for p in people if (await on_duty(turn.session, p, turn.now)).on]
