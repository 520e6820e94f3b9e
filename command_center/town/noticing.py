"""When a file that people edit is worth reading anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

PERIOD = 1.0
"""Seconds between two looks. One reads the file whole (700 cameras, 0.8 MB: 0.5 ms of CPU), because
times and sizes say nothing on some mounts."""
SETTLED = timedelta(seconds=5)
"""For so long a content must stay before it is taken: editors write a file in a few milliseconds,
and a copy over a network stalls for a second or two. One that stalls for longer is a shorter town
where it was cut between two entries; `town/losses.py` keeps that out."""
RETRY = timedelta(seconds=30)
"""After an import that failed for another reason than the file: a full disk takes a while."""


class Noticing:
    """Says when a file has had another content than the one that was dealt with, for a moment.

    A content is known by its checksum; of a file that cannot be read it is empty.
    """

    def __init__(self) -> None:
        self._dealt_with: str | None = ""
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self._seen: str | None = None
        self._since = datetime.min.replace(tzinfo=UTC)

    def deal_with(self, content: str) -> None:
        """Note that this content was taken, or refused and said so."""
        self._dealt_with = content

    def put_off(self, now: datetime) -> None:
        """Note that dealing failed: whatever lies there is to be dealt with, but not at once."""
        self._dealt_with, self._not_before = None, now + RETRY

    def look(self, content: str, now: datetime) -> bool:
        """Whether to deal with this content now. What was not dealt with is said again."""
        if content != self._seen:
            self._seen, self._since = content, now
        settled = now - self._since >= SETTLED
        return content != self._dealt_with and settled and now >= self._not_before
