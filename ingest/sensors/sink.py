"""Where sources of readings put what they hear."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from ingest.sensors.reading import Reading, RefusedReadingError


class SensorSink(Protocol):
    """Takes what sensors say. Called from the sources' threads.

    A source tells the other side that it has a message only when `settled` has answered True
    after it: until then `kill -9` would lose what the message led to.
    """

    def arrived(self, reading: Reading, *, live: bool = True) -> None:
        """A reading, in whatever order and however often. Not `live`: a broker's memory of it,
        which does not say that the device still speaks."""

    def refused(self, sensor_id: str, error: RefusedReadingError) -> None:
        """A message that is no reading."""

    def available(self, sensor_id: str, *, there: bool) -> None:
        """A device says that it is there, or its last will that it is not."""

    def linked(self, sensor_ids: Collection[str], trouble: str) -> None:
        """What is wrong with the way to these sensors; empty: nothing any more."""

    def settled(self) -> bool:
        """Write down what came; whether all of it, and all that it led to, is on disk now."""
