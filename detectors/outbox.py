"""The outbox: what a shard has found and not yet told, kept on disk until it is told.

An event is written here, and synced to the disk, before anybody says that it happened; whatever
`append` returned for is delivered after any crash, at least once. Layout: one SQLite file (WAL,
synchronous=FULL), one row an entry. Pictures and clips lie in the same file as their event, so
that there is nothing to get out of step.

When it grows past its bounds it forgets, in this order: the rows of delivered events, refused
evidence, the oldest evidence that still waits. An event that waits or was refused is not dropped
for want of room: some two kilobytes each, a shard cut off for a month holds them all.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import UUID

import structlog

from detectors.event import Event, EvidenceKind
from detectors.sqlite_file import PATIENCE, open_or_move_aside

log = structlog.get_logger(__name__)

MAX_BYTES = 2 << 30
"""2 GiB: some 1,500 clips of 16 s at 512 kb/s, a bad day of 350 cameras with no command center."""
MAX_ROWS = 100_000
KEEP_DELIVERED = 3600.0
"""Seconds that a delivered event's row is kept, for whoever asks what was sent just now."""
KEEP_DEAD = 30 * 86400.0
"""A refused event is a fault to be looked into: kept as long as footage is."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    part TEXT NOT NULL,
    camera_id TEXT NOT NULL,
    body BLOB NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    reason TEXT NOT NULL DEFAULT '',
    appended_at REAL NOT NULL,
    settled_at REAL,
    UNIQUE (event_id, part)
);
CREATE INDEX IF NOT EXISTS entry_by_state ON entry (state, part, seq);
"""
_EVENT = "event"
_PENDING_EVENTS = """
SELECT seq, event_id, camera_id, part, body, appended_at FROM entry
WHERE state = 'pending' AND part = 'event'
AND camera_id NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?
"""
_PENDING_EVIDENCE = """
SELECT seq, event_id, camera_id, part, body, appended_at FROM entry
WHERE state = 'pending' AND part <> 'event'
AND event_id || '/' || part NOT IN (SELECT value FROM json_each(?))
AND NOT EXISTS (
    SELECT 1 FROM entry AS own
    WHERE own.event_id = entry.event_id AND own.part = 'event' AND own.state <> 'delivered'
) ORDER BY seq LIMIT ?
"""
_DEAD = """
SELECT event_id, camera_id, part, reason, settled_at FROM entry
WHERE state = 'dead' ORDER BY seq DESC LIMIT ?
"""
_ONE = "UPDATE entry SET state = ?, reason = ?, settled_at = ? WHERE seq = ?"
_ALL_OF_EVENT = """
UPDATE entry SET state = ?, reason = ?, settled_at = ? WHERE state = 'pending' AND event_id = ?
"""
_OLDEST_EVIDENCE_GOES = """
DELETE FROM entry WHERE seq IN (
    SELECT seq FROM entry WHERE state = ? AND part <> 'event' ORDER BY seq LIMIT 16
)
"""


class OutboxError(Exception):
    """The outbox could not keep something: the disk is full or broken. The message says which."""


class EntryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A picture or a clip that belongs to an event. `data` is a whole JPEG or MP4 file."""

    event_id: UUID
    camera_id: str
    kind: EvidenceKind
    data: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: the event itself when `kind` is None, else one of its pieces of evidence."""

    seq: int
    event_id: UUID
    camera_id: str
    kind: EvidenceKind | None
    body: bytes
    appended_at: float

    def event(self) -> Event:
        """The event of this row; only where `kind` is None.

        Raises:
            ValidationError: another version wrote it, and this one cannot read it.
        """
        return Event.model_validate_json(self.body)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What the command center refused for good, and its words."""

    event_id: UUID
    camera_id: str
    kind: EvidenceKind | None
    reason: str
    settled_at: float


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many rows in each state, the bytes they take, and what was dropped since the start."""

    pending: int
    delivered: int
    dead: int
    bytes: int
    dropped: int


class Outbox:
    """A shard's outbox. Every method may be called from any thread.

    Raises:
        OutboxError: from any method, when the file can be neither read nor written.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float],
        max_bytes: int = MAX_BYTES,
        max_rows: int = MAX_ROWS,
        patience: float = PATIENCE,
    ) -> None:
        """Open the outbox, or make it. A file that is broken is moved aside, loudly; one that is
        held by another process is waited for, `patience` seconds."""
        self._clock = clock
        self._max_bytes = max_bytes
        self._max_rows = max_rows
        self._lock = RLock()
        self._dropped = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = open_or_move_aside(
                path, _SCHEMA, now=clock(), moved=partial(_say_moved, path), patience=patience
            )
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"the outbox {path} cannot be opened: {error}") from error
        self._rows, self._bytes = self._measure()

    def append(self, event: Event, evidence: Sequence[Evidence] = ()) -> None:
        """Keep an event and what evidence there is already. It is on the disk at return."""
        body = event.model_dump_json().encode()
        rows = [(str(event.id), _EVENT, event.data.lane, body)]
        self._insert(rows + [_row(piece) for piece in evidence])

    def append_evidence(self, evidence: Evidence) -> None:
        """Keep a picture or clip of an event that was appended before; nothing if that is dead."""
        with self._lock:
            refused = self._all(
                "SELECT 1 FROM entry WHERE event_id = ? AND part = 'event' AND state = 'dead'",
                (str(evidence.event_id),),
            )
            if not refused:
                self._insert([_row(evidence)])

    def pending_events(self, limit: int, but: Collection[str] = ()) -> list[Entry]:
        """Events that wait, oldest first, without those of the cameras named in `but`."""
        return self._entries(_PENDING_EVENTS, limit, but)

    def pending_evidence(self, limit: int, but: Collection[str] = ()) -> list[Entry]:
        """Evidence of delivered events, oldest first; `but` names pieces as `event_id/kind`."""
        return self._entries(_PENDING_EVIDENCE, limit, but)

    def delivered(self, entries: Sequence[Entry]) -> None:
        """The other side has them for good. Evidence is forgotten, an event's row a while later."""
        now = self._clock()
        events = [(EntryState.DELIVERED, "", now, e.seq) for e in entries if e.kind is None]
        pieces = [entry for entry in entries if entry.kind is not None]
        with self._lock:
            try:
                with self._connection:
                    self._connection.executemany(_ONE, events)
                    self._connection.executemany(
                        "DELETE FROM entry WHERE seq = ?", [(entry.seq,) for entry in pieces]
                    )
            except sqlite3.Error as error:
                raise OutboxError(f"the outbox cannot be written: {error}") from error
            self._rows -= len(pieces)
            self._bytes -= sum(len(entry.body) for entry in pieces)

    def dead(self, entry: Entry, reason: str) -> None:
        """The other side will never take it. A dead event takes its evidence along."""
        if entry.kind is None:
            self._settle(_ALL_OF_EVENT, str(entry.event_id), EntryState.DEAD, reason)
        else:
            self._settle(_ONE, entry.seq, EntryState.DEAD, reason)

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """What was refused, newest first."""
        return _letters(self._all(_DEAD, (limit,)))

    def counts(self) -> OutboxCounts:
        with self._lock:
            by_state = dict(self._all("SELECT state, count(*) FROM entry GROUP BY state", ()))
            return OutboxCounts(
                pending=by_state.get("pending", 0),
                delivered=by_state.get("delivered", 0),
                dead=by_state.get("dead", 0),
                bytes=self._bytes,
                dropped=self._dropped,
            )

    def prune(self) -> int:
        """Forget what was settled long enough ago; the number of rows forgotten. Call now and
        then."""
        now = self._clock()
        with self._lock:
            gone = self._write(
                "DELETE FROM entry WHERE (state = 'delivered' AND settled_at < ?) "
                "OR (state = 'dead' AND settled_at < ?)",
                (now - KEEP_DELIVERED, now - KEEP_DEAD),
            )
            self._rows, self._bytes = self._measure()
            self._write("PRAGMA incremental_vacuum", ())
            return gone

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _insert(self, rows: list[tuple[str, str, str, bytes]]) -> None:
        now = self._clock()
        with self._lock:
            try:
                with self._connection:
                    self._connection.executemany(
                        "INSERT OR IGNORE INTO entry "
                        "(event_id, part, camera_id, body, size, appended_at) "
                        "VALUES (?, ?, ?, ?, ?, ?)",
                        [(*row, len(row[3]), now) for row in rows],
                    )
            except sqlite3.Error as error:
                raise OutboxError(f"the outbox cannot be written: {error}") from error
            self._rows += len(rows)
            self._bytes += sum(len(row[3]) for row in rows)
            self._keep_within_bounds()

    def _keep_within_bounds(self) -> None:
        if not self._is_full():
            return
        self._write("DELETE FROM entry WHERE state = 'delivered'", ())
        self._rows, self._bytes = self._measure()
        for state in (EntryState.DEAD, EntryState.PENDING):
            while self._is_full() and self._drop_oldest_evidence(state):
                self._rows, self._bytes = self._measure()

    def _is_full(self) -> bool:
        return self._rows > self._max_rows or self._bytes > self._max_bytes

    def _drop_oldest_evidence(self, state: EntryState) -> int:
        gone = self._write(_OLDEST_EVIDENCE_GOES, (state,))
        if gone:
            self._dropped += gone
            log.error(
                "outbox.full_evidence_dropped",
                dropped=gone,
                dropped_since_start=self._dropped,
                what_to_do="the command center has not been reachable for long: see delivery.down",
            )
        return gone

    def _entries(self, query: str, limit: int, but: Collection[str]) -> list[Entry]:
        return [
            Entry(seq, UUID(event), camera, _kind(part), body, at)
            for seq, event, camera, part, body, at in self._all(
                query, (json.dumps(sorted(but)), limit)
            )
        ]

    def _settle(self, which: str, key: object, state: EntryState, reason: str) -> None:
        self._write(which, (state, reason, self._clock(), key))

    def _measure(self) -> tuple[int, int]:
        rows = self._all("SELECT count(*), coalesce(sum(size), 0) FROM entry", ())
        return int(rows[0][0]), int(rows[0][1])

    def _write(self, statement: str, values: tuple[object, ...]) -> int:
        with self._lock:
            try:
                with self._connection:
                    return self._connection.execute(statement, values).rowcount
            except sqlite3.Error as error:
                raise OutboxError(f"the outbox cannot be written: {error}") from error

    def _all(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise OutboxError(f"the outbox cannot be read: {error}") from error


def dead_letters_of(path: Path, limit: int = 100) -> list[DeadLetter]:
    """What was refused, newest first, of an outbox that a shard may have open: nothing of it is
    changed.

    Raises:
        OutboxError: there is no outbox, or it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return _letters(connection.execute(_DEAD, (limit,)).fetchall())
    except sqlite3.Error as error:
        raise OutboxError(f"the outbox cannot be read: {error}") from error


def _letters(rows: Sequence[tuple[str, str, str, str, float]]) -> list[DeadLetter]:
    return [
        DeadLetter(UUID(event), camera, _kind(part), reason, at)
        for event, camera, part, reason, at in rows
    ]


def _row(evidence: Evidence) -> tuple[str, str, str, bytes]:
    return str(evidence.event_id), evidence.kind.value, evidence.camera_id, evidence.data


def _kind(part: str) -> EvidenceKind | None:
    return None if part == _EVENT else EvidenceKind(part)


def _say_moved(path: Path, aside: Path, error: sqlite3.Error) -> None:
    log.error(
        "outbox.corrupt",
        file=str(path),
        moved_to=str(aside),
        error=str(error),
        what_to_do="events in it that were not delivered yet are lost to the command center; "
        "`sqlite3 FILE .recover` may bring them back",
    )
