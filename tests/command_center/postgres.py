"""A PostgreSQL server of our own for the time of a test run: no port, no disk sync, no trace."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.services import missing

_INSTALL = "apt-get install postgresql"


def _program(name: str) -> Path:
    """Debian keeps the server's programs beside one another, outside of the PATH."""
    found = shutil.which(name)
    places = [Path(found)] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    if not places:
        missing("PostgreSQL's server", _INSTALL)
    return places[0].resolve()


def _as_owner() -> list[str]:
    """The server refuses to run as root; Debian's package brings a user for it."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextmanager
def postgres_server() -> Iterator[Path]:
    """The directory of a running server's socket."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    with tempfile.TemporaryDirectory(prefix="fenghuo-pg-") as directory:
        home = Path(directory)
        if os.geteuid() == 0:
            shutil.chown(home, "postgres")
        data, log = str(home / "data"), str(home / "log")
        _run(str(initdb), "-D", data, "-U", "fenghuo", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-k {home} -c listen_addresses='' -c fsync=off -c max_connections=60"
        _run(str(pg_ctl), "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield home
        finally:
            _run(str(pg_ctl), "-D", data, "-m", "immediate", "stop")


def _run(*command: str) -> None:
    done = subprocess.run(
        [*_as_owner(), *command],
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def new_database(socket: Path) -> str:
    """The SQLAlchemy URL of an empty database: always the same one, emptied.

    A database of its own for each test costs 300 files each, and a minute to delete them all.
    """
    with psycopg.connect(f"host={socket} user=fenghuo dbname=postgres", autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'postgres' AND pid <> pg_backend_pid() AND usename = 'fenghuo'"
        )
        server.execute("DROP SCHEMA public CASCADE")
        server.execute("CREATE SCHEMA public")
    return f"postgresql+psycopg://fenghuo@/postgres?host={socket}"


async def until_waiting(session: AsyncSession, count: int = 1) -> None:
    """Until so many transactions of this database wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while True:
            await session.execute(text("SELECT pg_stat_clear_snapshot()"))  # else the first look's
            if int(await session.scalar(waiting) or 0) >= count:
                return
            await asyncio.sleep(0.01)
