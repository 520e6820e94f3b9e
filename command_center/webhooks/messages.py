"""What receivers are told of a ticket: what and where, never whose words, and no person."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from command_center.tickets import labels
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.webhooks.publishing import Message, publish
from command_center.webhooks.tables import WebhookEvent
from configs.catalogue import Source, Urgency
from configs.values import Name, Position


class TicketMessage(BaseModel):
    id: str
    number: str
    seq: int
    """Counts the ticket's moves: messages may arrive in another order."""
    move: Move
    state: State
    state_name: Name
    event_type: str
    name: Name
    urgency: Urgency
    source: Source
    position: Position | None
    grid_code: str | None
    unit: str | None
    department: str | None
    supervision: int
    created_at: datetime
    due_at: datetime | None


async def tell_of_move(turn: Turn, ticket: Ticket, move: Move) -> None:
    """`ticket.opened` for the first line of its record, `ticket.moved` for every other."""
    event = WebhookEvent.TICKET_OPENED if ticket.seq == 1 else WebhookEvent.TICKET_MOVED
    data = TicketMessage(
        id=str(ticket.id),
        number=ticket.number,
        seq=ticket.seq,
        move=move,
        state=ticket.state,
        state_name=labels.STATES[ticket.state],
        event_type=ticket.event_type,
        name=ticket.name,
        urgency=ticket.urgency,
        source=ticket.source,
        position=ticket.position,
        grid_code=ticket.grid_code,
        unit=ticket.unit,
        department=ticket.department,
        supervision=ticket.supervision,
        created_at=ticket.created_at,
        due_at=ticket.stage_due_at,
    )
    message = Message(event, f"ticket-{ticket.id}-{ticket.seq}", data, turn.now)
    await publish(turn.session, message)
