"""A camera walks through its loop in time; a slow client loses whole GOPs and sees it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import pytest

from ingest.farm.camera import FarmCamera
from ingest.farm.faults import Fault, FaultKind
from ingest.farm.feed import Feed
from ingest.farm.packetise import PacketisedPicture, packetise
from ingest.farm.source import FinishedLoop
from ingest.farm.viewer import BACKLOG_LIMIT, Viewer
from ingest.media import CLOCK_RATE, Codec, StreamInfo

_FPS, _GOP, _PICTURES = 10, 5, 20
_STEP = CLOCK_RATE // _FPS


@dataclass(slots=True)
class FakeWire:
    """Takes everything; `backlog` is set by the test."""

    backlog: int = 0
    written: list[bytes] = field(default_factory=list)

    def write(self, data: bytes | bytearray) -> None:
        self.written.append(bytes(data))

    def packets(self) -> list[tuple[int, int, int]]:
        """(sequence, timestamp, ssrc) of the RTP packets."""
        found = []
        for data in self.written:
            place = 0
            while place < len(data):
                _, channel, length = struct.unpack_from(">cBH", data, place)
                if channel == 0:
                    found.append(struct.unpack_from(">HII", data, place + 6))
                place += 4 + length
        return found


def _picture(number: int, size: int = 2500) -> PacketisedPicture:
    head = b"\x65" if number % _GOP == 0 else b"\x41"
    return packetise(b"\0\0\1" + head + bytes([9]) * size, Codec.H264, number * _STEP)


def _feed(*faults: Fault) -> Feed:
    pictures = tuple(_picture(number) for number in range(_PICTURES))
    loop = FinishedLoop(StreamInfo(Codec.H264), _PICTURES * _STEP, pictures)
    return Feed(FarmCamera("cam", "clip", faults=faults), loop)


def _play(feed: Feed, start: float, seconds: float) -> None:
    for step in range(round(seconds * 50)):
        now = start + step / 50
        feed.refresh_faults(now)
        feed.play(now)


def test_numbers_and_times_go_on_over_the_loop() -> None:
    feed, wire = _feed(), FakeWire()
    feed.join(Viewer(wire, 0), lambda: None, 0.0)
    _play(feed, 0.0, 6.5)
    packets = wire.packets()
    assert len(packets) == 65 * 2
    first = packets[0]
    for number, (sequence, timestamp, ssrc) in enumerate(packets):
        assert sequence == (first[0] + number) & 0xFFFF
        assert timestamp == (first[1] + number // 2 * _STEP) & 0xFFFFFFFF
        assert ssrc == first[2]


def test_sessions_have_numbers_of_their_own() -> None:
    feed, wires = _feed(), [FakeWire(), FakeWire()]
    for wire in wires:
        feed.join(Viewer(wire, 0), lambda: None, 0.0)
    _play(feed, 0.0, 1.0)
    one, two = (wire.packets() for wire in wires)
    assert len(one) == len(two)
    assert {packet[2] for packet in one} != {packet[2] for packet in two}


def test_who_comes_later_begins_at_the_next_keyframe() -> None:
    feed, early, late = _feed(), FakeWire(), FakeWire()
    feed.join(Viewer(early, 0), lambda: None, 0.0)
    _play(feed, 0.0, 1.2)
    feed.join(Viewer(late, 0), lambda: None, 1.2)
    _play(feed, 1.2, 2.0)
    assert len(late.packets()) == (32 - 15) * 2


def test_a_camera_that_nobody_watched_goes_on_where_it_would_be() -> None:
    feed, wire = _feed(), FakeWire()
    first = Viewer(FakeWire(), 0)
    feed.join(first, lambda: None, 0.0)
    feed.leave(first)
    second = Viewer(wire, 0)
    feed.join(second, lambda: None, 100.52)
    _play(feed, 100.52, 1.0)
    stamp = wire.packets()[0][1]
    assert (stamp - second.first_timestamp) & 0xFFFFFFFF == 1010 * _STEP


def test_a_picture_is_sent_when_it_is_due() -> None:
    feed, wire = _feed(), FakeWire()
    feed.join(Viewer(wire, 0), lambda: None, 50.0)
    assert feed.play(50.0) == pytest.approx(50.1)
    assert feed.play(50.05) == pytest.approx(50.1)
    assert len(wire.packets()) == 2
    feed.play(50.1)
    assert len(wire.packets()) == 4


def test_after_a_long_halt_the_camera_jumps_to_a_keyframe() -> None:
    feed, wire = _feed(), FakeWire()
    feed.join(Viewer(wire, 0), lambda: None, 0.0)
    feed.play(0.0)
    feed.play(30.0)
    stamps = {packet[1] for packet in wire.packets()}
    assert len(stamps) < 14
    assert feed.play(30.01) == pytest.approx(30.1)


def test_a_slow_client_loses_whole_gops_and_sees_a_gap() -> None:
    wire = FakeWire()
    viewer = Viewer(wire, 0)
    for number in range(20):
        wire.backlog = BACKLOG_LIMIT + 1 if 3 <= number < 12 else 0
        viewer.send(_picture(number), number * _STEP)
    sent = [(packet[1] - viewer.first_timestamp) // _STEP % (1 << 32) for packet in wire.packets()]
    assert sent[::2] == [0, 1, 2, 15, 16, 17, 18, 19]
    numbers = [packet[0] for packet in wire.packets()]
    assert (numbers[6] - numbers[5]) & 0xFFFF == 12 * 2 + 1
    assert viewer.counters.dropped_pictures == 12
    assert viewer.counters.dropped_packets == 24
    assert viewer.counters.pictures == 8


def test_a_client_that_is_behind_starts_again_only_when_it_has_caught_up() -> None:
    wire = FakeWire(backlog=BACKLOG_LIMIT + 1)
    viewer = Viewer(wire, 0)
    viewer.send(_picture(0), 0)
    wire.backlog = 1
    viewer.send(_picture(5), 5 * _STEP)
    assert not wire.written
    wire.backlog = 0
    viewer.send(_picture(10), 10 * _STEP)
    assert wire.written


def test_a_stall_sends_nothing_and_ends_with_a_keyframe() -> None:
    feed, wire = _feed(Fault(FaultKind.STALL, 0.75, 1.0)), FakeWire()
    viewer = Viewer(wire, 0)
    feed.join(viewer, lambda: None, 0.0)
    _play(feed, 0.0, 3.0)
    ticks = sorted({(packet[1] - viewer.first_timestamp) & 0xFFFFFFFF for packet in wire.packets()})
    assert [tick // _STEP for tick in ticks] == [*range(8), *range(20, 30)]


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.AUTH, FaultKind.CUT])
def test_some_faults_hang_up(kind: FaultKind) -> None:
    feed, gone = _feed(Fault(kind, 0.5)), []
    feed.join(Viewer(FakeWire(), 0), lambda: gone.append(kind), 0.0)
    _play(feed, 0.0, 0.4)
    assert not gone
    _play(feed, 0.4, 0.4)
    assert gone


def test_a_corrupt_keyframe_keeps_its_packets() -> None:
    feed, wire = _feed(Fault(FaultKind.CORRUPT_KEYFRAME)), FakeWire()
    feed.join(Viewer(wire, 0), lambda: None, 0.0)
    _play(feed, 0.0, 0.1)
    good = _picture(0).packets
    picture = next(data for data in wire.written if len(data) == len(good))
    assert len(wire.packets()) == 2
    assert picture[16:24] == bytes(good[16:24])
    assert picture[60:] != bytes(good[60:])


def test_counters_outlive_their_viewers() -> None:
    feed = _feed()
    viewer = Viewer(FakeWire(), 0)
    feed.join(viewer, lambda: None, 0.0)
    _play(feed, 0.0, 0.5)
    feed.leave(viewer)
    feed.leave(viewer)
    assert feed.totals().pictures == 5
    assert feed.viewers == ()


def test_faults_end_and_are_forgotten() -> None:
    feed = _feed(Fault(FaultKind.STALL, 1, 1))
    feed.refresh_faults(1.5)
    assert feed.kinds == {FaultKind.STALL}
    feed.refresh_faults(2.0)
    assert not feed.kinds
    feed.add_fault(Fault(FaultKind.NONSENSE, 3))
    feed.refresh_faults(4.0)
    assert feed.kinds == {FaultKind.NONSENSE}
    feed.clear_faults()
    feed.refresh_faults(4.1)
    assert not feed.kinds
