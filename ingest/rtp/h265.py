"""H.265 over RTP (RFC 7798) without DON fields: NAL unit types, single, AP and FU packets."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.media import Codec
from ingest.rtp.payload import NalUnit, PayloadError, PayloadFormat, Sight, length_prefixed

VPS, SPS, PPS = 32, 33, 34
"""NAL unit types, ITU-T H.265 table 7-1; pictures are 0 to 31."""
IRAP = range(16, 24)
"""Intra random access pictures: BLA, IDR, CRA (ITU-T H.265 §3.77 and table 7-1)."""
AP, FU = 48, 49
"""Packet types, RFC 7798 §4.4.2 and §4.4.3; 50 is PACI, which nothing sends."""
PARAMETER_SETS = frozenset({VPS, SPS, PPS})

_START, _END = 0x80, 0x40


def nal_type(nal: NalUnit) -> int:
    """The nal_unit_type of a NAL unit that is not empty."""
    return nal[0] >> 1 & 0x3F


def _kind(nal: int) -> Sight:
    if nal in IRAP:
        return Sight.KEY
    return Sight.DELTA if nal < VPS else Sight.NOTHING


def _sight(first: int) -> Sight:
    kind = first >> 1 & 0x3F
    if kind == FU:
        return Sight.FRAGMENT
    return Sight.AGGREGATE if kind == AP else _kind(kind)


def aggregate(payload: memoryview) -> Iterator[memoryview]:
    """The NAL units of an aggregation packet (RFC 7798 §4.4.2)."""
    return length_prefixed(payload, 2)


def unpack(payloads: Iterator[memoryview]) -> list[NalUnit]:
    """The NAL units of one access unit's payloads, in order.

    Raises:
        PayloadError: a fragment lacks its start, middle or end, or a packet type is not known.
    """
    nals: list[NalUnit] = []
    pieces: list[NalUnit] = []
    for payload in payloads:
        if len(payload) < 3:
            raise PayloadError("a packet is shorter than its NAL unit header")
        kind = payload[0] >> 1 & 0x3F
        if kind == FU:
            if _gather(payload, pieces):
                nals.append(b"".join(pieces))
                pieces = []
        elif pieces:
            raise PayloadError("a fragmented NAL unit is interrupted")
        elif kind == AP:
            nals.extend(aggregate(payload))
        elif kind < AP:
            nals.append(payload)
        else:
            raise PayloadError(f"packet type {kind} is not known")
    if pieces:
        raise PayloadError("a fragmented NAL unit has no end")
    return nals


def _gather(payload: memoryview, pieces: list[NalUnit]) -> bool:
    """Add one FU (RFC 7798 §4.4.3); True when it was the last of its NAL unit."""
    if len(payload) < 4:
        raise PayloadError("a fragment is empty")
    header = payload[2]
    if bool(header & _START) == bool(pieces):
        raise PayloadError("a fragment's start is missing or repeated")
    if not pieces:
        pieces.append(bytes([payload[0] & 0x81 | (header & 0x3F) << 1, payload[1]]))
    pieces.append(payload[3:])
    return bool(header & _END)


FORMAT = PayloadFormat(
    codec=Codec.H265,
    first=bytes(_sight(byte) for byte in range(256)),
    fragment=bytes(_kind(byte & 0x3F) for byte in range(256)),
    fragment_at=2,
    aggregate=aggregate,
    unpack=unpack,
)
