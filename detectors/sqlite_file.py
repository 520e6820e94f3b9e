"""A SQLite file of this process's own: opened to outlive any crash, moved aside when broken.

Only a file that SQLite calls malformed, or no database at all, is moved aside, for whoever may
still save something of it. One that another process holds is as good as ever: it is waited for,
and then the opening fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

PATIENCE = 10.0
"""Seconds to wait for a file that another process holds: whoever copies an outbox of 2 GiB, or a
start of the same shard that has just been told to end, is done by then."""

_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def open_or_move_aside(
    path: Path,
    schema: str,
    *,
    now: float,
    moved: Callable[[Path, sqlite3.Error], None],
    patience: float = PATIENCE,
) -> sqlite3.Connection:
    """Open the file, or make it, with `schema`, which may be carried out again.

    A broken file is renamed, with `now` (Unix seconds) in its new name, `moved` is called with that
    name and what was wrong, and a new file is made.

    Raises:
        sqlite3.Error: it can be neither opened nor made; held by another process for `patience`
            seconds, it is "locked".
    """
    try:
        return _open(path, schema, patience)
    except sqlite3.DatabaseError as error:
        if not _is_broken(error):
            raise
        moved(_move_aside(path, now), error)
        return _open(path, schema, patience)


def _open(path: Path, schema: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=patience, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _DamagedError(verdict)
        connection.executescript(schema)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class _DamagedError(sqlite3.DatabaseError):
    """SQLite can open the file and has found a fault in it."""


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    if isinstance(error, _DamagedError):
        return True
    code = getattr(error, "sqlite_errorcode", 0)
    return (code & 0xFF) in _BROKEN  # the rest of the bits say more exactly which (extended codes)


def _move_aside(path: Path, now: float) -> Path:
    """Rename a file together with its write-ahead log; its new name."""
    aside = path.with_name(f"{path.name}.corrupt-{int(now)}")
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(aside.with_name(aside.name + suffix))
    return aside
