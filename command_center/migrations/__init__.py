"""Bringing the database from any earlier version to this one (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from command_center.database import Database

HERE = Path(__file__).parent
_LOCK = 0x6D696772
"""Key of the advisory lock ("migr"): of two processes that start at once, one migrates."""


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run every migration up to `revision`; nothing happens if there is none left."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade, revision)


async def downgrade(database: Database, revision: str) -> None:
    """Undo every migration after `revision` ("base": all of them, and with them all data)."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_downgrade, revision)


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
