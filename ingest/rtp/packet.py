"""Where a packet's payload lies: RTP inside RTSP's interleaved frames."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from ingest.rtp.payload import PayloadError

MAGIC = 0x24
"""The `$` before every interleaved frame (RFC 2326 §10.12): channel, 16-bit length, data."""

FRAME_HEADER = 4
RTP_HEADER = 12

FRAME_AND_RTP = Struct(">BBHBBHI")
"""`$`, channel, length; V/P/X/CC, M/PT, sequence number, timestamp (RFC 3550 §5.1)."""


def payload_of(packet: memoryview) -> memoryview:
    """The payload of one RTP packet, empty where there is none (RFC 3550 §5.1).

    Raises:
        PayloadError: the packet is shorter than its own header says.
    """
    if len(packet) < RTP_HEADER or packet[0] >> 6 != 2:
        raise PayloadError("not an RTP packet of version 2")
    start = RTP_HEADER + 4 * (packet[0] & 0x0F)
    end = len(packet)
    if packet[0] & 0x10:
        if end < start + 4:
            raise PayloadError("an RTP packet ends within its header extension")
        start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
    if packet[0] & 0x20:
        end -= packet[end - 1]
    if start > end:
        raise PayloadError("an RTP packet is shorter than its header")
    return packet[start:end]


def payloads(wire: bytes, channel: int) -> Iterator[memoryview]:
    """The payloads of one channel's packets in a run of whole interleaved frames.

    Raises:
        PayloadError: the run is not made of whole frames, or a packet is malformed.
    """
    view = memoryview(wire)
    position, end = 0, len(view)
    while position < end:
        if end - position < FRAME_HEADER or view[position] != MAGIC:
            raise PayloadError("the interleaved framing is broken")
        after = position + FRAME_HEADER + (view[position + 2] << 8 | view[position + 3])
        if after > end:
            raise PayloadError("an interleaved frame is cut off")
        # Frames shorter than any RTP packet are keep-alives of some cameras.
        if view[position + 1] == channel and after - position >= FRAME_HEADER + RTP_HEADER:
            payload = payload_of(view[position + FRAME_HEADER : after])
            if payload:
                yield payload
        position = after
