"""What becomes of a picture that waited: is it still this camera's, still of this connection?"""

from __future__ import annotations

import pytest

from ingest.feed import Feed
from ingest.media import Codec
from ingest.reconnect import ReconnectPolicy
from ingest.ring import GopRing
from ingest.rtp.nal import split_annex_b
from ingest.rtp.parameters import described
from ingest.scan import ScanJob
from ingest.scanner import Scanner
from ingest.source import Drop, Source, Stream, WireUnit
from tests.ingest.coded import coded_clip
from tests.ingest.sinks import RecordingSink, camera


class Bench:
    """A camera whose pictures the test hands to the scanner itself."""

    def __init__(self) -> None:
        self.sink = RecordingSink()
        self.ring = GopRing(1 << 26)
        self.scanner = Scanner(self.ring, self.sink, lambda: 0.0)
        self.feed = Feed(
            camera("cam", "rtsp://cam/"),
            open_source=_never,
            policy=ReconnectPolicy(lambda: 0.5),
            health_changed=lambda *_: None,
            now=0.0,
        )

    def scan(self, stream: Stream, unit: WireUnit) -> None:
        self.scanner.scan(self.feed, ScanJob(stream, unit))

    @property
    def scans(self) -> int:
        return len(self.sink.frames.get("cam", ()))


def _never(*_: object) -> Source:
    raise AssertionError("nothing is connected to")


def stream_of(codec: Codec) -> Stream:
    return Stream(described(codec, ()), split_annex_b)


def keyframe(codec: Codec, at: float = 0.0) -> WireUnit:
    return WireUnit(coded_clip(codec)[0], True, int(at * 90_000), at)


@pytest.mark.parametrize("late", [False, True])
def test_a_picture_of_the_connection_before_teaches_the_new_one_nothing(late: bool) -> None:
    """From H.264 to H.265 while a picture waited, or while it was being decoded."""
    bench = Bench()
    before, now = stream_of(Codec.H264), stream_of(Codec.H265)
    bench.feed.stream = before if late else now
    bench.scan(before, keyframe(Codec.H264))
    bench.feed.stream = now
    seen = bench.scans
    assert seen == late
    assert bench.feed.counters.drops == ({} if late else {Drop.SUPERSEDED: 1})
    for second in range(1, 5):
        bench.scan(now, keyframe(Codec.H265, second))
    assert bench.scans == seen + 4
    assert Drop.UNDECODABLE not in bench.feed.counters.drops


def test_a_camera_that_was_let_go_of_is_shown_to_nobody_any_more() -> None:
    bench, stream = Bench(), stream_of(Codec.H264)
    bench.scan(stream, keyframe(Codec.H264))
    bench.feed.let_go()
    bench.scan(stream, keyframe(Codec.H264, 1.0))
    assert bench.scans == 1
    assert bench.sink.healths == []
