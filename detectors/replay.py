"""Recorded pictures through a FrameSink as fast as they decode, in their own time.

A live camera shows a picture a second and its GOP on request; so does this, so that what is tried
on a file holds for a stream. Times are seconds from the beginning.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import av

from detectors.pictures import Pictures
from ingest.clip import Clip
from ingest.frame import Frame, small_grey
from ingest.gate import Gate
from ingest.sink import FrameSink

EVERY = 1.0
"""Seconds between scans: what a shard gives each camera while it is not busy (ingest.scan)."""
JITTER = 0.005
"""Seconds: times of pictures are rounded to milliseconds in many containers."""
LONGEST_BURST = 60
"""Pictures: two seconds at 30 a second, the GOP of a usual camera."""
_PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gray"})
"""Formats whose first plane is 8-bit luma at full size, as `luma_of` needs it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was played: seconds of video, pictures, pictures scanned, packets damaged."""

    seconds: float
    pictures: int
    scans: int
    damaged: int


class Replay:
    """Pictures as one camera. It is its own footage: bursts are there, clips are not."""

    def __init__(
        self,
        pictures: Pictures,
        camera_id: str,
        *,
        every: float = EVERY,
        first: float = 0.0,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """`every` is seconds between scans, of which the first comes at `first`; `run` ends early
        when `stop()` is true."""
        self.at = 0.0
        """Seconds that have been played."""
        self._pictures = pictures
        self._camera_id = camera_id
        self._every = every
        self._first = first
        self._stop = stop
        self._burst_wanted = False

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        return None

    def request_burst(self, camera_id: str) -> None:
        self._burst_wanted = True

    def run(self, sink: FrameSink) -> Replayed:
        """Play all of it.

        Raises:
            ReplayError: it is no video, or holds no picture that can be decoded.
        """
        gate, burst = Gate(), deque[Frame](maxlen=LONGEST_BURST)
        due, pictures, scans = self._first - JITTER, 0, 0
        for at, shown in self._pictures:
            self.at, pictures = at, pictures + 1
            if at >= due or self._burst_wanted:
                burst.append(frame_of(shown(), self._camera_id, at))
            if at >= due:
                frame = burst[-1]
                self._give_burst(sink, burst)
                sink.scanned(frame, gate.look(frame.grey, at))
                scans, due = scans + 1, at + self._every - JITTER
            if self._stop():
                break
        return Replayed(self.at, pictures, scans, self._pictures.damaged)

    def _give_burst(self, sink: FrameSink, burst: deque[Frame]) -> None:
        if self._burst_wanted:
            self._burst_wanted = False
            sink.burst_decoded(self._camera_id, tuple(burst))
        burst.clear()


def frame_of(picture: av.VideoFrame, camera_id: str, at: float) -> Frame:
    """A picture as a camera shows it."""
    if picture.format.name not in _PLANAR:
        picture = picture.reformat(format="yuv420p")
    return Frame(camera_id, at, round(at * 90_000), small_grey(picture), picture)
