"""Saying once that an old process of a shard is still there."""

from __future__ import annotations

from collections import deque

import structlog

_log = structlog.get_logger(__name__)


class FencedLog:
    """Logs a (shard, epoch) once; remembers the last 256 of them."""

    def __init__(self) -> None:
        self._seen: deque[tuple[str, int]] = deque(maxlen=256)

    def log(self, shard: str, epoch: int) -> bool:
        """Whether it was logged now."""
        if (shard, epoch) in self._seen:
            return False
        self._seen.append((shard, epoch))
        _log.warning("heartbeat_fenced_off", shard=shard, epoch=epoch)
        return True
