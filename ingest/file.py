"""A recorded file as a camera: read at its own pace, once or over and over.

What users give may be broken in ways that abort the process inside FFmpeg. A child process reads
it first; only a file that the child survives is opened here.
"""

from __future__ import annotations

import queue
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import av

from ingest.demux import CODECS, Demuxed, DemuxThread, Ended, coded_pictures, moved, video_of
from ingest.failure import SourceError, offline, unsupported
from ingest.health import CameraState
from ingest.media import CLOCK_RATE
from ingest.recode import recoded_pictures
from ingest.source import SourceCounters, Stream, WireUnit

PROBE_TIMEOUT = 60.0
"""Seconds for the child to read the beginning of a file; a healthy one takes it below one."""
FILE_ENDED = "the file has ended"
"""The reason of a camera whose file was shown to its end."""


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file lies, and whether it begins anew at its end."""

    path: Path
    loop: bool


def parse_place(url: str) -> FilePlace:
    """Read `/a/path.mp4`, `file:///a/path.mp4`, either with `?loop` behind it."""
    loop = url.endswith("?loop")
    plain = url.removesuffix("?loop")
    parts = urlsplit(plain)
    return FilePlace(Path(unquote(parts.path) if parts.scheme == "file" else plain), loop)


class FileSource:
    """A file, paced by its timestamps. It is never dropped from: a slow reader slows it down."""

    lossless = True
    trouble = ""

    def __init__(self, url: str, *, counters: SourceCounters, now: float) -> None:
        self.stream: Stream | None = None
        self._counters = counters
        self._place = parse_place(url)
        if not self._place.path.is_file():
            raise offline(f"there is no file {self._place.path}; check the camera's url")
        self._deadline = now + PROBE_TIMEOUT
        self._probe = subprocess.Popen(
            [sys.executable, "-m", "ingest.probe", str(self._place.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._thread: DemuxThread | None = None
        self._waiting: deque[Demuxed] = deque()
        self._ended: SourceError | None = None
        self._began: tuple[float, int] | None = None

    @property
    def settled(self) -> bool:
        return True

    @property
    def patient(self) -> bool:
        return False

    def read(self, now: float) -> Sequence[WireUnit]:
        if self._thread is None:
            self._check_probe(now)
            return ()
        units: list[WireUnit] = []
        while (unit := self._next_due(self._thread, now)) is not None:
            units.append(unit)
            if unit.keyframe:
                break
        if not units and not self._waiting and self._ended is not None:
            raise self._ended
        return units

    def close(self) -> None:
        if self._probe.poll() is None:
            self._probe.kill()
            self._probe.wait()
        if self._thread is not None:
            self._thread.close()

    def _check_probe(self, now: float) -> None:
        code = self._probe.poll()
        if code is None:
            if now >= self._deadline:
                raise unsupported(f"{self._place.path.name} could not be read in time")
            return
        if code != 0:
            raise unsupported(f"{self._place.path.name} is no video file, or a broken one")
        self._thread = DemuxThread(self._run, name="ingest-file", lossless=True)

    def _next_due(self, thread: DemuxThread, now: float) -> WireUnit | None:
        """The next picture whose time has come."""
        while not self._waiting and self._ended is None:
            try:
                item = thread.inbox.get_nowait()
            except queue.Empty:
                return None
            if isinstance(item, Ended):
                self._ended = item.why
            elif isinstance(item, Stream):
                self.stream = item
            else:
                self._waiting.append(item)
        if not self._waiting:
            return None
        picture = self._waiting[0]
        if self._began is None:
            self._began = (now, picture.timestamp)
        start, first = self._began
        due = start + (picture.timestamp - first) / CLOCK_RATE
        if due > now:
            return None
        self._waiting.popleft()
        self._counters.received_bytes += len(picture.data)
        self._counters.units += 1
        return WireUnit(picture.data, picture.keyframe, picture.timestamp, due)

    def _run(self) -> Iterator[Stream | Demuxed]:
        ahead = 0
        while True:
            last = 0
            for item in _pictures(self._place.path):
                if isinstance(item, Demuxed):
                    yield moved(item, ahead)
                    last = max(last, item.timestamp)
                elif ahead == 0:
                    yield item
            if not self._place.loop:
                raise SourceError(CameraState.OFFLINE, FILE_ENDED, final=True)
            if last == 0:
                raise unsupported(f"{self._place.path.name} holds less than two pictures")
            ahead += last + CLOCK_RATE // 15


def _pictures(path: Path) -> Iterator[Stream | Demuxed]:
    """The file's own coded pictures, or the same in H.264 where they are of another codec."""
    with av.open(str(path), "r") as container:
        known = video_of(container).codec_context.name in CODECS
        yield from coded_pictures(container) if known else recoded_pictures(container)
