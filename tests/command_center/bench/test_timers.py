"""The lives that a bench of timers copies, and what is called a fault of theirs."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from command_center.audit.verify import Verification
from command_center.bench.lives import EVENT_TYPE, STORIES, Lives, Place, copy_alert, copy_ticket
from command_center.bench.once import Written, before, differences
from command_center.bench.spread import Spread
from command_center.bench.timers import PATIENCE, TARGET, TimersResult
from command_center.database import Database
from command_center.tickets import repository, service
from command_center.tickets.actors import SYSTEM
from command_center.tickets.content import Content
from command_center.tickets.states import Move
from command_center.tickets.turn import begin
from command_center.timers.service import catch_up
from command_center.timers.tables import TimerKind
from tests.command_center.example import CATALOGUE, START
from tests.command_center.findings import EAST

pytestmark = pytest.mark.anyio

TUESDAY = START + timedelta(days=22)


async def test_every_timer_of_every_story_has_the_effect_that_is_expected_of_it(
    filled: Path, tmp_path: Path
) -> None:
    shutil.copy(filled, tmp_path / "fenghuo.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'fenghuo.db'}")
    event_type = CATALOGUE.get(EVENT_TYPE)
    assert event_type is not None
    lives = Lives(database, event_type, "operator")
    written: list[Written] = []
    for story in STORIES:
        owner = await lives.live(story, TUESDAY, Place("lane-1", EAST))
        copies = await (copy_alert if story.is_of_an_alert else copy_ticket)(database, owner, 2)
        async with database.reading() as session:
            written.append(await before(session, story, TUESDAY, [owner, *copies]))
            untouched = await differences(session, written[-1], TUESDAY)
        assert len(untouched) == 3
    await catch_up(database, TUESDAY)
    async with database.reading() as session:
        for each in written:
            assert await differences(session, each, TUESDAY) == []
        assert [f async for f in Verification(session).everything({})] == []
    twice = next(each for each in written if each.story.kind is TimerKind.HANDLE_50)
    async with database.transaction() as session:
        ticket = await repository.lock(session, twice.owners[0])
        assert ticket is not None
        turn = await begin(session, TUESDAY)
        await service.make(turn, ticket, Move.MARK, SYSTEM, Content(note="50%"))
    async with database.reading() as session:
        found = await differences(session, twice, TUESDAY)
    assert found == [f"handle_50 of ticket/{twice.owners[0]} wrote mark, mark"]
    await database.close()


@pytest.mark.parametrize(
    ("all_fired", "late", "wrong", "said"),
    [
        (TARGET, False, [], []),
        (TARGET + 1, False, [], ["all had fired after 11.0 s, not 10 s"]),
        (None, False, [], [f"not all had fired after {PATIENCE:.0f} s"]),
        (1.0, True, [], ["not all were written before they were due: give a longer --lead"]),
        (1.0, False, ["x wrote nothing"], ["x wrote nothing"]),
    ],
)
def test_what_is_a_fault(
    all_fired: float | None, late: bool, wrong: list[str], said: list[str]
) -> None:
    result = TimersResult(
        due=100,
        centers=2,
        database="SQLite",
        machine="",
        late_at_start=late,
        all_fired=all_fired,
        lateness=Spread(),
        center_cpu_ms=1.0,
        server_cpu_ms=None,
        others_cores=0.0,
        wrong=wrong,
    )
    assert result.faults() == said
