"""An empty database for a bench, gone afterwards: of SQLite, or beside another of PostgreSQL."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

SQLITE = "sqlite"


class NoDatabaseError(Exception):
    """No database could be made; the message says why, without a password."""


@contextmanager
def scratch_database(where: str) -> Iterator[str]:
    """The URL of an empty database. `where` is "sqlite", or the SQLAlchemy URL of any database of
    a PostgreSQL server whose user may make others; that one itself is left alone.

    Raises:
        NoDatabaseError: the server cannot be reached, or refuses.
    """
    if where == SQLITE:
        with TemporaryDirectory() as folder:
            yield f"sqlite+aiosqlite:///{Path(folder) / 'fenghuo.db'}"
        return
    name = f"fenghuo_bench_{secrets.token_hex(4)}"
    url = make_url(where)
    asyncio.run(_say(where, f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_say(where, f"DROP DATABASE {name} WITH (FORCE)"))


async def version_of(url: str) -> str:
    """The database as people call it: "SQLite 3.45.1", "PostgreSQL 15.2"."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            if engine.dialect.name == SQLITE:
                return f"SQLite {await connection.scalar(text('SELECT sqlite_version()'))}"
            said = str(await connection.scalar(text("SHOW server_version")))
            return f"PostgreSQL {said.split(maxsplit=1)[0]}"
    finally:
        await engine.dispose()


async def _say(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    except (SQLAlchemyError, OSError) as error:
        shown = make_url(url).render_as_string(hide_password=True)
        raise NoDatabaseError(f"{shown}: {str(error).splitlines()[0]}") from error
    finally:
        await engine.dispose()
