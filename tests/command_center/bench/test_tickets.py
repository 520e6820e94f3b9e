"""What is filled in for `fenghuo bench tickets` is as the closed loop would have written it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from command_center.bench.tickets import filling
from command_center.database import Database
from command_center.tickets import reach, words
from command_center.tickets.lists import Wanted, page
from command_center.tickets.scope import Scope
from command_center.tickets.spots import spot_of
from command_center.tickets.states import State
from command_center.tickets.tables import Ticket, TicketPerson, TicketSpot, TicketText, Transition

pytestmark = pytest.mark.anyio

COUNT = 1_200


async def test_a_filled_database_is_as_moves_would_have_left_it(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'bench.db'}"
    assert await filling.filled(url, COUNT, lambda _: None) == COUNT
    database = Database(url)
    async with database.reading() as session:
        tickets = list(await session.scalars(select(Ticket).order_by(Ticket.id)))
        people, spots = Counter[int](), 0
        for ticket in tickets:
            wanted = reach.reach_of(ticket)
            rows = await session.scalars(
                select(TicketPerson.login).where(TicketPerson.ticket_id == ticket.id)
            )
            assert set(rows) == wanted.people
            people[len(wanted.people)] += 1
            spot = await session.get(TicketSpot, ticket.id)
            assert (wanted.spot and spot_of(wanted.spot)) == (spot and (spot.x, spot.y))
            spots += spot is not None
            assert (await session.get_one(TicketText, ticket.id)).folded == wanted.text
            last = select(func.max(Transition.seq)).where(
                Transition.subject == f"ticket/{ticket.id}"
            )
            assert await session.scalar(last) == ticket.seq
        states = Counter(ticket.state for ticket in tickets)
        assert states[State.ARCHIVED] > COUNT // 2
        assert spots == COUNT - sum(states[state] for state in (State.ARCHIVED, State.REJECTED))
        assert tickets[-1].created_at - tickets[0].created_at > timedelta(days=400)
        found = await page(session, Scope(everything=True), Wanted(search=tickets[0].number))
        assert [ticket.id for ticket in found] == [tickets[0].id]
        assert words.fold(tickets[0].title) in words.text_of("", tickets[0].title, "", "")
    await database.close()
    assert await filling.filled(url, COUNT, lambda _: None) == COUNT  # kept, not filled again
    filling.drop(url)


async def test_a_towns_own_database_is_neither_filled_nor_dropped(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(filling.FillError, match="holds a town's data"):
        await filling.filled(url, COUNT, lambda _: None)
    with pytest.raises(filling.FillError, match="holds a town's data"):
        filling.drop(url)
