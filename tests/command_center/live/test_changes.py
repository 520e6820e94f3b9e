"""The change log and the tail that followers read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from command_center.database import Database
from command_center.jobs import running
from command_center.live import listening
from command_center.live import tail as tails
from command_center.live.changes import record_change
from command_center.live.pruning import KEPT, prune
from command_center.live.stream import follow
from command_center.live.tables import Change, ChangeKind
from command_center.live.tail import Gone, Tail
from command_center.live.wire import PING
from command_center.migrations.schema import METADATA
from command_center.people.tables import Person
from configs.town import Role
from tests.command_center.example import START
from tests.command_center.postgres import new_database

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
    assert [c.change.object_id for c in await tail.after(0)] == ["1", "2", "3"]
    newest = tail.newest
    assert [c.change.object_id for c in await tail.after(newest - 1)] == ["3"]
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
    assert [c.change.object_id for c in await tail.after(seen)] == ["elsewhere"]


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
        told += [c.change.object_id for c in page]
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
    assert [c.change.object_id for c in await late.after(2)] == ["c"]
    with pytest.raises(Gone):
        await late.after(99)


async def test_an_id_is_never_used_twice(database: Database) -> None:
    await say(database, *"abc")
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM changes"))
    await say(database, "d")
    assert await log(database) == [(4, "d")]


@dataclass(frozen=True)
class Told:
    event: str
    id: int
    what: str
    """Which thing changed; empty for a place in the log."""


def told(sent: bytes) -> list[Told]:
    found = []
    for event in sent.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in event.splitlines())
        body = json.loads(fields["data"])
        found.append(Told(fields["event"], int(fields["id"]), body.get("id", "")))
    return found


async def test_a_stream_begins_with_a_place_to_come_back_to(database: Database, tail: Tail) -> None:
    await say(database, "before")
    assert await tail.wait(0, 5.0)
    stream = follow(tail, OPERATOR, None)
    assert told(await anext(stream)) == [Told("ready", 1, "")]
    await say(database, "after")
    second = await asyncio.wait_for(anext(stream), 5.0)
    assert told(second) == [Told("alert", 2, "after")]


async def test_a_stream_resumes_where_it_was_broken_off(database: Database, tail: Tail) -> None:
    await say(database, *"abcd")
    assert await tail.wait(3, 5.0)
    stream = follow(tail, OPERATOR, 2)
    assert told(await anext(stream)) == [Told("alert", 3, "c"), Told("alert", 4, "d")]


async def test_a_client_from_before_is_told_to_begin_anew(database: Database, tail: Tail) -> None:
    await say(database, "a")
    assert await tail.wait(0, 5.0)
    assert told(await anext(follow(tail, OPERATOR, 1000))) == [Told("reset", 1, "")]


async def test_a_stream_ends_so_that_a_session_is_shown_again(tail: Tail) -> None:
    events = [sent async for sent in follow(tail, OPERATOR, None, lifetime=0.05)]
    assert [told(sent) for sent in events] == [[Told("ready", 0, "")]]


async def test_a_reader_that_another_process_told_more_is_no_stranger_to_this_one(
    database_url: str, database: Database
) -> None:
    """Behind one address the next process may not have read yet what the last one told."""
    behind = Tail(database)
    await behind.read()
    other = Database(database_url)
    await say(other, *"abc")
    await other.close()
    assert behind.newest == 0
    stream = follow(behind, OPERATOR, 2)
    assert told(await anext(stream)) == [Told("alert", 3, "c")]
    assert list(await behind.after(3)) == []


async def test_a_quiet_stream_says_that_it_is_open(tail: Tail) -> None:
    stream = follow(tail, OPERATOR, None, quiet=0.01)
    assert told(await anext(stream)) == [Told("ready", 0, "")]
    assert [await anext(stream) for _ in range(2)] == [PING, PING]


async def test_a_change_of_another_process_is_heard_and_not_waited_for(
    postgres: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poll is put out of reach: what comes in time was told by the database. The listening
    connection is then ended by its server, and made anew."""
    monkeypatch.setattr(tails, "POLL", 3600.0)
    monkeypatch.setattr(listening, "AGAIN", 0.05)
    url = new_database(postgres)
    here, other = Database(url), Database(url)
    async with here.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    tail = Tail(here)
    await tail.read()
    async with running([tail.run(), *listening.loops(here, tail.wake)]):
        await say(other, "first")
        assert await tail.wait(0, 10.0)
        async with other.engine.connect() as connection:
            ended = await connection.scalars(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
            )
            assert list(ended) == [True]
        await say(other, "second")
        assert await tail.wait(1, 10.0)
    assert [each.change.object_id for each in await tail.after(0)] == ["first", "second"]
    await here.close()
    await other.close()
