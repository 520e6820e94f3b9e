"""Where sources of readings put what they hear."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from ingest.sensors.reading import Reading, RefusedReadingError


class SensorSink(Protocol):
    """Takes what sensors say. Called from the sources' threads.

    `arrived` returns when the reading has done what it does, an event written to disk included:
    only then does a source tell the other side that it has it.
    """

    def arrived(self, reading: Reading) -> None:
        """A reading, in whatever order and however often."""

    def refused(self, sensor_id: str, error: RefusedReadingError) -> None:
        """A message that is no reading."""

    def available(self, sensor_id: str, *, there: bool) -> None:
        """A device says that it is there, or its last will that it is not."""

    def linked(self, sensor_ids: Collection[str], trouble: str) -> None:
        """What is wrong with the way to these sensors; empty: nothing any more."""
