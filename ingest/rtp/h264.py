"""H.264 over RTP (RFC 6184): NAL unit types, single NAL units, STAP-A and FU-A."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.media import Codec
from ingest.rtp.payload import NalUnit, PayloadError, PayloadFormat, Sight, length_prefixed

SLICE, IDR, SPS, PPS = 1, 5, 7, 8
"""NAL unit types, ITU-T H.264 table 7-1."""
STAP_A, FU_A = 24, 28
"""Packet types, RFC 6184 table 1; the other types belong to packetization-mode 2."""
PARAMETER_SETS = frozenset({SPS, PPS})

_START, _END = 0x80, 0x40


def nal_type(nal: NalUnit) -> int:
    """The nal_unit_type of a NAL unit that is not empty."""
    return nal[0] & 0x1F


def _kind(nal: int) -> Sight:
    if nal == IDR:
        return Sight.KEY
    return Sight.DELTA if SLICE <= nal < IDR else Sight.NOTHING


def _sight(first: int) -> Sight:
    kind = first & 0x1F
    if kind == FU_A:
        return Sight.FRAGMENT
    return Sight.AGGREGATE if kind == STAP_A else _kind(kind)


def aggregate(payload: memoryview) -> Iterator[memoryview]:
    """The NAL units of a STAP-A (RFC 6184 §5.7.1)."""
    return length_prefixed(payload, 1)


def unpack(payloads: Iterator[memoryview]) -> list[NalUnit]:
    """The NAL units of one access unit's payloads, in order.

    Raises:
        PayloadError: a fragment lacks its start, middle or end, or a packet type is not known.
    """
    nals: list[NalUnit] = []
    pieces: list[NalUnit] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            if _gather(payload, pieces):
                nals.append(b"".join(pieces))
                pieces = []
        elif pieces:
            raise PayloadError("a fragmented NAL unit is interrupted")
        elif kind == STAP_A:
            nals.extend(aggregate(payload))
        elif 0 < kind < STAP_A:
            nals.append(payload)
        else:
            raise PayloadError(f"packet type {kind} is not known")
    if pieces:
        raise PayloadError("a fragmented NAL unit has no end")
    return nals


def _gather(payload: memoryview, pieces: list[NalUnit]) -> bool:
    """Add one FU-A (RFC 6184 §5.8); True when it was the last of its NAL unit."""
    if len(payload) < 3:
        raise PayloadError("a fragment is empty")
    header = payload[1]
    if bool(header & _START) == bool(pieces):
        raise PayloadError("a fragment's start is missing or repeated")
    if not pieces:
        pieces.append(bytes([payload[0] & 0xE0 | header & 0x1F]))
    pieces.append(payload[2:])
    return bool(header & _END)


FORMAT = PayloadFormat(
    codec=Codec.H264,
    first=bytes(_sight(byte) for byte in range(256)),
    fragment=bytes(_kind(byte & 0x1F) for byte in range(256)),
    fragment_at=1,
    aggregate=aggregate,
    unpack=unpack,
)
