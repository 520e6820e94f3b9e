"""What has been said in the log of each trouble: once when it begins, once when it is over.

A device that sends good and bad by turns would begin and end its trouble with each message; what
was said is therefore not said again within the hour.
"""

from __future__ import annotations

AGAIN_AFTER = 3600.0
"""Seconds before the same trouble of the same sensor or topic is said again."""


class Complaints:
    """Bounded by its keys: ids of sensors or topics of the town file. Not for several threads."""

    __slots__ = ("_open", "_said_at")

    def __init__(self) -> None:
        self._said_at: dict[str, float] = {}
        self._open: set[str] = set()

    def begins(self, key: str, now: float) -> bool:
        """Whether the trouble is to be said. `now` is Unix seconds."""
        said_at = self._said_at.get(key)
        if key in self._open or (said_at is not None and 0.0 <= now - said_at < AGAIN_AFTER):
            return False
        self._said_at[key] = now
        self._open.add(key)
        return True

    def ends(self, key: str) -> bool:
        """Whether its being over is to be said: only if its beginning was."""
        if key not in self._open:
            return False
        self._open.discard(key)
        return True
