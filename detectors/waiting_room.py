"""Where pictures wait for the detector: who may wait, whose turn is next, who gives way."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from detectors.detections import Detections
from ingest.frame import Frame

OLDEST = 2.0
"""Seconds from `submit` within which a live picture is answered, or not at all. At 4 s, 700 cameras
behind a detector with half a core had answers of up to 4.8 s (p95): as late as the next scan, which
would have been answered sooner. Not counted from the capture time, so that a camera whose clock is
wrong cannot fall silent."""

MOST_BYTES = 64 << 20
"""Memory for waiting live pictures: 194 of 640×360 or 21 of 1080p, as decoded. 700 cameras that are
scanned every 4 s give 350 in `OLDEST`, of which a detector that can keep up leaves none waiting."""

MOST_REMEMBERED = 4096
"""Cameras whose last turn is remembered. One that is forgotten counts as never served: first."""

Done = Callable[[Detections | None], None]


class Drop(StrEnum):
    """Why a picture was answered with None."""

    REPLACED = "replaced"
    """The camera's newer picture took its place."""
    STALE = "stale"
    """It waited so long that its answer would have come, or came, after `OLDEST`."""
    MEMORY = "memory"
    """It gave way to cameras that have waited longer for a turn."""
    FAILED = "failed"
    """The engine could not take it."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A picture that waits for its turn, as it was decoded. Times are seconds."""

    camera_id: str
    frame: Frame
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
        if present is not None and present.frame.captured_at > arrival.frame.captured_at:
            return [(arrival, Drop.REPLACED)]
        leaving = [] if present is None else [(self._remove(present), Drop.REPLACED)]
        self._live[arrival.camera_id] = arrival
        self._bytes += arrival.frame.nbytes
        while self._bytes > self._most_bytes and len(self._live) > 1:
            last_served = max(self._live.values(), key=self._waits_least)
            leaving.append((self._remove(last_served), Drop.MEMORY))
        return leaving

    def take(
        self, most: int, now: float, *, lasting: float = 0.0
    ) -> tuple[list[Waiting], list[tuple[Waiting, Drop]]]:
        """The next batch, longest without a turn first, and live pictures that would grow too old
        before an answer that takes `lasting` seconds."""
        stale = [w for w in self._live.values() if self.is_late(w, now + lasting)]
        leaving = [(self._remove(waiting), Drop.STALE) for waiting in stale]
        batch: list[Waiting] = []
        while len(batch) < most and (self._live or self._kept):
            batch += self._one_each(most - len(batch))
        return batch, leaving

    def is_late(self, waiting: Waiting, answered_at: float) -> bool:
        """Whether an answer at that time is worth nothing any more; a file waits for any."""
        return not waiting.keep and answered_at - waiting.submitted_at > self._oldest

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
        self._bytes -= waiting.frame.nbytes
        return waiting

    def _waits_least(self, waiting: Waiting) -> tuple[int, float]:
        """Sorts by who was served last; among equals the oldest picture is worth least."""
        return self._last_turn.get(waiting.camera_id, -1), -waiting.submitted_at
