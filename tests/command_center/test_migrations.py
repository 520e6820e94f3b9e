"""Migrations lead to exactly the tables of the code, up and down, with data, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.database import Database
from command_center.migrations import downgrade, upgrade
from command_center.migrations.schema import METADATA
from command_center.town import repository
from command_center.town.importing import import_town
from tests.command_center.example import CATALOGUE, START, TOWN

T = TypeVar("T")

pytestmark = pytest.mark.anyio


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    yield found
    await found.close()


async def run(database: Database, look: Callable[[Connection], T]) -> T:
    async with database.engine.connect() as connection:
        return await connection.run_sync(look)


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return list(compare_metadata(context, METADATA))


def names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_migrations_and_code_agree(empty: Database) -> None:
    await upgrade(empty)
    assert await run(empty, differences) == []
    assert await run(empty, names) == {*METADATA.tables, "alembic_version"}


async def test_a_second_start_changes_nothing(empty: Database) -> None:
    await upgrade(empty)
    async with empty.transaction() as session:
        await import_town(session, TOWN, CATALOGUE, now=START, initial_password=lambda _: None)
    await upgrade(empty)
    async with empty.reading() as session:
        assert len(await repository.cameras(session)) == 2


async def test_down_to_nothing_and_up_again_with_data(empty: Database) -> None:
    for _ in range(2):
        await upgrade(empty)
        async with empty.transaction() as session:
            await import_town(session, TOWN, CATALOGUE, now=START, initial_password=lambda _: None)
            record_access(session, login="operator", access=Access.CLIP, at=START)
        await downgrade(empty, "base")
        assert await run(empty, names) == {"alembic_version"}


async def test_two_that_start_at_once(database_url: str) -> None:
    both = Database(database_url), Database(database_url)
    await asyncio.gather(*(upgrade(database) for database in both))
    assert await run(both[0], differences) == []
    for database in both:
        await database.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE access_log SET login = 'x'", "DELETE FROM access_log"]
)
async def test_the_access_log_is_append_only_after_migrating(
    empty: Database, statement: str
) -> None:
    await upgrade(empty)
    await refuse(empty, statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE access_log SET login = 'x'", "DELETE FROM access_log"]
)
async def test_the_access_log_is_append_only_where_tables_were_made_at_once(
    database: Database, statement: str
) -> None:
    await refuse(database, statement)


async def refuse(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        record_access(session, login="operator", access=Access.CLIP, at=START)
    with pytest.raises(DatabaseError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(statement))
