"""The walker: any cutting of the bytes gives the same units; losses harm their own unit only."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.media import Codec
from ingest.rtp import h264, h265, walker
from ingest.rtp.nal import annex_b
from ingest.rtp.packet import payloads
from ingest.rtp.walker import Walker
from ingest.source import Drop, SourceCounters, WireUnit
from tests.ingest.coded import coded_clip
from tests.ingest.packetise import frame, frames, nals_of, rtp

FORMATS = {Codec.H264: h264.FORMAT, Codec.H265: h265.FORMAT}


class Reader:
    """A walker with the buffer and the left-over bytes that a source keeps for it."""

    def __init__(self, codec: Codec = Codec.H264) -> None:
        self.counters = SourceCounters()
        self.drops = self.counters.drops
        self.walker = Walker(FORMATS[codec], 0, self.counters)
        self.rest = b""
        self.units: list[WireUnit] = []

    def feed(self, data: bytes, now: float = 100.0) -> None:
        buffer = memoryview(bytearray(self.rest + data))
        stopped = self.walker.walk(buffer, 0, len(buffer), now, self.units)
        self.rest = bytes(buffer[stopped:])

    def unwrapped(self, codec: Codec = Codec.H264) -> list[list[bytes]]:
        unpack = FORMATS[codec].unpack
        return [[bytes(nal) for nal in unpack(payloads(u.wire, 0))] for u in self.units]


def joined(parts: list[list[bytes]]) -> bytes:
    return b"".join(part for unit in parts for part in unit)


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("aggregate", [False, True])
def test_a_clip_comes_out_as_it_went_in(codec: Codec, aggregate: bool) -> None:
    units = coded_clip(codec)
    reader = Reader(codec)
    reader.feed(joined(frames(codec, units, aggregate=aggregate)))
    assert reader.unwrapped(codec) == [nals_of(unit) for unit in units]
    assert [u.keyframe for u in reader.units] == [n % 15 == 0 for n in range(45)]
    assert [u.timestamp - reader.units[0].timestamp for u in reader.units] == [
        6000 * n for n in range(45)
    ]
    assert not reader.drops
    assert reader.rest == b""


@given(st.lists(st.integers(1, 3000), max_size=30))
@settings(max_examples=60)
def test_where_the_bytes_are_cut_changes_nothing(cuts: list[int]) -> None:
    data = joined(frames(Codec.H264, coded_clip(Codec.H264)[:20]))
    whole, pieces = Reader(), Reader()
    whole.feed(data)
    position = 0
    for cut in cuts:
        pieces.feed(data[position : position + cut])
        position += cut
    pieces.feed(data[position:])
    assert [u.wire for u in pieces.units] == [u.wire for u in whole.units]


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes_raise_nothing(noise: bytes) -> None:
    reader = Reader()
    reader.feed(b"$\0" + noise)
    reader.feed(noise)
    assert len(reader.rest) <= 2 * len(noise) + 2


def test_a_gap_costs_the_unit_it_falls_into_and_what_refers_to_it() -> None:
    parts = frames(Codec.H264, coded_clip(Codec.H264))
    del parts[16][-2]
    reader = Reader()
    reader.feed(joined(parts))
    assert len(reader.units) == 44
    assert reader.drops == {Drop.SEQUENCE_GAP: 1}
    intact = [unit.intact for unit in reader.units]
    assert intact == [True] * 16 + [False] * 13 + [True] * 15


def test_a_gap_between_units_costs_the_one_that_may_have_begun_within_it() -> None:
    parts = frames(Codec.H264, coded_clip(Codec.H264))
    del parts[3]
    reader = Reader()
    reader.feed(joined(parts))
    assert len(reader.units) == 43
    assert reader.drops == {Drop.SEQUENCE_GAP: 1}


def test_a_gap_over_two_units_costs_both() -> None:
    parts = frames(Codec.H264, coded_clip(Codec.H264))
    del parts[0][-1]
    del parts[1][0]
    reader = Reader()
    reader.feed(joined(parts))
    assert len(reader.units) == 43
    assert reader.drops == {Drop.SEQUENCE_GAP: 2}


def test_repeated_and_late_packets_are_left_out() -> None:
    parts = frames(Codec.H264, coded_clip(Codec.H264)[:4])
    expected = Reader()
    expected.feed(joined(parts))
    parts[2].insert(1, parts[1][0])
    parts[3].insert(1, parts[3][0])
    reader = Reader()
    reader.feed(joined(parts))
    assert reader.unwrapped() == expected.unwrapped()
    assert not reader.drops


def test_a_sender_that_begins_anew_costs_one_unit() -> None:
    clip = coded_clip(Codec.H264)
    reader = Reader()
    reader.feed(joined(frames(Codec.H264, clip, sequence=40000)))
    reader.feed(joined(frames(Codec.H264, clip, sequence=39000, timestamp=12345)))
    assert len(reader.units) >= 45 + 43
    assert reader.drops[Drop.SEQUENCE_GAP] <= 2


def test_a_lost_marker_ends_the_unit_at_the_next_timestamp() -> None:
    slices = [rtp(b"\x65key", 1, 0), rtp(b"\x41next", 2, 6000), rtp(b"\x41last", 3, 12000)]
    reader = Reader()
    reader.feed(b"".join(frame(packet) for packet in slices))
    assert reader.unwrapped() == [[b"\x65key"], [b"\x41next"]]


def test_a_marker_on_every_slice_is_seen_through() -> None:
    packets = [
        rtp(b"\x65one", 1, 0, marker=True),
        rtp(b"\x65two", 2, 0, marker=True),
        rtp(b"\x65one", 3, 6000, marker=True),
        rtp(b"\x65two", 4, 6000, marker=True),
        rtp(b"\x65one", 5, 12000, marker=True),
    ]
    reader = Reader()
    reader.feed(b"".join(frame(packet) for packet in packets))
    assert reader.unwrapped()[-1] == [b"\x65one", b"\x65two"]


def test_parameter_sets_sent_alone_go_with_the_next_picture() -> None:
    packets = [
        rtp(b"\x67sps", 1, 0, marker=True),
        rtp(b"\x68pps", 2, 100, marker=True),
        rtp(b"\x65key", 3, 200, marker=True),
    ]
    reader = Reader()
    for packet in packets:
        reader.feed(frame(packet))
    assert reader.unwrapped() == [[b"\x67sps", b"\x68pps", b"\x65key"]]


def test_other_channels_and_tiny_frames_are_stepped_over() -> None:
    key = rtp(b"\x65" + bytes(50), 1, 0)
    end = rtp(b"\x65" + bytes(50), 2, 0, marker=True)
    noise = frame(b"", 1) + frame(b"abc", 5) + frame(bytes(40), 1) + frame(b"xy", 0)
    reader = Reader()
    reader.feed(noise + frame(key) + noise + frame(end) + noise)
    assert len(reader.units) == 1
    assert len(reader.unwrapped()[0]) == 2
    assert reader.rest == b""


def test_header_extensions_and_padding_are_taken_off() -> None:
    plain = rtp(b"\x65key", 1, 0, marker=True)
    extended = bytes([0x90]) + plain[1:12] + b"\xbe\xde\0\1" + b"ext!" + plain[12:]
    padded = bytes([0xA0]) + rtp(b"\x65key", 2, 6000, marker=True)[1:] + b"\0\0\3"
    reader = Reader()
    reader.feed(frame(extended) + frame(padded))
    assert reader.unwrapped() == [[b"\x65key"], [b"\x65key"]]


def test_a_unit_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walker, "MAX_UNIT", 10_000)
    reader = Reader()
    for number in range(100):
        reader.feed(frame(rtp(b"\x65" + bytes(500), number, 0)))
    reader.feed(frame(rtp(b"\x65end", 100, 0, marker=True)))
    reader.feed(frame(rtp(b"\x65new", 101, 1, marker=True)))
    assert reader.drops == {Drop.OVERSIZED: 1}
    assert reader.unwrapped() == [[b"\x65new"]]


def test_it_stops_at_a_message_and_goes_on_behind_it() -> None:
    parts = frames(Codec.H264, coded_clip(Codec.H264)[:3], size=100)
    message = b"RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n"
    data = bytearray(joined(parts))
    middle = len(parts[0][0]) + len(parts[0][1])
    data[middle:middle] = message
    reader = Reader()
    reader.feed(bytes(data))
    assert reader.rest.startswith(message)
    reader.rest = reader.rest.removeprefix(message)
    reader.feed(b"")
    assert [annex_b(u) for u in reader.unwrapped()] == [
        annex_b(nals_of(u)) for u in coded_clip(Codec.H264)[:3]
    ]


def test_unwrapping_is_given_whole_frames_only() -> None:
    unwrap = partial(payloads, channel=0)
    for broken in (b"$", b"$\0\0\x20abc", b"RTSP", b"$\0\0\x0c" + bytes(12)):
        with pytest.raises(ValueError, match=r"frame|RTP|framing"):
            list(unwrap(broken))
