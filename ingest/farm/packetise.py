"""Coded pictures cut into RTP packets once, whoever watches them.

A picture is laid out as the bytes that go onto an interleaved RTSP connection (RFC 2326 §10.12).
A client differs from another only in channel, sequence number, timestamp and SSRC: ten bytes a
packet, patched in place before each send. Nothing is copied.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ingest.farm import annexb
from ingest.media import Codec

PAYLOAD_LIMIT = 1400
"""Bytes of payload in a packet. Cameras stay below an Ethernet frame even over TCP."""

PAYLOAD_TYPE = 96
"""The first dynamic payload type (RFC 3551 §6)."""

_FU_A = 28
_FU_H265 = 49
_START, _END, _MARKER = 0x80, 0x40, 0x80

_HEADER = struct.Struct(">cBHBBHII")
"""`$`, channel, length; then RTP: version, marker and type, sequence number, timestamp, SSRC."""

_RTP_HEADER_BYTES = 12
_patch = struct.Struct(">HII").pack_into
_SEQUENCE_AT = 6


@dataclass(frozen=True, slots=True)
class PacketisedPicture:
    """One coded picture as interleaved RTP. `ticks` counts 90 kHz from the loop's beginning."""

    ticks: int
    keyframe: bool
    packets: bytearray
    offsets: tuple[int, ...]

    def address(self, channel: int, sequence: int, timestamp: int, ssrc: int) -> bytearray:
        """The packets made out to one client; valid until the next call.

        `sequence` is the first packet's number; it and `timestamp` may exceed their fields.
        """
        timestamp &= 0xFFFFFFFF
        packets = self.packets
        for offset in self.offsets:
            packets[offset + 1] = channel
            _patch(packets, offset + _SEQUENCE_AT, sequence & 0xFFFF, timestamp, ssrc)
            sequence += 1
        return packets


def packetise(
    data: bytes,
    codec: Codec,
    ticks: int,
    *,
    limit: int = PAYLOAD_LIMIT,
    payload_type: int = PAYLOAD_TYPE,
) -> PacketisedPicture:
    """Lay one Annex B access unit out as RTP packets of at most `limit` payload bytes."""
    units = annexb.split(data)
    payloads = [part for unit in units for part in fragments(unit, codec, limit)]
    packets, offsets = bytearray(), []
    for number, payload in enumerate(payloads, start=1):
        marker = _MARKER if number == len(payloads) else 0
        offsets.append(len(packets))
        length = _RTP_HEADER_BYTES + len(payload)
        packets += _HEADER.pack(b"$", 0, length, 0x80, marker | payload_type, 0, 0, 0)
        packets += payload
    return PacketisedPicture(ticks, annexb.is_keyframe(units, codec), packets, tuple(offsets))


def fragments(unit: bytes, codec: Codec, limit: int) -> list[bytes]:
    """A NAL unit as payloads: itself, or FU-A (RFC 6184 §5.8) or FU (RFC 7798 §4.4.3) parts."""
    if len(unit) <= limit:
        return [unit]
    kind = annexb.kind(unit, codec)
    if codec is Codec.H264:
        head, body = bytes([unit[0] & 0xE0 | _FU_A]), unit[1:]
    else:
        head, body = bytes([unit[0] & 0x81 | _FU_H265 << 1, unit[1]]), unit[2:]
    room = limit - len(head) - 1
    starts = range(0, len(body), room)
    flags = [kind] * len(starts)
    flags[0] |= _START
    flags[-1] |= _END
    return [
        head + bytes([flag]) + body[start : start + room]
        for flag, start in zip(flags, starts, strict=True)
    ]
