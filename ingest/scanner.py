"""A decode thread's work on one picture: decode, gate, hand over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import av
import structlog

from ingest.decode import (
    GopCursor,
    GopDecoder,
    KeyframeDecoder,
    UndecodableError,
    decodable,
    shrunk,
)
from ingest.feed import Feed
from ingest.frame import Frame, small_grey
from ingest.histogram import (
    INTERVAL_SECONDS,
    LAG_SECONDS,
    STAGE_SECONDS,
    Histogram,
    HistogramSnapshot,
)
from ingest.media import CLOCK_RATE, StreamInfo
from ingest.ring import GopRing
from ingest.rtp.nal import annex_b, is_overwritten
from ingest.rtp.parameters import updated
from ingest.rtp.payload import PayloadError
from ingest.scan import ScanJob
from ingest.sink import FrameSink
from ingest.source import Drop, Stream, WireUnit
from ingest.stats import StageSeconds

BURST_FRAMES = 64
"""Pictures of a burst at most, its last ones: 4 s at 15 a second."""
BURST_PIXELS = 640 * 360
"""Pixels of each at most, larger ones are made smaller: a burst takes 22 MB, and not 200 MB of
1080p. Rules look at 160×90 of them."""

log = structlog.get_logger("ingest")

_Burst = Sequence[av.VideoFrame]


class Scanner:
    """Belongs to one decode thread, with its decoders and its CPU times."""

    def __init__(self, ring: GopRing, sink: FrameSink, clock: Callable[[], float]) -> None:
        self._ring = ring
        self._sink = sink
        self._clock = clock
        self._stages = {stage: Histogram(STAGE_SECONDS) for stage in ("decode", "gate", "sink")}
        self._interval = Histogram(INTERVAL_SECONDS)
        self._lag = Histogram(LAG_SECONDS)
        self._worst_lag = 0.0
        self._keyframes = KeyframeDecoder()
        self._decode = self._gate = self._sunk = 0.0

    @property
    def cpu(self) -> StageSeconds:
        """CPU seconds of this thread so far."""
        return StageSeconds(decode=self._decode, gate=self._gate, sink=self._sunk)

    @property
    def stages(self) -> Mapping[str, HistogramSnapshot]:
        """CPU seconds of each scan by stage."""
        return {stage: histogram.snapshot() for stage, histogram in self._stages.items()}

    @property
    def interval(self) -> HistogramSnapshot:
        """Seconds between two scans of a camera, by the time of capture."""
        return self._interval.snapshot()

    @property
    def lag(self) -> HistogramSnapshot:
        """Seconds from a picture's capture until it has been looked at."""
        return self._lag.snapshot()

    def take_worst_lag(self) -> float:
        """The longest lag since the last call."""
        worst, self._worst_lag = self._worst_lag, 0.0
        return worst

    def scan(self, feed: Feed, job: ScanJob) -> None:
        """Decode the picture of a job, gate it, and give it to the sink."""
        if feed.stream is not None and job.stream is not feed.stream:
            # It waited while the camera was connected to anew: a newer picture is there.
            feed.counters.drops[Drop.SUPERSEDED] += 1
            return
        started = time.thread_time()
        try:
            picture, burst = self._picture_of(feed, job)
        except (PayloadError, UndecodableError):
            self._refuse(feed, job)
            return
        finally:
            self._spent_decoding(started)
        feed.damaged_in_a_row = 0
        feed.keyframes_decoded += job.unit.keyframe
        if burst:
            self._give_burst(feed, [(_shown(job.unit, each), each) for each in burst])
        elif feed.burst_wanted and feed.cursor is None:
            self._burst(feed)
        if job.unit.keyframe:
            feed.cursor = None
        self._hand_over(feed, _shown(job.unit, picture), picture)

    @staticmethod
    def failed(feed: Feed, error: Exception) -> None:
        """Count a picture that met an error of our own, and log the first of its camera."""
        feed.counters.drops[Drop.UNDECODABLE] += 1
        feed.damaged_in_a_row += 1
        if not feed.scan_failed:
            feed.scan_failed = True
            log.error("scan_failed", camera=feed.camera.id, exc_info=error)

    def _picture_of(self, feed: Feed, job: ScanJob) -> tuple[av.VideoFrame, _Burst]:
        """A job's picture, and those that had to be decoded before it."""
        known = feed.info_of(job.stream)
        if not job.unit.keyframe:
            return self._latest(feed, known, job)
        nals = job.stream.unwrap(job.unit.wire)
        if any(is_overwritten(nal) for nal in nals):
            raise UndecodableError("a NAL unit holds bytes that coding never leaves in it")
        info = updated(known, nals)
        picture = self._keyframes.decode(info.codec, decodable(info, nals))
        feed.learn(job.stream, info)
        return picture, ()

    def _latest(self, feed: Feed, info: StreamInfo, job: ScanJob) -> tuple[av.VideoFrame, _Burst]:
        """The newest picture of the GOP that is being received, decoded on from the last one.

        Where a burst is wanted, with what was decoded on the way, up to itself.
        """
        cursor = feed.cursor
        followed = (cursor.gop, cursor.position) if cursor is not None else (None, 0)
        found = self._ring.follow(feed.ring, *followed)
        if found is None or found[0].stream is not job.stream:
            feed.cursor = None
            raise UndecodableError("the GOP has left the ring")
        gop, units = found
        if cursor is None or cursor.gop is not gop:
            cursor = feed.cursor = GopCursor(info.codec, gop)
        cursor.position += len(units)
        burst: deque[av.VideoFrame] = deque(maxlen=BURST_FRAMES)
        newest: av.VideoFrame | None = None
        wanted = feed.burst_wanted
        for newest in cursor.decoder.decode(_packets(info, gop.stream, units)):
            if wanted:
                burst.append(shrunk(newest, BURST_PIXELS))
            if feed.condition.doubted:
                feed.condition.follow(small_grey(newest))
        if newest is None:
            raise UndecodableError("no picture of the GOP came out")
        return newest, burst

    @staticmethod
    def _pictures(
        info: StreamInfo, stream: Stream, units: tuple[WireUnit, ...]
    ) -> Iterator[av.VideoFrame]:
        decoder = GopDecoder(info.codec)
        yield from decoder.decode(_packets(info, stream, units))
        yield from decoder.finish()

    @staticmethod
    def _refuse(feed: Feed, job: ScanJob) -> None:
        feed.counters.drops[Drop.UNDECODABLE] += 1
        feed.damaged_in_a_row += job.unit.keyframe

    def _burst(self, feed: Feed) -> None:
        """Decode the newest whole GOP."""
        started = time.thread_time()
        found = self._ring.complete(feed.ring)
        if found is None:
            return
        stream, units = found
        info = feed.info_of(stream)
        known = {unit.timestamp: unit for unit in units}
        decoded = ((known.get(p.pts or 0), p) for p in self._pictures(info, stream, units))
        whole = ((unit, shrunk(p, BURST_PIXELS)) for unit, p in decoded if unit is not None)
        shown = deque(whole, maxlen=BURST_FRAMES)
        self._spent_decoding(started)
        self._give_burst(feed, shown)

    def _give_burst(self, feed: Feed, shown: Iterable[tuple[WireUnit, av.VideoFrame]]) -> None:
        feed.burst_wanted = False
        started = time.thread_time()
        frames = [_frame(feed, p, unit.timestamp, unit.captured_at) for unit, p in shown]
        self._tell(feed, lambda: self._sink.burst_decoded(feed.camera.id, frames))
        self._sunk += time.thread_time() - started

    def _prove(self, feed: Feed) -> None:
        """Show the pictures of the last whole GOP to whoever thinks that the camera hangs."""
        found = self._ring.complete(feed.ring)
        if found is not None:
            pictures = self._pictures(feed.info_of(found[0]), *found)
            feed.condition.prove(small_grey(picture) for picture in pictures)

    def _spent_decoding(self, started: float) -> None:
        took = time.thread_time() - started
        self._decode += took
        self._stages["decode"].add(took)

    def _measure(self, feed: Feed, captured_at: float) -> None:
        """Note when a camera was looked at."""
        if feed.looked_at is not None and captured_at > feed.looked_at:
            self._interval.add(captured_at - feed.looked_at)
        feed.looked_at = captured_at
        lag = max(0.0, self._clock() - captured_at)
        self._worst_lag = max(self._worst_lag, lag)
        self._lag.add(lag)

    def _hand_over(self, feed: Feed, unit: WireUnit, picture: av.VideoFrame) -> None:
        started = time.thread_time()
        frame = _frame(feed, picture, unit.timestamp, unit.captured_at)
        activity = feed.gate.look(frame.grey, frame.captured_at)
        feed.condition.look(frame, keyframe=unit.keyframe)
        if feed.condition.doubted:
            self._prove(feed)
        gated = time.thread_time()
        self._gate += gated - started
        self._stages["gate"].add(gated - started)
        self._tell(feed, lambda: self._sink.scanned(frame, activity))
        sunk = time.thread_time() - gated
        self._sunk += sunk
        self._stages["sink"].add(sunk)
        self._measure(feed, frame.captured_at)

    def _tell(self, feed: Feed, tell: Callable[[], None]) -> None:
        """Say something to the sink of a camera that is still watched."""
        with feed.handing:
            if feed.removed:
                return
            try:
                tell()
            except Exception as error:  # noqa: BLE001 - a sink's error must not end the thread
                self._sink_failed(feed, error)

    @staticmethod
    def _sink_failed(feed: Feed, error: Exception) -> None:
        """A rule's error costs this camera this picture, and the log one line."""
        feed.counters.drops[Drop.SINK_ERROR] += 1
        if not feed.sink_failed:
            feed.sink_failed = True
            log.error("sink_failed", camera=feed.camera.id, exc_info=error)


def _shown(unit: WireUnit, picture: av.VideoFrame) -> WireUnit:
    """The unit itself, or its like at the time of a picture that reordering held back."""
    if unit.keyframe or picture.pts is None or picture.pts == unit.timestamp:
        return unit
    earlier = (unit.timestamp - picture.pts) / CLOCK_RATE
    return unit._replace(timestamp=picture.pts, captured_at=unit.captured_at - earlier)


def _frame(feed: Feed, picture: av.VideoFrame, timestamp: int, captured_at: float) -> Frame:
    return Frame(feed.camera.id, captured_at, timestamp, small_grey(picture), picture)


def _packets(
    info: StreamInfo, stream: Stream, units: tuple[WireUnit, ...]
) -> Iterator[tuple[int, bytes]]:
    for unit in units:
        try:
            nals = stream.unwrap(unit.wire)
        except PayloadError:
            continue
        yield unit.timestamp, decodable(info, nals) if unit.keyframe else annex_b(nals)
