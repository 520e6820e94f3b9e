"""Migrations lead to exactly the tables of the code, up and down, with data, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.database import Database
from command_center.migrations import HERE, downgrade, upgrade
from command_center.migrations.schema import METADATA
from command_center.shards.tables import Shard
from command_center.tickets.words import is_of_index
from command_center.town import repository
from command_center.town.importing import import_town
from detectors.metrics import ShardMetrics
from tests.command_center.example import CATALOGUE, START, TOWN

T = TypeVar("T")

_ALERT = (
    "INSERT INTO alerts (id, merged_into, fingerprint, camera_id, live, state, event_type, source,"
    " position, opened_at, started_at, last_seen_at, confidence, method, note, blur,"
    " config_version, model_versions, shard, episode_id, events, reason, seq, head)"
    " VALUES (:id, :merged_into, :episode, 'lane-1', true, 'open', 'lane_blocked', 'camera', '[]',"
    " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 0.9, 'classical', '', 'done', '',"
    " '[]', 'shard-0', :episode, 1, '', 0, '')"
)
FIRST_VERSION: tuple[tuple[str, dict[str, int | str | None]], ...] = (
    (
        "INSERT INTO cameras (id, config, from_file, active, changed_at)"
        " VALUES ('lane-1', '{}', true, true, CURRENT_TIMESTAMP)",
        {},
    ),
    (_ALERT, {"id": 1, "merged_into": None, "episode": "one"}),
    (_ALERT, {"id": 2, "merged_into": 1, "episode": "two"}),
    (
        "INSERT INTO events (event_id, alert_id, outcome, phase, epoch, at, received_at, body)"
        " VALUES ('e', 2, 'opened', 'opened', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '{}')",
        {},
    ),
    (
        "INSERT INTO shards (name, epoch, started_at, seen_at, missing_models, stats)"
        " VALUES ('shard-0', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '[]', :stats)",
        {"stats": '{"scans": 7.0}'},
    ),
)
"""What a database of the first version may hold, with rows that refer to each other."""

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
    opts = {"compare_type": False, "include_name": lambda name, *_: not is_of_index(name)}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, METADATA))


def names(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not is_of_index(name)}


async def test_migrations_and_code_agree(empty: Database) -> None:
    await upgrade(empty)
    assert await run(empty, differences) == []
    assert await run(empty, names) == {*METADATA.tables, "alembic_version"}


async def test_a_database_of_the_first_version_becomes_that_of_the_code(empty: Database) -> None:
    await upgrade(empty, "0001")
    async with empty.transaction() as session:
        for statement, values in FIRST_VERSION:
            await session.execute(text(statement), values)
    await upgrade(empty)
    assert await run(empty, differences) == []
    assert await run(empty, partial_indexes) == [
        "ix_alerts_incidents",
        "uq_alerts_live_fingerprint",
    ]
    async with empty.transaction() as session:
        assert (await session.execute(text("SELECT id, merged_into FROM alerts"))).all() == [
            (1, None),
            (2, 1),
        ]
        assert await session.scalar(text("SELECT alert_id FROM events")) == 2
        [shard] = (await session.scalars(select(Shard))).all()
        assert shard.metrics == ShardMetrics()
    with pytest.raises(IntegrityError):  # references are held to again
        async with empty.transaction() as session:
            await session.execute(text("DELETE FROM alerts WHERE id = 1"))


async def test_a_database_of_neither_version_is_told_so(empty: Database) -> None:
    await upgrade(empty, "0001")
    async with empty.transaction() as session:
        await session.execute(text("CREATE TABLE sensors (id INTEGER)"))
    with pytest.raises(RuntimeError, match="FENGHUO_DATA_DIR"):
        await upgrade(empty)


def partial_indexes(connection: Connection) -> list[str | None]:
    return [
        index["name"]
        for index in inspect(connection).get_indexes("alerts")
        if index.get("dialect_options", {}).get(f"{connection.dialect.name}_where") is not None
    ]


async def test_a_second_start_changes_nothing(empty: Database) -> None:
    await upgrade(empty)
    async with empty.transaction() as session:
        await import_town(session, TOWN, CATALOGUE, now=START, first_hash=lambda _: None)
    await upgrade(empty)
    async with empty.reading() as session:
        assert len(await repository.cameras(session)) == 2


async def test_down_to_nothing_and_up_again_with_data(empty: Database) -> None:
    for _ in range(2):
        await upgrade(empty)
        async with empty.transaction() as session:
            await import_town(session, TOWN, CATALOGUE, now=START, first_hash=lambda _: None)
            record_access(session, login="operator", access=Access.CLIP, at=START)
        await downgrade(empty, "base")
        assert await run(empty, names) == {"alembic_version"}


async def test_what_people_were_told_before_channels_stays(empty: Database) -> None:
    await upgrade(empty, "0017")
    async with empty.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO people (login, name_zh, name_en, roles, unit_code, active)"
                " VALUES ('li', 'x', 'x', '[]', '371003105000', true)"
            )
        )
        await session.execute(
            text(
                "INSERT INTO notifications (id, person, kind, text, at)"
                " VALUES (7, 'li', 'task', '{}', CURRENT_TIMESTAMP)"
            )
        )
    await upgrade(empty)
    assert await run(empty, differences) == []
    async with empty.transaction() as session:
        told = "SELECT id, urgent, round, repeat_at FROM notifications"
        assert (await session.execute(text(told))).all() == [(7, False, 0, None)]
        await session.execute(
            text(
                "INSERT INTO channels (person, kind, service, label, mark, language, urgent_only,"
                " salt, code_until, tries, created_by, created_at, failures, failure) VALUES ('li',"
                " 'mail', '', '', 'm', 'zh', false, '', CURRENT_TIMESTAMP, 0, 'li',"
                " CURRENT_TIMESTAMP, 0, '')"
            )
        )
    await downgrade(empty, "0017")
    async with empty.transaction() as session:
        assert await session.scalar(text("SELECT id FROM notifications")) == 7
    await upgrade(empty)


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


async def test_migrations_follow_each_other() -> None:
    """Two that were written at the same time would both be the next one."""
    files = sorted(path.name for path in (HERE / "versions").glob("*.py"))
    assert [name[:4] for name in files] == [f"{n + 1:04}" for n in range(len(files))]
