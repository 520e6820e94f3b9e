"""Slowing down those who try too often: passwords, reports, pushes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class _Tries:
    count: int
    until: datetime


class Throttle:
    """Counts tries of a key in a window; past the limit the key is refused till it ends. Of
    passwords only those that failed are counted.

    Holds at most `capacity` keys and forgets the one that tried least recently, so that a
    flood of invented logins cannot fill the memory.
    """

    def __init__(self, *, limit: int, window: timedelta, capacity: int = 10_000) -> None:
        self._limit = limit
        self._window = window
        self._capacity = capacity
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long `key` has to wait; zero if it may try."""
        tries = self._tries.get(key)
        if tries is None:
            return timedelta()
        if tries.until <= now:
            del self._tries[key]
            return timedelta()
        return tries.until - now if tries.count >= self._limit else timedelta()

    def count(self, key: str, now: datetime) -> None:
        tries = self._tries.pop(key, None)
        if tries is None or tries.until <= now:
            tries = _Tries(0, now + self._window)
        tries.count += 1
        self._tries[key] = tries
        if len(self._tries) > self._capacity:
            self._tries.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._tries.pop(key, None)

    def forgive(self, key: str) -> None:
        """Take back one try."""
        tries = self._tries.get(key)
        if tries is not None:
            tries.count -= 1

    def __len__(self) -> int:
        return len(self._tries)
