"""What is kept beside a ticket so that lists, maps and searches find it: whose it is, where it
lies, what it says. Written with the move that changes it, by `service.make` alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.tickets import words
from command_center.tickets.spots import spot_of
from command_center.tickets.states import CLOSED
from command_center.tickets.tables import Ticket, TicketPerson, TicketSpot, TicketText
from configs.catalogue import Urgency
from configs.values import Position


@dataclass(frozen=True, slots=True)
class Reach:
    """`spot`: where the map shows it; None: nowhere. `text`: what it is searched by."""

    people: frozenset[str] = frozenset()
    spot: Position | None = None
    text: str = ""


NOTHING = Reach()
"""Of a ticket that was not there before."""


def reach_of(ticket: Ticket) -> Reach:
    people = {ticket.assignee, ticket.finder, *ticket.offered, *ticket.handlers} - {None}
    return Reach(
        people=frozenset(login for login in people if login is not None),
        spot=None if ticket.state in CLOSED else ticket.position,
        text=words.text_of(ticket.number, ticket.title, ticket.description, ticket.place),
    )


async def keep(session: AsyncSession, ticket: Ticket, before: Reach) -> None:
    """Write what has changed since `before`; most moves change nothing of it."""
    now = reach_of(ticket)
    if now == before:
        return
    if gone := before.people - now.people:
        await session.execute(
            delete(TicketPerson).where(
                TicketPerson.ticket_id == ticket.id, TicketPerson.login.in_(gone)
            )
        )
    if came := now.people - before.people:
        rows = [{"login": login, "ticket_id": ticket.id} for login in sorted(came)]
        await session.execute(insert(TicketPerson), rows)
    if now.spot != before.spot:
        await _move_spot(session, ticket, now.spot)
    if now.text != before.text:
        await _write_text(session, ticket.id, before.text, now.text)


async def _move_spot(session: AsyncSession, ticket: Ticket, spot: Position | None) -> None:
    await session.execute(delete(TicketSpot).where(TicketSpot.ticket_id == ticket.id))
    if spot is not None:
        x, y = spot_of(spot)
        urgent = ticket.urgency is Urgency.URGENT
        values = {"ticket_id": ticket.id, "x": x, "y": y, "urgent": urgent}
        await session.execute(insert(TicketSpot), values)


async def _write_text(session: AsyncSession, ticket_id: int, before: str, now: str) -> None:
    if before:
        await session.execute(delete(TicketText).where(TicketText.ticket_id == ticket_id))
    await session.execute(insert(TicketText), {"ticket_id": ticket_id, "folded": now})
    await words.index(session, ticket_id, before, now)
