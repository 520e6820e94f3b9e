"""Slowing down those who guess passwords."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class _Failures:
    count: int
    until: datetime


class Throttle:
    """Counts failures of a key in a window; past the limit the key is refused till it ends.

    Holds at most `capacity` keys and forgets the one that failed least recently, so that a
    flood of invented logins cannot fill the memory.
    """

    def __init__(self, *, limit: int, window: timedelta, capacity: int = 10_000) -> None:
        self._limit = limit
        self._window = window
        self._capacity = capacity
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long `key` has to wait; zero if it may try."""
        failures = self._failures.get(key)
        if failures is None:
            return timedelta()
        if failures.until <= now:
            del self._failures[key]
            return timedelta()
        return failures.until - now if failures.count >= self._limit else timedelta()

    def failed(self, key: str, now: datetime) -> None:
        failures = self._failures.pop(key, None)
        if failures is None or failures.until <= now:
            failures = _Failures(0, now + self._window)
        failures.count += 1
        self._failures[key] = failures
        if len(self._failures) > self._capacity:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)

    def forgive(self, key: str) -> None:
        """Take back one failure."""
        failures = self._failures.get(key)
        if failures is not None:
            failures.count -= 1

    def __len__(self) -> int:
        return len(self._failures)
