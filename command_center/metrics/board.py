"""What each camera has sent and lost, as its shard told last: in memory, for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from detectors.metrics import CameraCounters


@dataclass(frozen=True, slots=True)
class Told:
    """What a shard told of its cameras, by their ids, and when it was heard."""

    at: datetime
    cameras: Mapping[str, CameraCounters]


class CameraBoard:
    """The newest counters of every camera, by shard. As many shards as have registered.

    Not in the database: it would be 30 kB to write every 10 s for each shard, and after a restart
    of the command center every shard tells it anew within those 10 s.
    """

    def __init__(self) -> None:
        self._shards: dict[str, Told] = {}

    def put(self, shard: str, cameras: Sequence[CameraCounters], now: datetime) -> None:
        """Take what a heartbeat tells; one that tells of no camera changes nothing."""
        if cameras:
            self._shards[shard] = Told(now, {camera.id: camera for camera in cameras})

    def keep_only(self, shards: Sequence[str]) -> None:
        """Forget what others than these have told."""
        for name in self._shards.keys() - set(shards):
            del self._shards[name]

    def of(self, shard: str) -> Told | None:
        """What the shard told last; None if it told nothing yet."""
        return self._shards.get(shard)
