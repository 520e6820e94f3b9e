"""What each shard said of its cameras last, so that the same words are not written down again.

Nearly every heartbeat says what the one before said. Reading 350 rows to find that none changed
took half of each one (measured: 21 ms of CPU, 10 without it).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from command_center.shards.schemas import CameraReport

LOOK_AGAIN = timedelta(seconds=10)
"""After which the same words are held against the database once more: somebody else may have
changed it, by removing a camera and adding it again."""

_Words = tuple[tuple[str, str, datetime, str], ...]


class Said:
    """The newest words of every shard that were written down, with its epoch and the moment."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[int, _Words, datetime]] = {}

    def is_news(
        self, shard: str, epoch: int, reports: Sequence[CameraReport], now: datetime
    ) -> bool:
        """Whether these words have to be held against the database."""
        known = self._written.get(shard)
        if known is None:
            return True
        before, words, at = known
        return before != epoch or not at <= now < at + LOOK_AGAIN or words != _words(reports)

    def written(
        self, shard: str, epoch: int, reports: Sequence[CameraReport], now: datetime
    ) -> None:
        """These words are in the database: call it when the transaction is."""
        self._written[shard] = (epoch, _words(reports), now)


def _words(reports: Sequence[CameraReport]) -> _Words:
    return tuple((one.id, one.state.value, one.since, one.reason) for one in reports)
