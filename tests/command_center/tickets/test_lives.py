"""Random lives of a ticket against a simple model: whatever is tried, in whatever order.

The model knows the closed loop and nothing else: which state follows from which move, and what must
hold after every step. Time passes between the steps and timers fire as they will.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from command_center.audit.verify import Verification
from command_center.database import Database
from command_center.migrations.schema import METADATA
from command_center.people.tables import Person
from command_center.tickets import record, repository, service
from command_center.tickets.actors import mover
from command_center.tickets.content import Content
from command_center.tickets.moves import MoveRefusedError, NotYoursError
from command_center.tickets.opening import Finding, accept, open_ticket
from command_center.tickets.states import CLOSED, Actor, Move, Rating, State
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import begin
from command_center.timers.repository import armed
from command_center.timers.service import catch_up
from command_center.timers.tables import MARKS, Timer, TimerKind
from command_center.town import importing
from configs.catalogue import EventType, Source
from tests.command_center.example import CATALOGUE, START, TOWN
from tests.command_center.findings import EAST
from tests.command_center.tickets.test_moves import EXPECTED

PEOPLE = ("operator", "lead", "worker", "backup", "chief", "supervisor", "police", "assistant")

WATCHED: dict[State, TimerKind] = {
    State.CONFIRMED: TimerKind.ACCEPT,
    State.ACCEPTED: TimerKind.DISPATCH,
    State.RETURNED: TimerKind.DISPATCH,
    State.DISPATCHED: TimerKind.ACKNOWLEDGE,
    State.REFERRED: TimerKind.ACKNOWLEDGE,
    State.SUSPENDED: TimerKind.RESUME,
    State.DONE: TimerKind.VERIFY,
    State.VERIFIED: TimerKind.FEED_BACK,
    State.FED_BACK: TimerKind.RATE,
}


@dataclass(frozen=True)
class Try:
    who: str
    move: Move


@dataclass(frozen=True)
class Wait:
    minutes: int


BY_HAND = sorted({move for _, move in EXPECTED} - {Move.CONFIRM, Move.NOTE})

steps = st.lists(
    st.one_of(
        st.builds(Try, st.sampled_from(PEOPLE), st.sampled_from(BY_HAND)),
        # The way that a real ticket goes, so that lives get far.
        st.builds(Try, st.just("worker"), st.sampled_from(
            [Move.ACKNOWLEDGE, Move.START, Move.FINISH, Move.ASK_SUSPENSION, Move.ASK_RETURN]
        )),
        st.builds(Try, st.just("operator"), st.sampled_from(
            [Move.VERIFY, Move.REWORK, Move.GRANT_SUSPENSION, Move.GRANT_RETURN, Move.DISPATCH]
        )),
        st.builds(Wait, st.sampled_from([1, 31, 600, 20_000])),
    ),
    min_size=5,
    max_size=30,
)  # fmt: skip


class Life:
    """One database, and one ticket after another in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START

    async def begin(self, event_type: EventType) -> int:
        async with self.database.transaction() as session:
            turn = await begin(session, self.now)
            person = await session.get_one(Person, "operator")
            finding = Finding(event_type, Source.OPERATOR, "x", position=EAST, finder=person.login)
            by = mover(person, Ticket(finder=person.login, handlers=(), offered=()))
            ticket = await open_ticket(turn, finding, by)
            await accept(turn, ticket, by)
            return ticket.id

    async def step(self, ticket_id: int, step: Try | Wait) -> None:
        if isinstance(step, Wait):
            self.now += timedelta(minutes=step.minutes)
            await catch_up(self.database, self.now)
        else:
            await self.attempt(ticket_id, step)
        await self.check(ticket_id)

    async def attempt(self, ticket_id: int, step: Try) -> None:
        before, after = State.NEW, State.NEW
        may, must = False, False
        try:
            async with self.database.transaction() as session:
                ticket = await repository.lock(session, ticket_id)
                assert ticket is not None
                before = ticket.state
                person = await session.get_one(Person, step.who)
                content = everything(self.now, step.move)
                who = mover(person, ticket)
                law = EXPECTED.get((before, step.move))
                may = law is not None and bool(who.actors & law[1])
                judge = step.move in {Move.VERIFY, Move.REWORK} and Actor.WORKED in who.actors
                must = may and not judge and step.move not in GUARDED
                await service.make(await begin(session, self.now), ticket, step.move, who, content)
                after = ticket.state
        except (MoveRefusedError, NotYoursError):
            assert not must, f"{step} was refused in {before}"
            return
        assert may, f"{step} was possible in {before}"
        assert after in {EXPECTED[before, step.move][0], *FOLLOWED.get(step.move, ())}

    async def check(self, ticket_id: int) -> None:
        """What holds at any time, whatever happened before."""
        async with self.database.reading() as session:
            ticket = await session.get_one(Ticket, ticket_id)
            assert await record.verify(session, ticket, service.subject(ticket)) is None
            rows = await repository.transitions(session, service.subject(ticket))
            kinds = list(
                await session.scalars(
                    select(Timer.kind).where(Timer.ticket_id == ticket_id, armed())
                )
            )
        for one, next_ in pairwise(rows):
            assert one.target is next_.source
        assert rows[-1].target is ticket.state
        assert all(row.by != "system" for row in rows if row.move in PERSONS_OWN)
        assert len(kinds) == len(set(kinds)), "a stage is watched twice"
        self.check_timers(ticket, set(kinds))
        self.check_verdict(ticket, [row.by for row in rows if row.move is Move.VERIFY])

    def check_timers(self, ticket: Ticket, kinds: set[TimerKind]) -> None:
        if ticket.state in CLOSED:
            assert not kinds
            return
        assert kinds - set(MARKS) <= {WATCHED.get(ticket.state)}
        stands_still = {State.SUSPENDED, State.REFERRED, State.DONE, State.FED_BACK}
        if ticket.state in stands_still:
            assert not kinds & set(MARKS)
        if ticket.state in WATCHED and ticket.supervision == 0:
            assert WATCHED[ticket.state] in kinds or ticket.state in REMINDED

    def check_verdict(self, ticket: Ticket, verified_by: list[str]) -> None:
        for login in verified_by:
            assert login not in ticket.handlers or ticket.reopened


FOLLOWED: dict[Move, set[State]] = {
    Move.ACCEPT: {State.DISPATCHED},
    Move.VERIFY: {State.FED_BACK},
    Move.RATE: {State.ARCHIVED, State.DISPATCHED},
}
"""Where the system takes a ticket at once after these moves."""

REMINDED = {State.CONFIRMED, State.ACCEPTED, State.RETURNED, State.DONE, State.VERIFIED}
"""Stages that run out with a reminder, after which nothing more is armed."""

GUARDED = {
    *(Move(f"ask_{what}") for what in ("return", "extension", "suspension", "referral")),
    *(Move(f"grant_{what}") for what in ("return", "extension", "suspension", "referral")),
    Move.DENY,
}
"""Moves that hang on more than state and person: what was asked for before."""

PERSONS_OWN = {Move.ACKNOWLEDGE, Move.START, Move.FINISH, Move.VERIFY, Move.REWORK, Move.RATE}


def everything(now: datetime, move: Move) -> Content:
    """Enough of everything: what a move lacks is another test's matter."""
    return Content(
        reason="because",
        note="note",
        photos=("photo",),
        position=EAST,
        assignee=None if move is Move.ASK_REFERRAL else "chief",
        department="police" if move is Move.ASK_REFERRAL else None,
        until=now + timedelta(hours=2),
        rating=Rating.NOT,
    )


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    path: Path = tmp_path_factory.mktemp("lives") / "fenghuo.db"
    return Life(Database(f"sqlite+aiosqlite:///{path}"))


async def _prepare(life: Life) -> None:
    async with life.database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    async with life.database.transaction() as session:
        await importing.import_town(session, TOWN, CATALOGUE, now=START, first_hash=lambda _: None)


@pytest.fixture(scope="module")
def runner(life: Life) -> object:
    with asyncio.Runner() as found:
        found.run(_prepare(life))
        yield found
        found.run(life.database.close())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(what=st.sampled_from(["lane_blocked", "fire", "rubbish"]), path=steps)
def test_random_lives(
    life: Life, runner: asyncio.Runner, what: str, path: list[Try | Wait]
) -> None:
    event_type = CATALOGUE.get(what)
    assert event_type is not None

    async def live() -> None:
        ticket_id = await life.begin(event_type)
        for step in path:
            await life.step(ticket_id, step)
        async with life.database.reading() as session:
            walk = Verification(session)
            assert [fault async for fault in walk.one(f"ticket/{ticket_id}")] == []

    runner.run(live())
