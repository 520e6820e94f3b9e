"""How a ticket comes to be: one path for cameras, patrols, the hotline, operators and citizens."""

from __future__ import annotations

from dataclasses import dataclass

from command_center.tickets import repository, service
from command_center.tickets.actors import SYSTEM, Mover
from command_center.tickets.chain import GENESIS
from command_center.tickets.content import Content
from command_center.tickets.states import Move, State
from command_center.tickets.tables import LINE, Ticket
from command_center.tickets.turn import Turn
from command_center.town.held import held_town
from configs.catalogue import EventType, Source
from configs.values import Position

DATA_QUALITY = "data_quality"
"""Code of the event type for gaps and overlaps of grids; a town may leave it out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that somebody, or a machine, says is real."""

    event_type: EventType
    source: Source
    description: str
    position: Position | None = None
    place: str = ""
    finder: str | None = None
    alert_id: int | None = None
    report_id: int | None = None
    quality_key: str | None = None


async def open_ticket(
    turn: Turn, finding: Finding, confirmed_by: Mover, content: Content | None = None
) -> Ticket:
    """A confirmed ticket; whoever may accept it does so next."""
    ticket = Ticket(
        number=await _number(turn),
        event_type=finding.event_type.code,
        name=finding.event_type.name,
        urgency=finding.event_type.urgency,
        state=State.NEW,
        title=_title(finding)[:LINE],
        description=finding.description,
        source=finding.source,
        position=finding.position,
        place=finding.place[:LINE],
        finder=finding.finder,
        alert_id=finding.alert_id,
        report_id=finding.report_id,
        quality_key=finding.quality_key,
        created_at=turn.now,
        head=GENESIS,
    )
    turn.session.add(ticket)
    await turn.session.flush()
    await service.make(turn, ticket, Move.CONFIRM, confirmed_by, content)
    return ticket


async def accept(turn: Turn, ticket: Ticket, mover: Mover, content: Content | None = None) -> None:
    """Accept and dispatch; a place that no grid covers also becomes somebody's task."""
    await service.make(turn, ticket, Move.ACCEPT, mover, content)
    await _report_grid_fault(turn, ticket)


async def _report_grid_fault(turn: Turn, ticket: Ticket) -> None:
    if ticket.position is None or ticket.grid_code is not None or ticket.quality_key is not None:
        return
    town = await held_town(turn.session)
    event_type = town.event_types.get(DATA_QUALITY)
    located = town.ground.locate(ticket.position)
    if event_type is None or located.patch is not None:
        return
    tied = located.tied if located.beside_m is None else ()
    codes = ",".join(patch.code for patch in tied)
    spot = f"{ticket.position.lon:.3f},{ticket.position.lat:.3f}"  # about 100 m
    key = f"tie:{codes}" if codes else f"gap:{spot}"
    if await repository.open_quality_ticket(turn.session, key) is not None:
        return
    if codes:
        description = f"网格重叠 grids overlap: {codes} ({spot}), {ticket.number}"
    else:
        description = f"网格空白 no grid covers {spot}, {ticket.number}"
    finding = Finding(
        event_type,
        Source.OPERATOR,
        description,
        position=ticket.position,
        place=ticket.place,
        quality_key=key,
    )
    fault = await open_ticket(turn, finding, SYSTEM)
    await service.make(turn, fault, Move.ACCEPT, SYSTEM)


async def _number(turn: Turn) -> str:
    """`20261018-0007`: the town's day and a running number, short enough for the telephone."""
    day = turn.now.astimezone(turn.calendar.zone).strftime("%Y%m%d")
    return f"{day}-{await repository.next_number(turn.session, day):04d}"


def _title(finding: Finding) -> str:
    name = finding.event_type.name.zh
    return f"{finding.place} · {name}" if finding.place else name
