"""Cameras with rare keyframes, from ring to sink: every picture decoded once, bursts for free."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ingest import decode, scanner
from ingest.feed import Feed
from ingest.health import CameraState
from ingest.media import Codec
from ingest.reconnect import ReconnectPolicy
from ingest.ring import GopRing
from ingest.rtp.nal import split_annex_b
from ingest.rtp.parameters import described
from ingest.scan import ScanJob
from ingest.scanner import BURST_FRAMES, Scanner
from ingest.source import Source, Stream, WireUnit
from tests.ingest.coded import FPS, WIDTH, coded_clip, decoded
from tests.ingest.sinks import RecordingSink, camera

COUNT = 300
"""Pictures of one GOP: 20 s."""


class Bench:
    """A camera whose units the test hands to ring, plan and scanner, three at a time."""

    def __init__(self, codec: Codec) -> None:
        self.sink = RecordingSink()
        self.ring = GopRing(1 << 26)
        self.scanner = Scanner(self.ring, self.sink, lambda: 0.0)
        self.stream = Stream(described(codec, ()), split_annex_b)
        self.feed = Feed(
            camera("cam", "rtsp://cam/"),
            open_source=_never,
            policy=ReconnectPolicy(lambda: 0.5),
            health_changed=lambda *_: None,
            now=0.0,
        )

    def watch(self, units: list[WireUnit]) -> None:
        for start in range(0, len(units), 3):
            batch = units[start : start + 3]
            self.ring.append(self.feed.ring, self.stream, batch)
            unit = self.feed.plan.choose(batch, eager=False)
            if unit is not None:
                self.scanner.scan(self.feed, ScanJob(self.stream, unit))


def _never(*_: object) -> Source:
    raise AssertionError("nothing is connected to")


def units_of(codec: Codec) -> list[WireUnit]:
    clip = coded_clip(codec, count=COUNT, gop=COUNT)
    return [WireUnit(data, n == 0, n * 6000, n / FPS) for n, data in enumerate(clip)]


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The timestamps of all packets that GOP decoders were given."""
    given: list[int] = []
    original = decode.GopDecoder.decode

    def noted(self: decode.GopDecoder, found: Iterator[tuple[int, bytes]]) -> object:
        def note() -> Iterator[tuple[int, bytes]]:
            for timestamp, data in found:
                given.append(timestamp)
                yield timestamp, data

        return original(self, note())

    monkeypatch.setattr(decode.GopDecoder, "decode", noted)
    return given


@pytest.mark.parametrize("codec", list(Codec))
def test_each_picture_is_decoded_once_and_shown_as_it_is(codec: Codec, packets: list[int]) -> None:
    bench = Bench(codec)
    bench.watch(units_of(codec))
    assert len(packets) == len(set(packets))
    frames = bench.sink.frames["cam"]
    expected = decoded(codec, coded_clip(codec, count=COUNT, gop=COUNT))
    for frame in frames:
        assert np.array_equal(frame.luma(), expected[frame.timestamp // 6000])
    times = [frame.captured_at for frame in frames]
    assert max(np.diff(times)) <= 4.0
    assert not bench.feed.counters.drops


def test_a_burst_is_what_the_scan_decodes_anyway(packets: list[int]) -> None:
    bench = Bench(Codec.H264)
    units = units_of(Codec.H264)
    bench.watch(units[:90])
    bench.feed.burst_wanted = True
    bench.watch(units[90:180])
    assert not bench.feed.burst_wanted
    (burst,) = bench.sink.bursts["cam"]
    assert len(packets) == len(set(packets))
    steps = set(np.diff([frame.timestamp for frame in burst]).tolist())
    assert steps == {6000}, "every picture of it"
    assert FPS < len(burst) <= BURST_FRAMES


def test_the_pictures_of_a_burst_are_made_smaller_and_the_scanned_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scanner, "BURST_PIXELS", 160 * 90)
    bench = Bench(Codec.H264)
    units = units_of(Codec.H264)
    bench.watch(units[:90])
    bench.feed.burst_wanted = True
    bench.watch(units[90:180])
    (burst,) = bench.sink.bursts["cam"]
    assert {(frame.width, frame.height) for frame in burst} == {(160, 90)}
    assert {frame.width for frame in bench.sink.frames["cam"]} == {WIDTH}
    steps = set(np.diff([frame.timestamp for frame in burst]).tolist())
    assert steps == {6000}, "each at its own time"


@pytest.mark.parametrize("still", [True, False])
def test_a_camera_that_hangs_is_seen_where_the_ring_forgets_its_gops(
    still: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GOPs of 10 s, of which none is whole any more; or a film of 10 s in a loop."""
    bench, length = Bench(Codec.H264), 10 * FPS
    monkeypatch.setattr(bench.ring, "complete", lambda _ring: None)
    clip = coded_clip(Codec.H264, count=length, gop=length, still=still)
    for turn in range(10):
        bench.watch(
            [
                WireUnit(data, n == 0, (turn * length + n) * 6000, turn * 10.0 + n / FPS)
                for n, data in enumerate(clip)
            ]
        )
    trouble = bench.feed.condition.trouble
    assert (trouble is not None and trouble.state is CameraState.FROZEN) == still


def test_a_gop_that_has_left_the_ring_is_followed_again_at_its_next_keyframe() -> None:
    bench = Bench(Codec.H264)
    units = units_of(Codec.H264)
    bench.watch(units[:90])
    bench.ring.forget(bench.feed.ring)
    bench.watch(units[90:150])
    seen = len(bench.sink.frames["cam"])
    later = [
        unit._replace(timestamp=unit.timestamp + 150 * 6000, captured_at=unit.captured_at + 10.0)
        for unit in units[:90]
    ]
    bench.watch(later)
    assert len(bench.sink.frames["cam"]) > seen
