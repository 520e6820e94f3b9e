"""A sensor's last readings in the order of their own time, each once, however they came.

Nothing is held back to be put in order: an alarm must not wait for what may still come. The newest
reading counts at once; an older one takes its place behind it, where rates are computed. Gateways
repeat what they got no answer for, and brokers deliver at least once, so that the same moment with
the same value is a duplicate. Of several values of one moment the one that came last is the newest:
clocks of whole seconds do not say more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from operator import attrgetter

from ingest.sensors.reading import Reading

MOST = 256
"""Readings kept of a sensor, 30 kB: over four minutes of one that speaks every second."""
LATEST = 3600.0
"""Seconds that a reading may lie behind the newest. Buffers of radio networks hold minutes."""
_AT = attrgetter("at")


class Order(StrEnum):
    """What a reading is among those before it."""

    NEWEST = "newest"
    LATE = "late"
    DUPLICATE = "duplicate"
    TOO_LATE = "too_late"
    """So old that nobody remembers whether it came before: not used."""


class Ordering:
    """One sensor's memory. Not for several threads."""

    __slots__ = ("_readings",)

    def __init__(self) -> None:
        self._readings: list[Reading] = []

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The last ones, oldest first; those of one moment as they came."""
        return tuple(self._readings)

    def take(self, reading: Reading) -> Order:
        """Put a reading into its place."""
        readings = self._readings
        first = bisect_left(readings, reading.at, key=_AT)
        index = bisect_right(readings, reading.at, lo=first, key=_AT)
        if any(one.value == reading.value for one in readings[first:index]):
            return Order.DUPLICATE
        if index == len(readings):
            readings.append(reading)
            del readings[:-MOST]
            return Order.NEWEST
        full = len(readings) == MOST
        if (full and index == 0) or reading.at < readings[-1].at - LATEST:
            return Order.TOO_LATE
        readings.insert(index, reading)
        del readings[:-MOST]
        return Order.LATE
