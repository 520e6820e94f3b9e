"""A sensor's last readings in the order of their own time, each once, however they came.

Nothing is held back to be put in order: an alarm must not wait for what may still come. The newest
reading counts at once; an older one takes its place behind it, where rates are computed. Gateways
repeat what they got no answer for, and brokers deliver at least once, so that the same moment with
the same value is a duplicate.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from enum import StrEnum

from ingest.sensors.reading import Reading

MOST = 256
"""Readings kept of a sensor, 30 kB: over four minutes of one that speaks every second."""
LATEST = 3600.0
"""Seconds that a reading may lie behind the newest. Buffers of radio networks hold minutes."""


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
        """The last ones, oldest first; those of one moment by value."""
        return tuple(self._readings)

    def take(self, reading: Reading) -> Order:
        """Put a reading into its place."""
        readings, key = self._readings, _key(reading)
        index = bisect_left(readings, key, key=_key)
        if index < len(readings) and _key(readings[index]) == key:
            return Order.DUPLICATE
        if index == len(readings):
            readings.append(reading)
            del readings[:-MOST]
            return Order.NEWEST
        full = len(readings) == MOST
        if (full and index == 0) or reading.at < readings[-1].at - LATEST:
            return Order.TOO_LATE
        insort(readings, reading, key=_key)
        del readings[:-MOST]
        return Order.LATE


def _key(reading: Reading) -> tuple[float, float]:
    return reading.at, reading.value
