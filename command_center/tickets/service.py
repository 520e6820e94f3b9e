"""Making a move: the one way in which a ticket changes."""

from __future__ import annotations

from command_center.alerts import settling
from command_center.cap import issuing
from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.problems import Problem
from command_center.routing.repository import ground_index
from command_center.tickets import face, handovers, reach, record, repository, telling
from command_center.tickets.actors import SYSTEM, Mover
from command_center.tickets.content import Content, check
from command_center.tickets.effects import EFFECTS, Doing
from command_center.tickets.moves import Facts, decide
from command_center.tickets.states import SETTLED, Move, Rating, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.timers import plan
from command_center.town.held import held_town
from command_center.webhooks.messages import tell_of_move
from configs.catalogue import EventType


def subject(ticket: Ticket) -> str:
    return f"ticket/{ticket.id}"


def facts(ticket: Ticket) -> Facts:
    return Facts(
        state=ticket.state,
        request=ticket.request,
        returned=ticket.returned,
        reopened=ticket.reopened,
        rating=ticket.rating,
    )


async def event_type_of(turn: Turn, code: str) -> EventType:
    """
    Raises:
        Problem: 422, the catalogue does not know it.
    """
    found = (await held_town(turn.session)).event_types.get(code)
    if found is None:
        raise Problem(422, f"the catalogue has no event type {code!r}", field="event_type")
    return found


async def make(
    turn: Turn, ticket: Ticket, move: Move, mover: Mover, content: Content | None = None
) -> None:
    """Make a move, and whatever the rules say follows from it at once, each its own transition.

    The caller holds the ticket's row lock (`repository.lock`).

    Raises:
        MoveRefusedError, NotYoursError: see `moves.decide`.
        Problem: 422, the move lacks something; the field is named.
    """
    content = content or Content()
    event_type = await event_type_of(turn, ticket.event_type)
    rule = decide(move, facts(ticket), mover.actors)
    check(rule, content, event_type.closing)
    source, clock_face = ticket.state, plan.face(ticket)
    before = face.of(ticket) if ticket.seq else {}
    reached = reach.reach_of(ticket) if ticket.seq else reach.NOTHING
    effect = EFFECTS.get(move)
    if effect is not None:
        await effect(Doing(turn, ticket, event_type, mover, content))
    ticket.state = rule.to or source
    await _rearm(turn, ticket, event_type, clock_face, entered=rule.to is not None)
    record.append(
        turn.session,
        ticket,
        subject(ticket),
        at=turn.now,
        by=mover.name,
        move=move,
        source=source,
        target=ticket.state,
        reason=content.reason,
        note=content.note or content.comment,
        detail=content.detail() | _outcome(ticket, move),
        epoch=mover.epoch,
        changed=face.difference(before, face.of(ticket)),
    )
    await reach.keep(turn.session, ticket, reached)
    await handovers.note(turn, ticket, move)
    if ticket.state in SETTLED and source not in SETTLED:
        await settling.settle(turn, ticket.alert_id)
    await telling.after(turn, ticket, event_type, move, content)
    await announce(turn, ticket)
    await tell_of_move(turn, ticket, move)
    await issuing.after(turn, ticket, event_type, move)
    await _follow_up(turn, ticket, move)


def _outcome(ticket: Ticket, move: Move) -> dict[str, str]:
    """Who has it now, for the moves that a rule decides."""
    if move not in {Move.DISPATCH, Move.HAND_ON, Move.REASSIGN}:
        return {}
    given = {
        "assignee": ticket.assignee or "",
        "department": ticket.department or "",
        "rung": ticket.rung or "",
        "grid": ticket.grid_code or "",
    }
    return {key: value for key, value in given.items() if value}


async def _rearm(
    turn: Turn, ticket: Ticket, event_type: EventType, before: plan.ClockFace, *, entered: bool
) -> None:
    turned = plan.face(ticket) != before
    if entered:
        await plan.enter_stage(turn, ticket, event_type)
    if turned:
        await plan.set_marks(turn, ticket, event_type)
    if entered or turned:
        ticket.stage_due_at = plan.due_at(turn, ticket, event_type)


async def _follow_up(turn: Turn, ticket: Ticket, move: Move) -> None:
    """What the system does by itself once a move is made."""
    match move:
        case Move.ACCEPT | Move.REOPEN | Move.RECUR:
            await make(turn, ticket, Move.DISPATCH, SYSTEM)
        case Move.VERIFY if not await repository.a_caller_waits(turn.session, ticket):
            # A caller has no page to look at: the centre rings him up and then feeds back.
            await make(turn, ticket, Move.FEED_BACK, SYSTEM)
        case Move.RATE:
            again = ticket.rating is Rating.NOT and not ticket.reopened
            await make(turn, ticket, Move.REOPEN if again else Move.ARCHIVE, SYSTEM)


async def announce(turn: Turn, ticket: Ticket) -> None:
    """Tell followers of the stream: everybody whom the ticket concerns."""
    patch = (await ground_index(turn.session)).find(ticket.grid_code)
    workers = (patch.worker_a, patch.worker_b, *patch.assistants) if patch else ()
    people = {ticket.assignee, ticket.finder, *ticket.offered, *ticket.handlers, *workers}
    record_change(
        turn.session,
        kind=ChangeKind.TICKET,
        id=str(ticket.id),
        what="opened" if ticket.state is State.CONFIRMED else "moved",
        at=turn.now,
        unit=ticket.unit,
        department=ticket.department,
        people=sorted(login for login in people if login is not None),
    )
    if ticket.report_id is not None:
        record_change(
            turn.session,
            kind=ChangeKind.REPORT,
            id=str(ticket.report_id),
            what="state",
            at=turn.now,
            people=[ticket.finder] if ticket.finder else [],
        )
