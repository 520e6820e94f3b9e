"""Where pictures wait for the detector: who may wait, whose turn is next, who gives way."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from detectors.detections import Detections
from detectors.engine.protocol import Picture

OLDEST = 4.0
"""Seconds after which a waiting live picture is not worth a look: by then the camera has been
scanned again. Counted from `submit`, not from the capture time, so that a camera whose clock is
wrong cannot fall silent."""

MOST_BYTES = 64 << 20
"""Memory for waiting live pictures: 97 of 640×360 or 10 of 1080p. Without it, 700 cameras behind
a slow detector hold half a gigabyte."""

MOST_REMEMBERED = 4096
"""Cameras whose last turn is remembered. One that is forgotten counts as never served: first."""

Done = Callable[[Detections | None], None]


class Drop(StrEnum):
    """Why a picture was answered with None."""

    REPLACED = "replaced"
    """The camera's newer picture took its place."""
    STALE = "stale"
    """It waited longer than `OLDEST`."""
    MEMORY = "memory"
    """It gave way to cameras that have waited longer for a turn."""
    FAILED = "failed"
    """The engine could not take it."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A picture (height, width, 3) uint8 BGR that waits for its turn. Times are seconds."""

    camera_id: str
    picture: Picture
    captured_at: float
    submitted_at: float
    done: Done
    keep: bool = False
    """Whether it belongs to a file: never replaced, never stale, never out of memory."""


class WaitingRoom:
    """Who waits and whose turn is next. Neither thread nor clock; the batcher's lock guards it."""

    def __init__(self, *, oldest: float = OLDEST, most_bytes: int = MOST_BYTES) -> None:
        self._oldest = oldest
        self._most_bytes = most_bytes
        self._live: dict[str, Waiting] = {}
        self._kept: dict[str, deque[Waiting]] = {}
        self._last_turn: dict[str, int] = {}
        self._turns = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._live) + self.kept

    @property
    def kept(self) -> int:
        """How many pictures of files wait."""
        return sum(map(len, self._kept.values()))

    def put(self, arrival: Waiting) -> list[tuple[Waiting, Drop]]:
        """Let one in, and answer who has to leave for it, which may be itself."""
        if arrival.keep:
            self._kept.setdefault(arrival.camera_id, deque()).append(arrival)
            return []
        present = self._live.get(arrival.camera_id)
        if present is not None and present.captured_at > arrival.captured_at:
            return [(arrival, Drop.REPLACED)]
        leaving = [] if present is None else [(self._remove(present), Drop.REPLACED)]
        self._live[arrival.camera_id] = arrival
        self._bytes += arrival.picture.nbytes
        while self._bytes > self._most_bytes and len(self._live) > 1:
            last_served = max(self._live.values(), key=self._waits_least)
            leaving.append((self._remove(last_served), Drop.MEMORY))
        return leaving

    def take(self, most: int, now: float) -> tuple[list[Waiting], list[tuple[Waiting, Drop]]]:
        """The next batch, longest without a turn first, and live pictures that grew too old."""
        stale = [w for w in self._live.values() if now - w.submitted_at > self._oldest]
        leaving = [(self._remove(waiting), Drop.STALE) for waiting in stale]
        batch: list[Waiting] = []
        while len(batch) < most and (self._live or self._kept):
            batch += self._one_each(most - len(batch))
        return batch, leaving

    def first_submitted(self) -> float:
        """When the one who has waited longest came; infinity when nobody waits."""
        first_kept = (queue[0] for queue in self._kept.values())
        waiting = (*self._live.values(), *first_kept)
        return min((w.submitted_at for w in waiting), default=math.inf)

    def clear(self) -> list[Waiting]:
        """Send everybody away."""
        leaving = [*self._live.values(), *(w for queue in self._kept.values() for w in queue)]
        self._live.clear()
        self._kept.clear()
        self._bytes = 0
        return leaving

    def _one_each(self, most: int) -> list[Waiting]:
        """At most one picture of each camera that waits."""
        cameras = {*self._live, *self._kept}
        turn = sorted(cameras, key=lambda camera: (self._last_turn.get(camera, -1), camera))
        return [self._serve(camera) for camera in turn[:most]]

    def _serve(self, camera_id: str) -> Waiting:
        self._turns += 1
        self._last_turn.pop(camera_id, None)
        self._last_turn[camera_id] = self._turns
        if len(self._last_turn) > MOST_REMEMBERED:
            del self._last_turn[next(iter(self._last_turn))]
        if camera_id in self._live:
            return self._remove(self._live[camera_id])
        queue = self._kept[camera_id]
        waiting = queue.popleft()
        if not queue:
            del self._kept[camera_id]
        return waiting

    def _remove(self, waiting: Waiting) -> Waiting:
        del self._live[waiting.camera_id]
        self._bytes -= waiting.picture.nbytes
        return waiting

    def _waits_least(self, waiting: Waiting) -> tuple[int, float]:
        """Sorts by who was served last; among equals the oldest picture is worth least."""
        return self._last_turn.get(waiting.camera_id, -1), -waiting.submitted_at
