"""A coded picture survives being cut into packets, whatever its size and codec."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.farm import annexb
from ingest.farm.packetise import fragments, packetise
from ingest.media import Codec

_HEADS = {Codec.H264: b"\x65", Codec.H265: b"\x26\x01"}


def _joined(payloads: list[bytes], codec: Codec) -> bytes:
    """The NAL unit again, as RFC 6184 §5.8 and RFC 7798 §4.4.3 say."""
    if len(payloads) == 1:
        return payloads[0]
    if codec is Codec.H264:
        head = bytes([payloads[0][0] & 0xE0 | payloads[0][1] & 0x1F])
        return head + b"".join(payload[2:] for payload in payloads)
    head = bytes([payloads[0][0] & 0x81 | (payloads[0][2] & 0x3F) << 1, payloads[0][1]])
    return head + b"".join(payload[3:] for payload in payloads)


@given(
    body=st.binary(min_size=1, max_size=5000),
    limit=st.integers(min_value=16, max_value=1500),
    codec=st.sampled_from(Codec),
)
def test_fragments_put_together_are_the_unit(body: bytes, limit: int, codec: Codec) -> None:
    unit = _HEADS[codec] + body
    parts = fragments(unit, codec, limit)
    assert _joined(parts, codec) == unit
    assert all(0 < len(part) <= limit for part in parts)


@pytest.mark.parametrize(("codec", "at"), [(Codec.H264, 1), (Codec.H265, 2)])
def test_only_the_first_fragment_starts_and_only_the_last_ends(codec: Codec, at: int) -> None:
    parts = fragments(_HEADS[codec] + bytes(1000), codec, 300)
    assert len(parts) == 4
    assert [part[at] >> 6 for part in parts] == [0b10, 0, 0, 0b01]


@given(
    sizes=st.lists(st.integers(min_value=2, max_value=4000), min_size=1, max_size=4),
    sequence=st.integers(0, 1 << 20),
    timestamp=st.integers(0, 1 << 40),
)
def test_addressed_packets_count_on_and_carry_one_marker(
    sizes: list[int], sequence: int, timestamp: int
) -> None:
    data = b"".join(b"\0\0\0\1\x65" + b"\x11" * size for size in sizes)
    picture = packetise(data, Codec.H264, 0)
    wire = bytes(picture.address(4, sequence, timestamp, 0xCAFE))
    place, seen = 0, []
    while place < len(wire):
        dollar, channel, length = struct.unpack_from(">cBH", wire, place)
        version, kind, number, stamp, ssrc = struct.unpack_from(">BBHII", wire, place + 4)
        assert (dollar, channel, version, ssrc) == (b"$", 4, 0x80, 0xCAFE)
        assert stamp == timestamp & 0xFFFFFFFF
        seen.append((number, kind >> 7))
        place += 4 + length
    assert [number for number, _ in seen] == [(sequence + n) & 0xFFFF for n in range(len(seen))]
    assert [marker for _, marker in seen] == [0] * (len(seen) - 1) + [1]
    assert len(seen) == len(picture.offsets)


def test_a_second_client_sees_only_its_own_address() -> None:
    picture = packetise(b"\0\0\1\x65" + bytes([7]) * 3000, Codec.H264, 0)
    first = bytes(picture.address(0, 5, 90, 1))
    picture.address(2, 900, 4, 2)
    assert bytes(picture.address(0, 5, 90, 1)) == first


def test_units_are_found_with_both_start_codes() -> None:
    data = b"\0\0\0\1\x67\x01\x02\0\0\1\x68\x03\0\0\0\1\x65\x04\x05"
    assert annexb.split(data) == [b"\x67\x01\x02", b"\x68\x03", b"\x65\x04\x05"]
    assert annexb.split(b"") == []
    assert annexb.split(b"\x01\x02\x03") == []


@pytest.mark.parametrize(
    ("codec", "head", "keyframe"),
    [
        (Codec.H264, b"\x65", True),
        (Codec.H264, b"\x41", False),
        (Codec.H265, b"\x26\x01", True),
        (Codec.H265, b"\x2a\x01", True),
        (Codec.H265, b"\x02\x01", False),
    ],
)
def test_keyframes_are_told_by_their_unit_type(codec: Codec, head: bytes, keyframe: bool) -> None:
    assert packetise(b"\0\0\1" + head + b"\x80", codec, 0).keyframe is keyframe


def test_parameter_sets_come_once_and_in_order() -> None:
    units = [b"\x67\x01", b"\x68\x01", b"\x67\x01", b"\x65\x00"]
    assert annexb.parameter_sets(units, Codec.H264) == (b"\x67\x01", b"\x68\x01")
