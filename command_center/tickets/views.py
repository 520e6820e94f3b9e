"""Tickets as one person may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.repository import evidence_served
from command_center.people.tables import Person
from command_center.routing.repository import department_name, ground_index
from command_center.tickets import labels, repository
from command_center.tickets.access import knows_finder
from command_center.tickets.actors import actors_of
from command_center.tickets.content import needs_of
from command_center.tickets.moves import allowed
from command_center.tickets.schemas import (
    AssigneeBody,
    CallBody,
    DeadlineBody,
    GridBody,
    MoveBody,
    PhotoBody,
    RequestBody,
    RoutingBody,
    TicketBody,
    TicketSummary,
    TimerBody,
    TransitionBody,
)
from command_center.tickets.service import facts, subject
from command_center.tickets.states import Actor
from command_center.tickets.tables import Photo, Ticket, Transition
from command_center.timers import repository as timers
from command_center.timers.tables import MARKS, Timer
from command_center.town import repository as town
from configs.catalogue import ClosingEvidence, Source
from configs.values import Name
from detectors.event import EvidenceKind

PHOTO_URL = "/api/v1/photos/{}"
SNAPSHOT_URL = "/api/v1/tickets/{}/snapshot"

_FINDER = Name(zh="发现人", en="the finder")
_NAMES = {
    "system": Name(zh="系统", en="the system"),
    "citizen": Name(zh="市民", en="a citizen"),
}
_HIDDEN = frozenset({Source.PATROL, Source.HOTLINE, Source.CITIZEN})
"""Sources whose finder is a person to be kept from whoever handles the matter."""


async def ticket_body(session: AsyncSession, ticket: Ticket, person: Person) -> TicketBody:
    """The whole ticket, with the moves that `person` may make now."""
    event_type = await town.event_type(session, ticket.event_type)
    rows = await repository.transitions(session, subject(ticket))
    people = await repository.people(
        session, {ticket.assignee or "", *(row.by for row in rows)} - {""}
    )
    hidden = _hidden_finder(ticket, person)
    return TicketBody(
        **_summary(ticket, people).model_dump(
            exclude={"due_at", "grid_code", "rung"}, round_trip=True
        ),
        description=ticket.description,
        alert_id=None if ticket.alert_id is None else str(ticket.alert_id),
        report_id=None if ticket.report_id is None else str(ticket.report_id),
        joined=await repository.count_joined(session, ticket.id),
        grid=await _grid(session, ticket),
        unit=ticket.unit,
        department_name=await department_name(session, ticket.department),
        routing=RoutingBody(outcome=ticket.rung, why=list(ticket.why)) if ticket.rung else None,
        request=_request(ticket),
        done_at=ticket.done_at,
        on_time=ticket.on_time,
        seq=ticket.seq,
        **_timing(ticket, await timers.of_ticket(session, ticket.id)),
        transitions=[transition_body(row, people, hidden) for row in rows],
        photos=[_photo(p, hidden) for p in await repository.photos(session, ticket)],
        snapshot=SNAPSHOT_URL.format(ticket.id) if await snapshot_event(session, ticket) else None,
        calls=[
            CallBody(by=c.by, called=c.called, answered=c.answered, note=c.note, at=c.at)
            for c in await repository.calls(session, ticket.id)
            if c.by == person.login or not _hides_calls(ticket, person)
        ],
        rating=ticket.rating,
        comment=ticket.comment,
        moves=_moves(ticket, person, event_type.closing if event_type else ClosingEvidence()),
    )


async def snapshot_event(session: AsyncSession, ticket: Ticket) -> UUID | None:
    """The event whose snapshot shows what the ticket is about, if that has arrived."""
    if ticket.alert_id is None:
        return None
    served = await evidence_served(session, ticket.alert_id, EvidenceKind.SNAPSHOT)
    return UUID(served.event_id) if served else None


async def summaries(session: AsyncSession, tickets: Sequence[Ticket]) -> list[TicketSummary]:
    people = await repository.people(session, {t.assignee for t in tickets if t.assignee})
    return [_summary(ticket, people) for ticket in tickets]


def transition_body(
    row: Transition, people: Mapping[str, Person], hidden: str | None = None
) -> TransitionBody:
    by, name = row.by, _name_of(row.by, people)
    if hidden is not None and row.by == hidden:
        by, name = "finder", _FINDER
    return TransitionBody(
        seq=row.seq,
        at=row.at,
        by=by,
        by_name=name,
        move=row.move,
        label=labels.MOVES[row.move],
        source=row.source,
        to=row.target,
        reason=row.reason,
        note=row.note,
        detail=row.detail,
        hash=row.hash,
    )


def _summary(ticket: Ticket, people: Mapping[str, Person]) -> TicketSummary:
    return TicketSummary(
        id=str(ticket.id),
        number=ticket.number,
        event_type=ticket.event_type,
        name=ticket.name,
        urgency=ticket.urgency,
        state=ticket.state,
        state_name=labels.STATES[ticket.state],
        title=ticket.title,
        source=ticket.source,
        position=ticket.position,
        place=ticket.place,
        grid_code=ticket.grid_code,
        assignee=_assignee(ticket, people),
        department=ticket.department,
        rung=ticket.rung,
        supervision=ticket.supervision,
        created_at=ticket.created_at,
        due_at=ticket.stage_due_at,
    )


def _assignee(ticket: Ticket, people: Mapping[str, Person]) -> AssigneeBody | None:
    person = people.get(ticket.assignee or "")
    if person is None:
        return None
    return AssigneeBody(login=person.login, name=person.name, phone=person.phone)


async def _grid(session: AsyncSession, ticket: Ticket) -> GridBody | None:
    if ticket.grid_code is None:
        return None
    patch = (await ground_index(session)).find(ticket.grid_code)
    name = patch.name if patch else Name(zh=ticket.grid_code, en=ticket.grid_code)
    return GridBody(code=ticket.grid_code, name=name, version=ticket.grid_version)


def _request(ticket: Ticket) -> RequestBody | None:
    if ticket.request is None:
        return None
    return RequestBody(
        kind=ticket.request, until=ticket.request_until, department=ticket.request_department
    )


def _timing(ticket: Ticket, rows: Sequence[Timer]) -> dict[str, DeadlineBody | list[TimerBody]]:
    marks = {
        f"{MARKS[row.kind]:.0%}".rstrip("%"): row.due_at
        for row in rows
        if row.kind in MARKS and _this_round(ticket, row)
    }
    return {
        "deadlines": DeadlineBody(stage=ticket.state, due_at=ticket.stage_due_at, marks=marks),
        "timers": [
            TimerBody(kind=row.kind, due_at=row.due_at, fired_at=row.fired_at) for row in rows
        ],
    }


def _this_round(ticket: Ticket, row: Timer) -> bool:
    if row.fired_at is None or ticket.clock_round is None:
        return row.fired_at is None
    return row.fired_at > ticket.clock_round


def _photo(photo: Photo, hidden: str | None) -> PhotoBody:
    by = "finder" if hidden is not None and photo.by == hidden else photo.by
    return PhotoBody(id=photo.id, url=PHOTO_URL.format(photo.id), by=by, at=photo.at)


def _moves(ticket: Ticket, person: Person, closing: ClosingEvidence) -> list[MoveBody]:
    return [
        MoveBody(
            move=rule.move,
            label=labels.MOVES[rule.move],
            needs=[need.value for need in needs_of(rule, closing)],
            primary=rule.move in labels.PRIMARY,
            danger=rule.move in labels.DANGER,
        )
        for rule in allowed(facts(ticket), actors_of(person, ticket) - {Actor.SYSTEM})
    ]


def _hidden_finder(ticket: Ticket, person: Person) -> str | None:
    """The login that `person` must not see in this ticket, or None."""
    if ticket.source not in _HIDDEN or ticket.finder is None or knows_finder(person):
        return None
    return ticket.finder if person.login != ticket.finder else None


def _hides_calls(ticket: Ticket, person: Person) -> bool:
    """Calls are named freely: one of them may be to whoever reported the matter, who may have no
    account and so no login that could be recognised."""
    return ticket.source in _HIDDEN and not knows_finder(person)


def _name_of(by: str, people: Mapping[str, Person]) -> Name:
    person = people.get(by)
    if person is not None:
        return person.name
    return _NAMES.get(by) or Name(zh=by, en=by)
