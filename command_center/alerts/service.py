"""Deciding on alerts: every decision is a move of the table, recorded in the alert's own chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts import repository, settling
from command_center.alerts.tables import Alert
from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.tickets import opening, record
from command_center.tickets import repository as tickets
from command_center.tickets import service as ticket_service
from command_center.tickets.actors import SYSTEM, Mover
from command_center.tickets.content import Content, check
from command_center.tickets.moves import Facts, MoveRefusedError, decide
from command_center.tickets.states import SETTLED, Move, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.timers import repository as timers
from command_center.timers.tables import TimerKind
from command_center.town.held import held_town
from configs.catalogue import EventType

RECURRENCE = timedelta(hours=2)
"""What comes back within this time of its end is the same matter. Shorter than half a working
day: a lane that was cleared for the photo and blocked again at once is reopened, tomorrow's
delivery van in the same lane is a new finding."""


_GONE_BY_CAMERA = "画面中已消失 the camera no longer sees it"
_GONE_BY_SENSOR = "读数已恢复 the reading is back to normal"


def subject(alert: Alert) -> str:
    return f"alert/{alert.id}"


async def watch(turn: Turn, alert: Alert, event_type: EventType) -> None:
    """Somebody has to decide on it in time."""
    await _unwatch(turn, alert)
    alert.deadline = turn.calendar.due(turn.now, event_type.deadlines.discover, event_type.clock)
    timers.arm(turn.session, TimerKind.DISCOVER, alert.deadline, alert_id=alert.id)


async def _unwatch(turn: Turn, alert: Alert) -> None:
    """Cancel what is armed for it: nothing, where it has no deadline."""
    if alert.deadline is not None:
        await timers.cancel(turn.session, turn.now, alert_id=alert.id)
        alert.deadline = None


async def confirm(turn: Turn, alert: Alert, mover: Mover, note: str = "") -> Ticket:
    """It is real: a ticket is opened, accepted and dispatched by rule, each step recorded.

    A finding that somebody merged or confirmed before cannot be confirmed again.

    Raises:
        MoveRefusedError, NotYoursError
    """
    event_type = await ticket_service.event_type_of(turn, alert.event_type)
    revived = not alert.live
    await _move(turn, alert, Move.CONFIRM, mover, Content(note=note))
    if revived:
        await _revive(turn, alert)
    ticket = await opening.open_ticket(
        turn, await _finding(turn, alert, event_type, mover), mover, Content(note=note)
    )
    alert.ticket_id = ticket.id
    await opening.accept(turn, ticket, mover)
    return ticket


async def dismiss(turn: Turn, alert: Alert, mover: Mover, reason: str) -> None:
    """A false alarm. It starts no cooldown: the next event opens a new alert."""
    await _move(turn, alert, Move.DISMISS, mover, Content(reason=reason))
    await settling.settle(turn, alert.id)


async def merge(
    turn: Turn,
    alert: Alert,
    into: Alert,
    mover: Mover,
    note: str = "",
    *,
    members: Sequence[Alert] = (),
) -> None:
    """The same incident as `into`: one operator, one ticket. `members`: whatever was merged into
    the alert itself, locked; it goes along, or it would belong to what nobody ends any more.

    Raises:
        MoveRefusedError: `into` is settled, merged itself, or the alert itself.
    """
    if into.id == alert.id or not into.live or into.merged_into is not None:
        raise MoveRefusedError(f"alert {into.id} cannot take others in; choose a live one")
    changed = {"merged_into": into.id}
    await _move(turn, alert, Move.MERGE, mover, Content(note=note), changed=changed)
    along = Content(note=f"随告警 {alert.id} 并入 with alert {alert.id}")
    for member in members:
        await _move(turn, member, Move.MERGE, SYSTEM, along, changed=changed)
    for each in (alert, *members):
        each.merged_into = into.id


async def split(turn: Turn, alert: Alert, mover: Mover, reason: str) -> None:
    """Take it out of its incident again; somebody has to decide on it."""
    event_type = await ticket_service.event_type_of(turn, alert.event_type)
    await _move(
        turn, alert, Move.SPLIT, mover, Content(reason=reason), changed={"merged_into": None}
    )
    if not alert.live:
        await _revive(turn, alert)
    alert.merged_into = alert.decided_by = alert.decided_at = None
    await watch(turn, alert, event_type)


async def clear(
    turn: Turn, alert: Alert, group: Sequence[Alert], mover: Mover, at: datetime
) -> bool:
    """No longer seen. It ends an undecided alert where the event type lets a machine do so;
    otherwise it only marks it, and a person decides. It never ends a ticket.

    `group` is its incident, first, and all live alerts merged into that, locked. Whether the
    whole group has ended.
    """
    event_type = await ticket_service.event_type_of(turn, alert.event_type)
    alert.cleared_at = at
    incident = group[0]
    if over := _over(group, event_type):
        await _move(turn, incident, Move.CLEAR, mover, Content())
        for each in group:
            each.live, each.ended_at = False, turn.now
    elif incident.ticket_id is not None:
        note = f"{alert.finder}: {_GONE_BY_SENSOR if alert.sensor_id else _GONE_BY_CAMERA}"
        await note_on_ticket(turn, incident.ticket_id, mover, note)
    announce(turn, alert, "cleared")
    return over


def _over(group: Sequence[Alert], event_type: EventType) -> bool:
    """Whether a machine may end it now: undecided, and none of its cameras sees it any more."""
    undecided = group[0].state is State.NEW and group[0].ticket_id is None
    still_seen = any(each.live and each.cleared_at is None for each in group)
    return undecided and event_type.machine_may_close and not still_seen


async def recur(turn: Turn, alert: Alert, mover: Mover) -> None:
    """It came back inside the window (`events.decide.comes_back`): what ended by itself is
    undecided again, what was settled by a ticket reopens that ticket."""
    await _revive(turn, alert)
    if alert.state is State.CLEARED:
        event_type = await ticket_service.event_type_of(turn, alert.event_type)
        await _move(turn, alert, Move.RECUR, mover, Content())
        alert.decided_by = alert.decided_at = None
        await watch(turn, alert, event_type)
        return
    ticket = await tickets.lock(turn.session, alert.ticket_id or 0)
    # Else its finder was not satisfied and has reopened it already.
    if ticket is not None and ticket.state in SETTLED:
        await ticket_service.make(turn, ticket, Move.RECUR, mover)


async def rejoin(turn: Turn, alert: Alert) -> None:
    """What was merged into an incident is part of it again, now that this lives again."""
    await _revive(turn, alert)


async def incident_of(turn: Turn, alert: Alert) -> Alert:
    """The alert that this one was merged into, or itself."""
    if alert.merged_into is None:
        return alert
    return await repository.lock(turn.session, alert.merged_into) or alert


async def note_on_ticket(turn: Turn, ticket_id: int, mover: Mover, note: str) -> None:
    """Write what the machine saw into the ticket's record, while that is open."""
    ticket = await tickets.lock(turn.session, ticket_id)
    if ticket is None:
        return
    try:
        await ticket_service.make(turn, ticket, Move.NOTE, mover, Content(note=note))
    except MoveRefusedError:
        return  # closed meanwhile: its record is complete


async def _move(
    turn: Turn,
    alert: Alert,
    move: Move,
    mover: Mover,
    content: Content,
    *,
    changed: Mapping[str, int | None] | None = None,
) -> None:
    event_type = await ticket_service.event_type_of(turn, alert.event_type)
    facts = Facts(alert.state, machine_may_close=event_type.machine_may_close)
    rule = decide(move, facts, mover.actors)
    check(rule, content, event_type.closing)
    source, alert.state = alert.state, rule.to or alert.state
    alert.decided_by, alert.decided_at = mover.name, turn.now
    alert.reason = content.reason or content.note
    await _unwatch(turn, alert)
    record.append(
        turn.session,
        alert,
        subject(alert),
        at=turn.now,
        by=mover.name,
        move=move,
        source=source,
        target=alert.state,
        reason=content.reason,
        note=content.note,
        epoch=mover.epoch,
        changed=changed,
    )
    announce(turn, alert, "decided")


async def _revive(turn: Turn, alert: Alert) -> None:
    """
    Raises:
        MoveRefusedError: a newer alert of the same fingerprint is live.
    """
    newer = await repository.live(turn.session, alert.fingerprint)
    if newer is not None and newer.id != alert.id:
        raise MoveRefusedError(f"alert {newer.id} is open for the same place; decide that one")
    alert.live, alert.ended_at = True, None


async def _finding(
    turn: Turn, alert: Alert, event_type: EventType, mover: Mover
) -> opening.Finding:
    confirmed_by_person = mover.epoch is None and mover != SYSTEM
    return opening.Finding(
        event_type,
        alert.source,
        _description(alert, event_type),
        position=alert.position,
        place=await _place_of(turn, alert) or alert.finder,
        finder=mover.name if confirmed_by_person else None,
        alert_id=alert.id,
    )


async def _place_of(turn: Turn, alert: Alert) -> str:
    """Where to go, in words: a zone by itself ("the lane") may lie anywhere in the town."""
    found = (await held_town(turn.session)).finder(alert.camera_id, alert.sensor_id)
    if found is None:
        return ""
    zone = found.zones.get(alert.zone_id or "")
    return f"{found.name.zh} · {zone.zh}" if zone else found.name.zh


def _description(alert: Alert, event_type: EventType) -> str:
    name = f"{event_type.name.zh} {event_type.name.en}"
    if alert.measured is not None:
        return f"{name}: {alert.measured}"
    return alert.note or name


def announce(turn: Turn, alert: Alert, what: str) -> None:
    record_change(turn.session, kind=ChangeKind.ALERT, id=str(alert.id), what=what, at=turn.now)


def evidence_came(session: AsyncSession, alert_id: int | None, now: datetime) -> None:
    """A snapshot or a clip has arrived: whoever looks at the alert fetches it again."""
    if alert_id is not None:
        record_change(session, kind=ChangeKind.ALERT, id=str(alert_id), what="evidence", at=now)
