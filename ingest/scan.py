"""Which pictures are decoded, and the queue in which they wait for a decode thread.

A camera must be examined every `scan_interval` seconds. Keyframes are the cheap moments for it:
one is decoded when waiting for the next would exceed the interval. With a GOP of 2 s and an
interval of 4 s that is every second keyframe. While the decode threads have time to spare
(`ingest.pace`) every keyframe is decoded, no more than one a second: rules see more and nobody
pays for it. When that ends, each camera waits for another number of keyframes before its next
one, so that cameras whose keyframes coincide do not all have the same one decoded.
Where keyframes come too seldom (smart codecs, files) the GOP is decoded as far as it has come.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ingest.source import Stream, WireUnit

EAGER_SPACING = 1.0
"""Seconds between pictures that are decoded without need; intra-only cameras send 25 keyframes a
second."""
EAGER_LONG_GOP = 2.0
"""Seconds between pictures of a camera with long GOPs while there is time to spare: the pace of
a camera with usual GOPs."""
TOLERANCE = 0.025
"""Fraction of the interval by which a picture may be late, 0.1 s of 4: keyframes do not come like
clockwork, and without it two GOPs of 2 s would be too long every other time."""

KEYFRAME_NEAR = 0.1
"""Fraction of the interval for which a GOP as long as the interval is given time to end; where
GOPs are longer, any picture will do, and is taken that much earlier."""


class ScanPlan:
    """One camera's choice of pictures, by the time of their capture."""

    __slots__ = (
        "_aligned",
        "_gop",
        "_interval",
        "_key_at",
        "_offered",
        "_offered_at",
        "_period",
        "_phase",
        "_scanned_at",
    )

    def __init__(self, interval: float, phase: float = 0.0) -> None:
        """`phase`, 0 to 1, tells cameras with coinciding keyframes apart."""
        self._interval = interval
        self._phase = phase
        self._aligned = True
        self._offered = 0
        self._offered_at = float("-inf")
        self._scanned_at = float("-inf")
        self._key_at = float("-inf")
        self._period = float("inf")
        """The longer of the last two GOPs: after a short one, where a clip begins again or a
        scene changes, usual ones follow."""
        self._gop = float("inf")

    def set_interval(self, interval: float) -> None:
        """Take another interval; what was seen so far stays."""
        self._interval = interval

    def choose(self, units: Sequence[WireUnit], *, eager: bool) -> WireUnit | None:
        """The unit among newly received ones that is to be scanned, if any.

        A keyframe stands alone; any other unit asks for the GOP up to it to be decoded.
        """
        chosen: WireUnit | None = None
        for unit in units:
            if unit.keyframe:
                self._see_keyframe(unit)
                if self._wants(unit, eager=eager):
                    chosen = unit
        if chosen is None and units and self._overdue(units[-1], eager=eager):
            chosen = units[-1]
            self._offered += 1
        if chosen is not None:
            self._scanned_at = chosen.captured_at
            self._aligned = eager
        return chosen

    def take_offered(self) -> int:
        """How many pictures there were since the last call that would be scanned when eager."""
        offered, self._offered = self._offered, 0
        return offered

    def _see_keyframe(self, unit: WireUnit) -> None:
        before, self._gop = self._gop, unit.captured_at - self._key_at
        self._period = max(before, self._gop) if math.isfinite(before) else self._gop
        self._key_at = unit.captured_at
        if not 0 <= self._key_at - self._offered_at < EAGER_SPACING * (1 - KEYFRAME_NEAR):
            self._offered_at = self._key_at
            self._offered += 1

    def _wants(self, unit: WireUnit, *, eager: bool) -> bool:
        since = unit.captured_at - self._scanned_at
        longest = self._interval * (1 + TOLERANCE)
        if since < 0 or since + self._period > longest:
            return True
        if self._aligned and not eager:
            keyframes = 1 + int(self._phase * (longest // self._period))
            return since > (keyframes - 0.5) * self._period
        return eager and since >= EAGER_SPACING * (1 - KEYFRAME_NEAR)

    def _overdue(self, unit: WireUnit, *, eager: bool) -> bool:
        """Whether a picture between keyframes is needed, because the next keyframe is far."""
        if unit.keyframe:
            return False
        since = unit.captured_at - max(self._scanned_at, self._key_at)
        interval = min(self._interval, EAGER_LONG_GOP) if eager else self._interval
        # Any picture will do, so none need be late; but a keyframe that is near is cheaper.
        near = self._period <= self._interval * (1 + TOLERANCE)
        patience = interval * (1 + KEYFRAME_NEAR if near else 1 - KEYFRAME_NEAR)
        return unit.intact and math.isfinite(since) and since > patience


Job = TypeVar("Job")


@dataclass(frozen=True, slots=True)
class ScanJob:
    """One picture to decode: a keyframe, or the last unit of a GOP's beginning."""

    stream: Stream
    unit: WireUnit


class ScanQueue(Generic[Job]):
    """At most one job for each camera: a newer one takes the older one's place in the line.

    So a queue that is too slow shows every camera's newest picture, and no camera is served
    twice before another was served once. `superseded` is told which job was lost. A camera
    that is being served is not given to a second thread.
    """

    def __init__(self, superseded: Callable[[Job], None]) -> None:
        self._superseded = superseded
        self._waiting: OrderedDict[str, Job] = OrderedDict()
        self._busy: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, camera_id: str, job: Job) -> None:
        """Add a job, or replace the one that waits for the same camera."""
        with self._changed:
            lost = self._waiting.get(camera_id)
            self._waiting[camera_id] = job
            self._changed.notify()
        if lost is not None:
            self._superseded(lost)

    def holds(self, camera_id: str) -> bool:
        """Whether a picture of this camera waits or is being looked at."""
        with self._changed:
            return camera_id in self._waiting or camera_id in self._busy

    def __len__(self) -> int:
        """How many jobs wait."""
        with self._changed:
            return len(self._waiting)

    def take(self) -> tuple[str, Job] | None:
        """Wait for the next job; None when the queue was closed. Ends with `done`."""
        with self._changed:
            while not self._closed:
                for camera_id in self._waiting:
                    if camera_id not in self._busy:
                        self._busy.add(camera_id)
                        return camera_id, self._waiting.pop(camera_id)
                self._changed.wait()
            return None

    def done(self, camera_id: str) -> None:
        """The camera's picture was looked at: its next may be taken."""
        with self._changed:
            self._busy.discard(camera_id)
            if camera_id in self._waiting:
                self._changed.notify()

    def forget(self, camera_id: str) -> None:
        """Take a camera out of the line."""
        with self._changed:
            self._waiting.pop(camera_id, None)

    def close(self) -> None:
        """Let every waiting thread go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
