"""A recorded file through a FrameSink as fast as it decodes, in the file's own time.

A live camera shows a picture a second and its GOP on request; so does this, so that what is tried
on a file holds for a stream. Times are seconds from the file's beginning.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av

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


class ReplayError(Exception):
    """The file cannot be played; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was played: seconds of video, pictures decoded, pictures scanned, packets damaged."""

    seconds: float
    pictures: int
    scans: int
    damaged: int


class Replay:
    """One file as one camera. It is its own footage: bursts are there, clips are not."""

    def __init__(
        self,
        path: Path,
        camera_id: str,
        *,
        every: float = EVERY,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """`every` is seconds between scans; `run` ends early when `stop()` is true."""
        self.at = 0.0
        """Seconds of the file that have been played."""
        self._path = path
        self._camera_id = camera_id
        self._every = every
        self._stop = stop
        self._burst_wanted = False
        self._damaged = 0

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        return None

    def request_burst(self, camera_id: str) -> None:
        self._burst_wanted = True

    def run(self, sink: FrameSink) -> Replayed:
        """Play the whole file.

        Raises:
            ReplayError: it is no video file, or holds no picture that can be decoded.
        """
        gate, burst = Gate(), deque[Frame](maxlen=LONGEST_BURST)
        due, pictures, scans = 0.0, 0, 0
        for at, picture in self._pictures():
            self.at, pictures = at, pictures + 1
            if at >= due or self._burst_wanted:
                burst.append(self._frame(picture, at))
            if at >= due:
                frame = burst[-1]
                self._give_burst(sink, burst)
                sink.scanned(frame, gate.look(frame.grey, at))
                scans, due = scans + 1, at + self._every - JITTER
            if self._stop():
                break
        if not pictures:
            raise ReplayError(f"{self._path}: not one picture of it can be decoded")
        return Replayed(self.at, pictures, scans, self._damaged)

    def _give_burst(self, sink: FrameSink, burst: deque[Frame]) -> None:
        if self._burst_wanted:
            self._burst_wanted = False
            sink.burst_decoded(self._camera_id, tuple(burst))
        burst.clear()

    def _frame(self, picture: av.VideoFrame, at: float) -> Frame:
        if picture.format.name not in _PLANAR:
            picture = picture.reformat(format="yuv420p")
        return Frame(self._camera_id, at, round(at * 90_000), small_grey(picture), picture)

    def _pictures(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Every picture with its time, never going back."""
        with _opened(self._path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            step = 1 / float(stream.average_rate or 25)
            first, last = None, -step
            for packet in container.demux(stream):
                for picture in self._decode(packet):
                    time = picture.time if picture.time is not None else last + step
                    first = time if first is None else first
                    last = max(time - first, last + step / 2)
                    yield last, picture

    def _decode(self, packet: av.Packet[av.VideoStream]) -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except av.FFmpegError:
            self._damaged += 1
            return []


@contextmanager
def _opened(path: Path) -> Iterator[av.container.InputContainer]:
    if not path.is_file():
        raise ReplayError(f"{path} is {'a folder' if path.is_dir() else 'not there'}")
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise ReplayError(f"{path} is not a video file: {error.strerror or error}") from None
    with container:
        if not container.streams.video:
            raise ReplayError(f"{path} holds no video")
        try:
            yield container
        except av.FFmpegError as error:
            raise ReplayError(f"{path} cannot be read further: {error.strerror}") from None
