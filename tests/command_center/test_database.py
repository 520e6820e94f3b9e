"""Transactions, readers beside writers, and types that survive both databases."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from command_center.database import Database, before_commit
from command_center.people.tables import Person
from command_center.town.tables import Grid, TownRecord
from configs.town import GridKind, GridLayer, Role
from configs.values import Name, Position
from tests.command_center.example import START

pytestmark = pytest.mark.anyio

TOKYO = timezone(timedelta(hours=9))


def someone(login: str) -> Person:
    return Person(
        login=login, name_zh="某", name_en="X", roles=(Role.OPERATOR,), unit_code="1" * 12
    )


def town(imported_at: datetime = START) -> TownRecord:
    return TownRecord(
        code="1" * 12,
        name=Name(zh="镇", en="Town"),
        timezone="Asia/Shanghai",
        centre=Position(lon=122.0, lat=37.0),
        confidence_floor=0.3,
        catalogue_version="1",
        config_version="1",
        imported_at=imported_at,
    )


async def count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Person)) or 0


async def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    async with database.transaction() as session:
        session.add(someone("kept"))
    with suppress(ZeroDivisionError):
        async with database.transaction() as session:
            session.add(someone("lost"))
            await session.flush()
            raise ZeroDivisionError
    assert await count(database) == 1


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.transaction() as session:
        session.add(someone("x"))
        await session.flush()
        async with asyncio.timeout(2):
            assert await count(database) == 0
    assert await count(database) == 1


async def test_a_reader_sees_one_state(database: Database) -> None:
    async with database.reading() as session:
        query = select(func.count()).select_from(Person)
        assert await session.scalar(query) == 0
        async with database.transaction() as writing:
            writing.add(someone("x"))
        assert await session.scalar(query) == 0


async def test_writers_take_turns(database: Database) -> None:
    """Fifty read-modify-writes at once: none is lost and none fails."""
    async with database.transaction() as session:
        session.add(someone("x"))

    async def longer() -> None:
        async with database.transaction() as session:
            person = await session.get_one(Person, "x", with_for_update=True)
            await asyncio.sleep(0)
            person.name_en += "."

    await asyncio.gather(*(longer() for _ in range(20)))
    async with database.reading() as session:
        assert (await session.get_one(Person, "x")).name_en == "X" + "." * 20


async def test_a_transaction_inside_another_is_a_mistake_not_a_deadlock(
    database: Database,
) -> None:
    """SQLite has one writer; PostgreSQL has many, and there the second is only odd."""
    mistake = pytest.raises(RuntimeError, match="pass its session on")
    sqlite = database.engine.dialect.name == "sqlite"
    async with database.transaction():
        with mistake if sqlite else nullcontext():
            async with database.transaction():
                pass
    async with database.transaction():
        pass


async def test_reading_refuses_to_lose_what_was_written(database: Database) -> None:
    with pytest.raises(RuntimeError, match="use transaction"):
        async with database.reading() as session:
            session.add(someone("x"))


async def test_hooks_run_at_the_commit_and_not_after_a_roll_back(database: Database) -> None:
    told: list[str] = []
    database.on_commit.append(lambda: told.append("after"))

    async def last(_session: object) -> None:
        told.append("before")

    async with database.transaction() as session:
        before_commit(session, last)
        assert told == []
    assert told == ["before", "after"]
    with suppress(ZeroDivisionError):
        async with database.transaction() as session:
            before_commit(session, last)
            raise ZeroDivisionError
    assert told == ["before", "after"]


async def test_on_commit_is_told_of_every_commit(database: Database) -> None:
    commits: list[None] = []
    database.on_commit.append(lambda: commits.append(None))
    async with database.transaction() as session:
        session.add(someone("x"))
    await count(database)
    assert len(commits) == 1


@pytest.mark.parametrize("zone", [UTC, TOKYO])
async def test_moments_come_back_in_utc(database: Database, zone: timezone) -> None:
    async with database.transaction() as session:
        session.add(town(START.astimezone(zone)))
    async with database.reading() as session:
        found = (await session.scalars(select(TownRecord))).one()
        assert found.imported_at == START
        assert found.imported_at.utcoffset() == timedelta()
        later = select(TownRecord).where(TownRecord.imported_at > START.astimezone(TOKYO))
        assert (await session.scalars(later)).all() == []


async def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        async with database.transaction() as session:
            session.add(town(START.replace(tzinfo=None)))


async def test_documents_come_back_as_what_they_were(database: Database) -> None:
    async with database.transaction() as session:
        session.add(town())
        session.add(someone("x"))
    async with database.reading() as session:
        assert (await session.scalars(select(TownRecord.name))).one() == Name(zh="镇", en="Town")
        assert (await session.get_one(Person, "x")).roles == (Role.OPERATOR,)


async def test_words_can_be_searched(database: Database) -> None:
    async with database.transaction() as session:
        session.add(
            Grid(
                code="g",
                version=1,
                valid_from=START,
                name=Name(zh="格", en="Grid"),
                kind=GridKind.MARINE,
                layer=GridLayer.DEDICATED,
                unit="1" * 12,
                polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),
                assistants=(),
            )
        )
    async with database.reading() as session:
        found = await session.scalars(select(Grid).where(Grid.layer == GridLayer.DEDICATED))
        assert found.one().kind is GridKind.MARINE
        none = await session.scalars(select(Grid).where(Grid.layer == GridLayer.BASE))
        assert none.all() == []
