"""Hearing at once that another command center on the same PostgreSQL has committed a change.

What is heard says nothing but that there is something: the log alone says what. So nothing is lost
with a message, only time, until the next look (`tail.POLL`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from command_center.database import Database
from command_center.jobs import every
from command_center.live.changes import CHANNEL

AGAIN = 1.0
"""Seconds after which a connection that broke is made anew."""


def loops(
    database: Database, heard: Callable[[], None]
) -> Sequence[Coroutine[object, object, None]]:
    """Endless, to be run beside the app; none on SQLite, which has no such thing."""
    if database.engine.dialect.name != "postgresql":
        return ()
    return (every(AGAIN, "listen_for_changes", partial(listen, database, heard)),)


async def listen(database: Database, heard: Callable[[], None]) -> None:
    """Call `heard` for every change that was committed, until the connection breaks.

    On a connection of its own: one of the pool's would be missing there for ever.

    Raises:
        OperationalError: of SQLAlchemy or psycopg; the server is away, or ended the connection.
    """
    engine = create_async_engine(
        database.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"LISTEN {CHANNEL}"))
            heard()  # what was committed before it listened
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None:
                raise RuntimeError("a connection without its driver")
            async for _ in driver.notifies():
                heard()
    finally:
        await engine.dispose()
