"""Filling a database with a district's tickets, as fast as it takes them, once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from command_center.bench.tickets.lives import Batch, Columns, Lives, Row, Value
from command_center.bench.watched_camera import watched_camera
from command_center.database import Database
from command_center.migrations import upgrade
from command_center.tickets import words
from command_center.tickets.spots import spot_of
from command_center.tickets.states import CLOSED
from command_center.town.importing import import_town
from configs.catalogue import Urgency
from configs.load import shipped_catalogue
from configs.samples import SAMPLES
from configs.town import Camera, Town
from configs.values import Position

CAMERAS = 700
MARK = "bench_fill"
"""The table by which a database is known to be ours to fill, to measure and to drop."""

TABLES = (
    ("alerts", Columns.ALERTS),
    ("reports", Columns.REPORTS),
    ("tickets", Columns.TICKETS),
    ("transitions", Columns.TRANSITIONS),
    ("handovers", Columns.HANDOVERS),
    ("notifications", Columns.NOTIFICATIONS),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside tickets (`tickets.reach`), of rows that were never objects."""

    people: list[Row]
    spots: list[Row]
    texts: list[Row]

    @classmethod
    def of(cls, tickets: Sequence[Row]) -> Beside:
        found = cls([], [], [])
        for row in tickets:
            key = row[_AT["id"]]
            lists = [json.loads(str(row[_AT[name]])) for name in ("offered", "handlers")]
            logins = {row[_AT["assignee"]], row[_AT["finder"]], *lists[0], *lists[1]} - {None}
            found.people.extend((login, key) for login in sorted(map(str, logins)))
            if row[_AT["state"]] not in CLOSED:
                position = Position.model_validate_json(str(row[_AT["position"]]))
                urgent = row[_AT["urgency"]] == Urgency.URGENT
                found.spots.append((key, *spot_of(position), int(urgent)))
            said = (str(row[_AT[name]]) for name in ("number", "title", "description", "place"))
            found.texts.append((key, words.text_of(*said)))
        return found


_AT = {name: place for place, name in enumerate(Columns.TICKETS)}


class FillError(Exception):
    """The database cannot be filled; the message says why and what to do."""


class _Loader(Protocol):
    def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None: ...
    def load_grams(self, texts: Sequence[Row]) -> None: ...
    def execute(self, statement: str) -> list[tuple[object, ...]]: ...
    def finish(self) -> None: ...


def the_town() -> Town:
    """Wendeng, a district of 1,442 grids, with cameras in its base grids."""
    town = SAMPLES["wendeng"](1)
    random = Random(1)  # noqa: S311 (a sample, no secret)
    cameras = tuple(_camera(index, town, random) for index in range(CAMERAS))
    return town.model_copy(update={"cameras": cameras})


def _camera(index: int, town: Town, random: Random) -> Camera:
    lon, lat = random.choice(town.grids).polygon[0]
    camera = watched_camera(index, f"rtsp://127.0.0.1/{index}", model=None)
    return camera.model_copy(update={"position": Position(lon=lon, lat=lat)})


async def filled(url: str, tickets: int, said: Callable[[str], None]) -> int:
    """Have `url` hold that many tickets at least; how many it holds.

    Raises:
        FillError: the database holds something that is not a bench's, or fewer tickets.
    """
    parsed = make_url(url)
    _create(parsed)
    held = _held(parsed)
    if held is not None and held < tickets:
        raise FillError(f"{_shown(parsed)} holds {held} tickets; drop it, or name another database")
    database = Database(url)
    try:
        await upgrade(database)
        if held is not None:
            return held
        town, catalogue, now = the_town(), shipped_catalogue(), datetime.now(UTC)
        async with database.transaction() as session:
            await import_town(session, town, catalogue, now=now, first_hash=lambda _: None)
    finally:
        await database.close()
    _fill(parsed, Lives(town, catalogue, tickets, now), tickets, said)
    return tickets


def drop(url: str) -> None:
    """Take away a database that was filled here.

    Raises:
        FillError: it is not one of ours.
    """
    parsed = make_url(url)
    if _held(parsed) is None:
        raise FillError(f"{_shown(parsed)} is not a bench's database")
    if _is_sqlite(parsed):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{parsed.database}{suffix}").unlink(missing_ok=True)
        return
    with _server(parsed) as server:
        name = sql.Identifier(parsed.database or "")
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _create(url: URL) -> None:
    if _is_sqlite(url):
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        return
    with _server(url) as server:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if server.execute(query, (url.database,)).fetchone() is None:
            name = sql.Identifier(url.database or "")
            server.execute(sql.SQL("CREATE DATABASE {}").format(name))


def _held(url: URL) -> int | None:
    """How many tickets a fill put there; None: nothing was ever put there.

    Raises:
        FillError: the database is somebody's.
    """
    with _loader(url) as loader:
        tables = {str(row[0]) for row in loader.execute(_TABLES[_is_sqlite(url)])}
        if MARK in tables:
            [[count]] = loader.execute(f"SELECT tickets FROM {MARK}")  # noqa: S608 (a constant)
            return int(str(count))
        if tables & {"tickets", "alembic_version"}:
            raise FillError(f"{_shown(url)} holds a town's data; name an empty database")
    return None


_TABLES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'table'",
    False: "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


def _fill(url: URL, lives: Lives, tickets: int, said: Callable[[str], None]) -> None:
    with _loader(url) as loader:
        indexes = [str(row[0]) for row in loader.execute(_INDEXES[_is_sqlite(url)])]
        again = [
            str(row[0])
            for name in indexes
            for row in loader.execute(_DEFINITION[_is_sqlite(url)].format(name))
        ]
        for name in indexes:
            loader.execute(f"DROP INDEX {name}")
        for n, batch in enumerate(lives.batches()):
            _load(loader, batch)
            if n % 10 == 0:
                said(f"{n * 10_000} of {tickets} tickets")
        days: list[Row] = list(lives.days.items())
        loader.load("ticket_days", ("day", "last"), days)
        said("indexes")
        for definition in again:
            loader.execute(definition)
        loader.execute(f"CREATE TABLE {MARK} AS SELECT {tickets} AS tickets")
        loader.finish()


_INDEXES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN"
    " ('alerts', 'reports', 'tickets', 'transitions', 'notifications', 'ticket_spots',"
    " 'handovers')",
    False: "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON oid = indrelid"
    " WHERE relname IN ('alerts', 'reports', 'tickets', 'transitions', 'notifications',"
    " 'ticket_spots', 'ticket_grams', 'handovers')"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
}
"""Made again once everything is there: in a quarter of the time. Not those of constraints."""
_DEFINITION = {
    True: "SELECT sql FROM sqlite_master WHERE name = '{}'",
    False: "SELECT pg_get_indexdef('{}'::regclass)",
}


def _load(loader: _Loader, batch: Batch) -> None:
    for table, columns in TABLES:
        loader.load(table, columns, getattr(batch, table))
    beside = Beside.of(batch.tickets)
    loader.load("ticket_people", ("login", "ticket_id"), beside.people)
    loader.load("ticket_spots", ("ticket_id", "x", "y", "urgent"), beside.spots)
    loader.load("ticket_texts", ("ticket_id", "folded"), beside.texts)
    loader.load_grams(beside.texts)


class _Sqlite:
    def __init__(self, url: URL) -> None:
        self._connection = sqlite3.connect(url.database or "", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-200000"):
            self._connection.execute(f"PRAGMA {pragma}")

    def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
        self._connection.execute("BEGIN")
        self._connection.executemany(statement, [tuple(map(_as_sqlite, row)) for row in rows])
        self._connection.execute("COMMIT")

    def load_grams(self, texts: Sequence[Row]) -> None:
        pairs = [(key, words.tokens(words.grams(str(text)))) for key, text in texts]
        self.load(words.GRAMS, ("rowid", "grams"), pairs)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        return self._connection.execute(statement).fetchall()

    def finish(self) -> None:
        self.execute("ANALYZE")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    def __init__(self, url: URL) -> None:
        self._connection = psycopg.connect(_plain(url), autocommit=True)

    def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self._connection.cursor().copy(statement) as copy:
            copy.write("".join("\t".join(map(_as_copied, row)) + "\n" for row in rows))

    def load_grams(self, texts: Sequence[Row]) -> None:
        pairs = [(key, f"{{{','.join(map(str, words.grams(str(text))))}}}") for key, text in texts]
        self.load(words.GRAMS, ("ticket_id", "grams"), pairs)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        cursor = self._connection.execute(sql.SQL(statement))
        return cursor.fetchall() if cursor.description else []

    def finish(self) -> None:
        for table, _ in TABLES:  # handovers count their own
            self.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                f" (SELECT coalesce(max(id), 1) FROM {table}))"
            )
        self.execute("VACUUM ANALYZE")

    def close(self) -> None:
        self._connection.close()


def _as_sqlite(value: Value) -> Value:
    """Moments as the driver's own adapter, on its way out of Python, would write them."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _as_copied(value: Value) -> str:
    r"""Text of COPY. No text of ours has a tab or a `\` in it."""
    if value is None:
        return r"\N"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).replace("\n", r"\n")


@contextmanager
def _loader(url: URL) -> Iterator[_Loader]:
    loader = _Sqlite(url) if _is_sqlite(url) else _Postgres(url)
    try:
        yield loader
    finally:
        loader.close()


@contextmanager
def _server(url: URL) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_plain(url.set(database="postgres")), autocommit=True) as connection:
        yield connection


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
