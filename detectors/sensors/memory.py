"""What must be known of each sensor after a restart, `kill -9` included: one SQLite file.

A device that says "smoke" once does not say it again because this process died: without its last
value no dwell would go on, and no open alert would ever be cleared. Layout: one row a sensor, its
memory as JSON (WAL, synchronous=FULL).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from detectors.episode import Episode
from detectors.sqlite_file import PATIENCE, open_or_move_aside
from ingest.sensors.health import PresenceMemory
from ingest.sensors.reading import Reading

log = structlog.get_logger(__name__)

_SCHEMA = "CREATE TABLE IF NOT EXISTS memory (sensor_id TEXT PRIMARY KEY, body TEXT NOT NULL)"


class MemoryStoreError(Exception):
    """The file cannot be written; the text says why."""


class SensorMemory(BaseModel):
    """One sensor. `behind` is the seconds that its own time lies behind ours; `episodes` has each
    rule's by its event, which is its own for each rule of a sensor."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    sensor_id: str
    newest: Reading | None
    behind: float
    presence: PresenceMemory
    episodes: Mapping[str, Episode]
    silence: Episode


class MemoryStore:
    """Any thread may call, one at a time."""

    def __init__(self, path: Path, *, now: float, patience: float = PATIENCE) -> None:
        """Opens the file. One that is broken is moved aside: what it knew is lost, and said to be.

        Raises:
            MemoryStoreError: there can be no such file, or another process holds it for `patience`
                seconds.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = open_or_move_aside(
                path, _SCHEMA, now=now, moved=partial(_say_moved, path), patience=patience
            )
        except (sqlite3.Error, OSError) as error:
            raise MemoryStoreError(
                f"the sensors' memory {path} cannot be opened: {error}"
            ) from error

    def load(self, sensor_ids: Collection[str]) -> dict[str, SensorMemory]:
        """What is known of these sensors, by id; others are forgotten."""
        known: dict[str, SensorMemory] = {}
        gone: list[tuple[str]] = []
        for sensor_id, body in self._connection.execute("SELECT sensor_id, body FROM memory"):
            if sensor_id not in sensor_ids:
                gone.append((sensor_id,))
                continue
            try:
                known[sensor_id] = SensorMemory.model_validate_json(body)
            except ValidationError as error:
                log.error("sensor.memory_lost", sensor=sensor_id, error=str(error))
        with self._connection:
            self._connection.executemany("DELETE FROM memory WHERE sensor_id = ?", gone)
        return known

    def save(self, memories: Collection[SensorMemory]) -> None:
        """All of them are on disk when it returns.

        Raises:
            MemoryStoreError: the disk refuses.
        """
        rows = [(memory.sensor_id, memory.model_dump_json()) for memory in memories]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise MemoryStoreError(f"the sensors' memory cannot be written: {error}") from error

    def close(self) -> None:
        self._connection.close()


def _say_moved(path: Path, aside: Path, error: sqlite3.Error) -> None:
    log.error(
        "sensors.memory_corrupt",
        file=str(path),
        moved_to=str(aside),
        error=str(error),
        what_was_done="every sensor starts anew: an alert that is open is cleared by hand",
    )
