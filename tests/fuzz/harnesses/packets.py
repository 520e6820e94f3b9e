"""RTP packets in interleaved frames: the walker, whole and in pieces."""

from __future__ import annotations

import struct
from typing import NamedTuple

from ingest.media import Codec
from ingest.rtp import h264, h265
from ingest.rtp.packet import payloads
from ingest.rtp.payload import PayloadError, PayloadFormat
from ingest.rtp.walker import Walker
from ingest.source import SourceCounters, WireUnit
from tests.fuzz.draw import Draw, pieces

FORMATS: dict[Codec, PayloadFormat] = {Codec.H264: h264.FORMAT, Codec.H265: h265.FORMAT}
CHANNEL = 0
ARRIVED = 1_700_000_000.0

STARTS = {
    Codec.H264: (b"\x65\x88", b"\x41\x9a", b"\x67\x42", b"\x68\xce", b"\x7c\x85", b"\x7c\x45",
                 b"\x5c\x81", b"\x78\x00\x02\x65\x88", b"\x06\x05", b"\x09\xf0", b"\x1f"),
    Codec.H265: (b"\x26\x01\xaf", b"\x02\x01\xd0", b"\x40\x01\x0c", b"\x42\x01\x01",
                 b"\x62\x01\x93", b"\x62\x01\x53", b"\x60\x01\x00\x03\x26\x01\xaf", b"\x64\x01"),
}  # fmt: skip
"""First bytes of payloads: keyframe, other picture, parameter sets, fragments, aggregates."""


Content = tuple[tuple[bytes, ...], bool, int, bool]
"""A unit's payloads, whether it is a keyframe, its timestamp, whether it is intact."""


class Walked(NamedTuple):
    """What came of a connection's bytes, without what depends on how they were cut."""

    units: list[Content]
    counters: SourceCounters
    position: int


def check(data: bytes) -> None:
    """Pieces change nothing, no byte is made up, and whatever is a unit has whole frames."""
    draw = Draw(data)
    codec = draw.pick((Codec.H264, Codec.H265))
    plan = draw.blob()
    wire = draw.rest() if draw.below(4) == 3 else frames(draw, codec)
    at_once = walked(codec, [wire])
    assert at_once.position <= len(wire)
    in_pieces = walked(codec, pieces(wire, plan))
    assert in_pieces == at_once, (in_pieces, at_once)
    taken = sum(len(p) for unit in at_once.units for p in unit[0])
    assert taken <= len(wire)
    assert at_once.counters.packets <= 1 + len(wire) // 16


def walked(codec: Codec, parts: list[bytes]) -> Walked:
    """Walk as the source does: what was not used goes in front of the next piece."""
    counters = SourceCounters()
    walker = Walker(FORMATS[codec], CHANNEL, counters)
    units: list[WireUnit] = []
    rest, position = b"", 0
    for part in parts:
        held = rest + part
        at = walker.walk(memoryview(held), 0, len(held), ARRIVED, units)
        assert 0 <= at <= len(held)
        position, rest = position + at, held[at:]
        even(counters, len(units))
    walker.close()
    even(counters, len(units))
    assert counters.packets_pending == 0
    assert all(unit.captured_at <= ARRIVED for unit in units)
    return Walked([content(codec, unit) for unit in units], counters, position)


def even(counters: SourceCounters, handed_on: int) -> None:
    """Every packet and every unit that came is used, dropped for a reason, or still in hand."""
    dropped = sum(counters.packets_dropped.values())
    assert counters.packets == counters.packets_used + dropped + counters.packets_pending
    assert counters.units == handed_on + sum(counters.drops.values())


def content(codec: Codec, unit: WireUnit) -> Content:
    """What a unit holds, without the reports that lie between its packets."""
    try:
        found = tuple(bytes(payload) for payload in payloads(unit.wire, CHANNEL))
        nals = FORMATS[codec].unpack(payloads(unit.wire, CHANNEL))
        assert sum(map(len, nals)) <= len(unit.wire)
        assert all(len(nal) > 0 for nal in nals)
    except PayloadError:
        # A header of one of its packets is wrong: told when somebody wants to unpack it.
        found = (b"malformed",)
    return found, unit.keyframe, unit.timestamp, unit.intact


def frames(draw: Draw, codec: Codec) -> bytes:
    """A connection's bytes: mostly packets in order, among them all that goes wrong."""
    wire = bytearray()
    sequence, stamp = draw.number(2), draw.number(4)
    while not draw.empty and len(wire) < 1 << 16:
        action, marker = draw.below(16), draw.flag()
        if action == 0:
            stamp = stamp + 3000 & 0xFFFFFFFF
        elif action == 1:
            sequence += draw.number()
        elif action == 2:
            sequence -= draw.number()
        elif action == 3:
            wire += b"$" + draw.blob()
            continue
        elif action == 4:
            wire += _framed(CHANNEL + 1, report(draw))
            continue
        elif action == 5:
            wire += _framed(draw.number(), draw.blob())
            continue
        elif action == 6:
            stamp = draw.number(4)
        first = draw.pick((0x80, 0x80, 0x80, 0x80, 0x90, 0xA0, 0xB0, 0x81, draw.number()))
        payload = draw.pick(STARTS[codec]) + draw.blob()
        header = struct.pack(
            ">BBHII", first, 0x80 * marker | 96, sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7
        )
        wire += _framed(CHANNEL, header + payload)
        sequence += 1
    return bytes(wire)


def _framed(channel: int, packet: bytes) -> bytes:
    return struct.pack(">BBH", 0x24, channel & 0xFF, len(packet)) + packet


def report(draw: Draw) -> bytes:
    return struct.pack(">BBHIIII", 0x80, 200, 6, 7, draw.number(4), 0, draw.number(4)) + draw.blob()
