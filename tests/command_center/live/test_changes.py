"""The change log and the tail that followers read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from command_center.database import Database
from command_center.live import tail as tails
from command_center.live.changes import record_change
from command_center.live.pruning import KEPT, prune
from command_center.live.stream import follow
from command_center.live.tables import Change, ChangeKind
from command_center.live.tail import Gone, Tail
from command_center.people.tables import Person
from configs.town import Role
from tests.command_center.example import START

pytestmark = pytest.mark.anyio

OPERATOR = Person(
    login="o", name_zh="值", name_en="O", roles=(Role.OPERATOR,), unit_code="1" * 12, active=True
)


async def say(database: Database, *ids: str) -> None:
    async with database.transaction() as session:
        for name in ids:
            record_change(session, kind=ChangeKind.ALERT, id=name, what="opened", at=START)


async def log(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as session:
        found = await session.scalars(select(Change).order_by(Change.id))
        return [(c.id, c.object_id) for c in found]


@pytest.fixture
async def tail(database: Database) -> AsyncIterator[Tail]:
    """A tail that reads at once, and only when something was committed."""
    found = Tail(database)
    await found.read()
    task = asyncio.create_task(found.run())
    yield found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_change_is_there_if_and_only_if_its_cause_is(database: Database) -> None:
    await say(database, "1", "2")
    with pytest.raises(ZeroDivisionError):
        await _fail(database)
    assert [name for _, name in await log(database)] == ["1", "2"]


async def _fail(database: Database) -> None:
    async with database.transaction() as session:
        record_change(session, kind=ChangeKind.ALERT, id="lost", what="opened", at=START)
        raise ZeroDivisionError


async def test_ids_become_visible_in_their_order(database: Database) -> None:
    """A slow transaction that began first cannot slip a lower id in behind a higher one."""
    seen: list[int] = []
    stop = asyncio.Event()

    async def watch() -> None:
        while not stop.is_set():
            ids = [number for number, _ in await log(database)]
            fresh = [number for number in ids if number not in seen]
            assert not seen or not fresh or min(fresh) > max(seen)
            seen.extend(fresh)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(say(database, f"{n}a", f"{n}b") for n in range(20)))
    stop.set()
    await watching
    assert len(await log(database)) == 40


async def test_followers_are_woken_and_told_in_order(database: Database, tail: Tail) -> None:
    assert not await tail.wait(tail.newest, 0.0)
    waiting = asyncio.create_task(tail.wait(tail.newest, 5.0))
    await say(database, "1", "2", "3")
    assert await waiting
    assert [c.object_id for c in await tail.after(0)] == ["1", "2", "3"]
    newest = tail.newest
    assert [c.object_id for c in await tail.after(newest - 1)] == ["3"]
    assert await tail.after(newest) == []


async def test_another_process_is_heard_by_polling(
    database_url: str, database: Database, tail: Tail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "POLL", 0.01)
    await say(database, "here")  # ends the wait that began with the long interval
    assert await tail.wait(0, 5.0)
    other = Database(database_url)
    seen = tail.newest
    await say(other, "elsewhere")
    await other.close()
    assert await tail.wait(seen, 5.0)
    assert [c.object_id for c in await tail.after(seen)] == ["elsewhere"]


async def test_a_follower_far_behind_reads_pages_from_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "PAGE", 10)
    tail = Tail(database, kept=5)
    await tail.read()
    names = [str(n) for n in range(35)]
    await say(database, *names)
    await tail.read()
    seen, told = 0, []
    while page := await tail.after(seen):
        assert len(page) <= 10
        told += [c.object_id for c in page]
        seen = page[-1].id
    assert told == names


async def test_pruning_keeps_the_newest_and_tells_who_missed_something(
    database: Database, tail: Tail
) -> None:
    await say(database, *"abc")
    assert await tail.wait(2, 5.0)
    async with database.transaction() as session:
        await prune(session, START + KEPT + timedelta(seconds=1))
    assert [name for _, name in await log(database)] == ["c"]
    late = Tail(database)
    await late.read()
    assert late.newest == 3
    with pytest.raises(Gone):
        await late.after(1)
    assert [c.object_id for c in await late.after(2)] == ["c"]
    with pytest.raises(Gone):
        await late.after(99)


async def test_an_id_is_never_used_twice(database: Database) -> None:
    await say(database, *"abc")
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM changes"))
    await say(database, "d")
    assert await log(database) == [(4, "d")]


async def test_a_stream_begins_with_a_place_to_come_back_to(database: Database, tail: Tail) -> None:
    await say(database, "before")
    assert await tail.wait(0, 5.0)
    stream = follow(tail, OPERATOR, None)
    first = await anext(stream)
    assert (first.event, first.id) == ("ready", "1")
    await say(database, "after")
    second = await asyncio.wait_for(anext(stream), 5.0)
    assert (second.event, second.id) == ("alert", "2")
    assert second.data.id == "after"


async def test_a_stream_resumes_where_it_was_broken_off(database: Database, tail: Tail) -> None:
    await say(database, *"abcd")
    assert await tail.wait(3, 5.0)
    stream = follow(tail, OPERATOR, 2)
    assert [(await anext(stream)).data.id for _ in range(2)] == ["c", "d"]


async def test_a_client_from_before_is_told_to_begin_anew(database: Database, tail: Tail) -> None:
    await say(database, "a")
    assert await tail.wait(0, 5.0)
    first = await anext(follow(tail, OPERATOR, 1000))
    assert (first.event, first.id) == ("reset", "1")


async def test_a_stream_ends_so_that_a_session_is_shown_again(tail: Tail) -> None:
    events = [event.event async for event in follow(tail, OPERATOR, None, lifetime=0.05)]
    assert events == ["ready"]
