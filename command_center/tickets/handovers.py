"""When tasks were given and taken, kept apart from the record: statistics of a month are made of
70,000 of these rows, where the record has 700,000 lines."""

from __future__ import annotations

from sqlalchemy import select

from command_center.tickets.states import Move
from command_center.tickets.tables import Handover, Ticket
from command_center.tickets.turn import Turn

GIVEN = (Move.DISPATCH, Move.HAND_ON, Move.REASSIGN)


async def note(turn: Turn, ticket: Ticket, move: Move) -> None:
    """Write down that a move gave the task to somebody, or that he took it."""
    if move in GIVEN:
        rung = ticket.rung.value if ticket.rung is not None else ""
        turn.session.add(Handover(ticket_id=ticket.id, at=turn.now, rung=rung))
    elif move is Move.ACKNOWLEDGE:
        await _note_taking(turn, ticket)


async def _note_taking(turn: Turn, ticket: Ticket) -> None:
    last = (
        select(Handover.at)
        .where(Handover.ticket_id == ticket.id, Handover.rung.is_not(None))
        .order_by(Handover.id.desc())
        .limit(1)
    )
    given = await turn.session.scalar(last)
    if given is not None:
        waited = (turn.now - given).total_seconds()
        taken = Handover(ticket_id=ticket.id, at=turn.now, given_at=given, waited=waited)
        turn.session.add(taken)
