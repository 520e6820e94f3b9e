"""Bringing the database from any earlier version to this one (Alembic)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from command_center.database import Database

HERE = Path(__file__).parent
_LOCK = 0x6D696772
"""Key of the advisory lock ("migr"): of two processes that start at once, one migrates."""


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run every migration up to `revision`; nothing happens if there is none left."""
    async with _migrating(database) as connection:
        await connection.run_sync(_upgrade, revision)


async def downgrade(database: Database, revision: str) -> None:
    """Undo every migration after `revision` ("base": all of them, and with them all data)."""
    async with _migrating(database) as connection:
        await connection.run_sync(_downgrade, revision)


@asynccontextmanager
async def _migrating(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction in which tables may be replaced.

    SQLite changes a table by copying it, and dropping the old one would take what refers to it
    along. So foreign keys are not enforced meanwhile, and held against each other at the end
    (https://sqlite.org/lang_altertable.html, section 7). The pragma does nothing inside a
    transaction.

    Raises:
        RuntimeError: a migration left a row that refers to nothing; nothing was changed.
    """
    async with database.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            async with connection.begin():
                yield connection
            return
        pool = await connection.get_raw_connection()
        await _pragma(pool.driver_connection, "foreign_keys=OFF")
        try:
            async with connection.begin():
                yield connection
                if lost := (await connection.execute(text("PRAGMA foreign_key_check"))).all():
                    raise RuntimeError(f"rows would refer to nothing: {lost[:5]}")
        finally:
            await _pragma(pool.driver_connection, "foreign_keys=ON")


async def _pragma(driver: Any, pragma: str) -> None:
    cursor = await driver.execute(f"PRAGMA {pragma}")
    await cursor.close()


def _upgrade(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    command.upgrade(config(connection), revision)


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(config(connection), revision)


def config(connection: Connection) -> Config:
    """Alembic's configuration for an open connection; there is no alembic.ini to be found."""
    found = Config()
    found.set_main_option("script_location", str(HERE))
    found.attributes["connection"] = connection
    return found
