"""Pages of tickets against looking at each ticket: who sees which, and what a search finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database
from command_center.live.visibility import lies_in
from command_center.tickets import lists, reach, words
from command_center.tickets.chain import GENESIS
from command_center.tickets.lists import Wanted, page
from command_center.tickets.scope import Scope
from command_center.tickets.states import State
from command_center.tickets.tables import Ticket, TicketPerson, TicketSpot
from configs.catalogue import Source, Urgency
from configs.values import Name, Position
from tests.command_center.example import OTHER_VILLAGE, START, TOWN_CODE, VILLAGE
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

COUNT = 160
LOGINS = ("wang", "li", "zhao")
STATES = (State.CONFIRMED, State.HANDLING, State.SUSPENDED, State.ARCHIVED)
ALPHABET = ("占", "道", "经", "营", "火", "Ab", "%", "_", "７", "𠮷", "ß", "x y", "\\", '"')

SCOPES = (
    Scope(everything=True),
    Scope(login="wang"),
    Scope(login="nobody"),
    Scope(login="li", grids=("east", "west")),
    Scope(login="zhao", department="police"),
    Scope(login="nobody", unit=VILLAGE),
    Scope(login="nobody", unit=TOWN_CODE),
    Scope(login="li", grids=("sea",), department="justice", unit=OTHER_VILLAGE),
)


def some_ticket(random: Random, number: int) -> Ticket:
    state = random.choice(STATES)

    def written() -> str:
        return "".join(random.choices(ALPHABET, k=random.randrange(6)))

    return Ticket(
        number=f"20250602-{number:04d}",
        event_type="rubbish",
        name=Name(zh="垃圾", en="Rubbish"),
        urgency=random.choice(tuple(Urgency)),
        state=state,
        title=written(),
        description=written(),
        source=Source.CAMERA,
        position=random.choice((None, Position(lon=122.05, lat=37.19))),
        place=written(),
        created_at=START,
        grid_code=random.choice(("east", "west", "sea", None)),
        unit=random.choice((VILLAGE, OTHER_VILLAGE, "371004001001", None)),
        assignee=None,
        offered=tuple(random.sample(LOGINS, random.randrange(2))),
        department=random.choice(("police", "justice", None)),
        finder=random.choice((*LOGINS, None)),
        handlers=tuple(random.sample(LOGINS, random.randrange(2))),
        head=GENESIS,
    )


async def filled(session: AsyncSession, seed: int = 1) -> list[Ticket]:
    """Newest first."""
    random = Random(seed)
    tickets = [some_ticket(random, number) for number in range(COUNT)]
    session.add_all(tickets)
    await session.flush()
    for ticket in tickets:
        await reach.keep(session, ticket, reach.NOTHING)
    return sorted(tickets, key=lambda ticket: -ticket.id)


def sees(scope: Scope, ticket: Ticket) -> bool:
    people = (ticket.assignee, ticket.finder, *ticket.offered, *ticket.handlers)
    return (
        scope.everything
        or scope.login in people
        or ticket.grid_code in scope.grids
        or (ticket.department is not None and ticket.department == scope.department)
        or bool(scope.unit and ticket.unit and lies_in(ticket.unit, scope.unit))
    )


def holds(ticket: Ticket, asked: str) -> bool:
    lines = [words.fold(s) for s in (ticket.number, ticket.title, ticket.description, ticket.place)]
    return all(any(word in line for line in lines) for word in words.fold(asked).split())


async def pages(session: AsyncSession, scope: Scope, wanted: Wanted) -> list[int]:
    """Ids of all pages, one after the other."""
    found: list[int] = []
    before = None
    while True:
        ids = [
            ticket.id
            for ticket in await page(
                session, scope, Wanted(wanted.states, wanted.unit, wanted.search, before, 7)
            )
        ]
        found += ids
        if len(ids) < 7:
            return found
        before = ids[-1]


@pytest.fixture
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many windows over few tickets."""
    monkeypatch.setattr(lists, "FIRST_WINDOW", 16)
    monkeypatch.setattr(lists, "WIDER", 2)


@ON_BOTH
async def test_lists_hold_what_one_may_see_and_nothing_else(database: Database) -> None:
    async with database.transaction() as session:
        tickets = await filled(session)
        for scope in SCOPES:
            for states in ((), (State.SUSPENDED,), (State.HANDLING, State.ARCHIVED)):
                for unit in (None, VILLAGE):
                    expected = [
                        ticket.id
                        for ticket in tickets
                        if sees(scope, ticket)
                        and (not states or ticket.state in states)
                        and (unit is None or ticket.unit == unit)
                    ]
                    wanted = Wanted(states=states, unit=unit)
                    assert await pages(session, scope, wanted) == expected, (scope, wanted)


@ON_BOTH
@pytest.mark.usefixtures("_small_windows")
async def test_a_search_finds_what_looking_at_each_ticket_finds(database: Database) -> None:
    async with database.transaction() as session:
        tickets = await filled(session)
        hits = 0
        for asked, scope in islice(searches(Random(2), tickets), 120):
            expected = [t.id for t in tickets if sees(scope, t) and holds(t, asked)]
            assert await pages(session, scope, Wanted(search=asked)) == expected, (scope, asked)
            hits += bool(expected)
        assert hits > 40


def searches(random: Random, tickets: Sequence[Ticket]) -> Iterator[tuple[str, Scope]]:
    while True:
        text = random.choice([t.title + t.place for t in tickets])
        start = random.randrange(len(text) + 1)
        cut = text[start : start + random.choice((1, 2, 2, 3, 5))]
        change: Callable[[str], str] = random.choice((str, str.upper, str.lower, str.strip))
        asked = random.choice((cut, f"{cut} {random.choice(ALPHABET)}", "0602-001", "鲸鱼"))
        if words.fold(asked):
            yield change(asked), random.choice(SCOPES)


@ON_BOTH
async def test_what_is_kept_beside_a_ticket_follows_it(database: Database) -> None:
    async with database.transaction() as session:
        ticket = some_ticket(Random(4), COUNT)
        ticket.position = Position(lon=122.05, lat=37.19)
        session.add(ticket)
        await session.flush()
        before = reach.NOTHING
        for login, state, place in (
            ("wang", State.HANDLING, "香山路"),
            ("li", State.ARCHIVED, "香山路"),
            ("li", State.ACCEPTED, "米山路"),
        ):
            ticket.offered, ticket.state, ticket.place = (login,), state, place
            await reach.keep(session, ticket, before)
            await session.flush()
            before = reach.reach_of(ticket)
            logins = await session.scalars(
                select(TicketPerson.login).where(TicketPerson.ticket_id == ticket.id)
            )
            assert set(logins) == {login, ticket.finder, *ticket.handlers} - {None}
            spot = await session.get(TicketSpot, ticket.id, populate_existing=True)
            assert (spot is None) == (state is State.ARCHIVED)
            for street in ("香山路", "米山路"):
                found = await page(session, Scope(everything=True), Wanted(search=street))
                assert [t.id for t in found] == ([ticket.id] if street == place else [])


def test_words_are_folded_alike_however_they_are_written() -> None:
    assert words.words_of(" ７号　Ｈarbour\0ROAD ") == ("7号", "harbour", "road")
    assert words.words_of("  ") == ()
    assert len(words.words_of(" ".join(map(str, range(50))))) == words.MOST_WORDS


def test_every_word_within_a_text_has_its_pairs_in_the_text() -> None:
    random = Random(3)
    for _ in range(300):
        text = words.fold("".join(random.choices(ALPHABET, k=12)))
        for word in text.split():
            start = random.randrange(len(word))
            part = word[start : start + random.randrange(1, 5)]
            assert set(words.grams_of_word(part)) <= set(words.grams(text))
