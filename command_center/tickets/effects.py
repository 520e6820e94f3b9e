"""What a move changes in a ticket besides its state. Moves that are not here change nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.people.permissions import Permission, may
from command_center.people.tables import Person
from command_center.problems import Problem
from command_center.routing import service as routing
from command_center.routing.repository import department_name
from command_center.tickets import clock, repository
from command_center.tickets.actors import Mover
from command_center.tickets.content import Content
from command_center.tickets.states import Actor, Move, Rating, Request, Rung, State
from command_center.tickets.tables import Ticket
from command_center.tickets.telling import LEADER_LEVEL
from command_center.tickets.turn import Turn
from command_center.town.held import held_town
from configs.catalogue import EventType, HandlerMode
from configs.values import Name
from detectors.event import Method


@dataclass(frozen=True, slots=True)
class Doing:
    """One move being made."""

    turn: Turn
    ticket: Ticket
    event_type: EventType
    mover: Mover
    content: Content


async def _dispatch(doing: Doing) -> None:
    if doing.content.assignee or doing.content.department:
        await _assign(doing)
    elif doing.ticket.state is State.RETURNED:
        await _hand_on(doing)
    else:
        await _route(doing)


async def _route(doing: Doing) -> None:
    ticket = doing.ticket
    event_type = await _for_its_keeper(doing)
    decision = await routing.decide(doing.turn, ticket.position, event_type)
    ticket.rung, ticket.assignee, ticket.why = decision.rung, decision.assignee, decision.why
    ticket.department, ticket.offered = decision.department, decision.told
    if decision.patch is not None:
        ticket.grid_code, ticket.grid_version = decision.patch.code, decision.patch.version
        ticket.unit = decision.patch.unit


async def _for_its_keeper(doing: Doing) -> EventType:
    """The event type; of a camera's or sensor's own trouble with the department that keeps it."""
    session, event_type = doing.turn.session, doing.event_type
    if event_type.handler is not HandlerMode.DEPARTMENT or doing.ticket.alert_id is None:
        return event_type
    alert = await session.get(Alert, doing.ticket.alert_id)
    if alert is None or alert.zone_id is not None or alert.method is not Method.HEALTH:
        return event_type
    keeper = await _keeper(session, alert)
    return event_type.model_copy(update={"department": keeper}) if keeper else event_type


async def _keeper(session: AsyncSession, alert: Alert) -> str | None:
    found = (await held_town(session)).finder(alert.camera_id, alert.sensor_id)
    return found.keeper if found is not None else None


async def _hand_on(doing: Doing) -> None:
    """One rung up; whoever let it lie is no longer asked."""
    ticket = doing.ticket
    rung, assignee, steps = await routing.hand_on(doing.turn, ticket.grid_code, ticket.rung)
    ticket.rung, ticket.assignee, ticket.why = rung, assignee, (*ticket.why, *steps)
    ticket.request = None


async def _assign(doing: Doing) -> None:
    """The centre picks somebody, or a department."""
    ticket, content = doing.ticket, doing.content
    if content.department is not None:
        await _name_department(doing, content.department)
        ticket.rung, ticket.assignee = Rung.DEPARTMENT, None
    if content.assignee is not None:
        person = await repository.person(doing.turn.session, content.assignee)
        if person is None or not person.active:
            raise Problem(422, f"there is no person {content.assignee!r}", field="assignee")
        if not may(person.roles, Permission.MOVE_TICKETS):
            detail = f"{person.login!r} handles no tickets; choose somebody who does"
            raise Problem(422, detail, field="assignee")
        ticket.rung, ticket.assignee = Rung.CHOSEN, person.login
        ticket.why = (*ticket.why, _chosen_line(doing, person))
    ticket.offered, ticket.request = (), None


def _chosen_line(doing: Doing, person: Person) -> Name:
    if Actor.SYSTEM in doing.mover.actors:  # a leave begins or is over
        reason = doing.content.reason
        return Name(
            zh=f"{person.name_zh}接手：{reason}", en=f"{person.name_en} takes over: {reason}"
        )
    return Name(zh=f"中心指派{person.name_zh}", en=f"The centre chose {person.name_en}")


async def _name_department(doing: Doing, code: str) -> None:
    name = await department_name(doing.turn.session, code)
    if name is None:
        raise Problem(422, f"there is no department {code!r}", field="department")
    doing.ticket.department = code
    line = Name(zh=f"转{name.zh}办理", en=f"The department takes it: {name.en}")
    doing.ticket.why = (*doing.ticket.why, line)


async def _acknowledge(doing: Doing) -> None:
    ticket = doing.ticket
    ticket.assignee, ticket.offered = doing.mover.name, ()
    await _put_hand_to(doing)
    clock.begin(ticket, doing.turn.now, doing.event_type.deadlines.handle)


async def _put_hand_to(doing: Doing) -> None:
    if doing.mover.name not in doing.ticket.handlers:
        doing.ticket.handlers = (*doing.ticket.handlers, doing.mover.name)


async def _finish(doing: Doing) -> None:
    await _put_hand_to(doing)
    ticket, turn = doing.ticket, doing.turn
    spent = clock.used(ticket, turn.now, turn.calendar, doing.event_type.clock)
    ticket.done_at = turn.now
    ticket.on_time = ticket.clock_total is None or spent <= ticket.clock_total
    ticket.request = None


async def _rework(doing: Doing) -> None:
    doing.ticket.done_at = doing.ticket.on_time = None


def _ask(request: Request) -> Callable[[Doing], Awaitable[None]]:
    async def ask(doing: Doing) -> None:
        content = doing.content
        if content.until is not None and content.until <= doing.turn.now:
            raise Problem(422, "until must lie ahead", field="until")
        if request is Request.REFERRAL and content.department is not None:
            name = await department_name(doing.turn.session, content.department)
            if name is None:
                raise Problem(
                    422, f"there is no department {content.department!r}", field="department"
                )
        doing.ticket.request = request
        doing.ticket.request_until = content.until
        doing.ticket.request_department = content.department

    return ask


async def _grant_return(doing: Doing) -> None:
    ticket = doing.ticket
    ticket.returned, ticket.request = True, None
    ticket.assignee, ticket.offered = None, ()


async def _grant_extension(doing: Doing) -> None:
    ticket, turn = doing.ticket, doing.turn
    until = doing.content.until or ticket.request_until
    if until is None or until <= turn.now:
        raise Problem(422, "the time asked for has passed; name a later one", field="until")
    clock.extend(ticket, until, turn.now, turn.calendar, doing.event_type.clock)
    ticket.request = None


async def _grant_suspension(doing: Doing) -> None:
    ticket, turn = doing.ticket, doing.turn
    ticket.request_until = doing.content.until or ticket.request_until
    clock.stop(ticket, turn.now, turn.calendar, doing.event_type.clock)
    ticket.request = None


async def _grant_referral(doing: Doing) -> None:
    ticket, turn = doing.ticket, doing.turn
    clock.stop(ticket, turn.now, turn.calendar, doing.event_type.clock)
    await _name_department(doing, ticket.request_department or "")
    ticket.rung, ticket.assignee, ticket.offered = Rung.DEPARTMENT, None, ()
    ticket.request = None


async def _deny(doing: Doing) -> None:
    doing.ticket.request = None


async def _resume(doing: Doing) -> None:
    clock.begin(doing.ticket, doing.turn.now, doing.event_type.deadlines.handle)


async def _supervise(doing: Doing) -> None:
    ticket = doing.ticket
    level = doing.content.level or ticket.supervision + 1
    ticket.supervision = min(max(ticket.supervision, level), LEADER_LEVEL)


async def _rate(doing: Doing) -> None:
    doing.ticket.rating = doing.content.rating
    doing.ticket.comment = doing.content.comment


async def _lapse(doing: Doing) -> None:
    doing.ticket.rating = Rating.UNRATED


async def _reopen(doing: Doing) -> None:
    doing.ticket.reopened = True
    await _begin_again(doing)


async def _begin_again(doing: Doing) -> None:
    clock.forget(doing.ticket)
    doing.ticket.rating, doing.ticket.returned, doing.ticket.supervision = None, False, 0


EFFECTS: dict[Move, Callable[[Doing], Awaitable[None]]] = {
    Move.DISPATCH: _dispatch,
    Move.HAND_ON: _hand_on,
    Move.REASSIGN: _assign,
    Move.ACKNOWLEDGE: _acknowledge,
    Move.START: _put_hand_to,
    Move.FINISH: _finish,
    Move.REWORK: _rework,
    Move.ASK_RETURN: _ask(Request.RETURN),
    Move.ASK_EXTENSION: _ask(Request.EXTENSION),
    Move.ASK_SUSPENSION: _ask(Request.SUSPENSION),
    Move.ASK_REFERRAL: _ask(Request.REFERRAL),
    Move.GRANT_RETURN: _grant_return,
    Move.GRANT_EXTENSION: _grant_extension,
    Move.GRANT_SUSPENSION: _grant_suspension,
    Move.GRANT_REFERRAL: _grant_referral,
    Move.DENY: _deny,
    Move.RESUME: _resume,
    Move.SUPERVISE: _supervise,
    Move.RATE: _rate,
    Move.LAPSE: _lapse,
    Move.REOPEN: _reopen,
    Move.RECUR: _begin_again,
}
