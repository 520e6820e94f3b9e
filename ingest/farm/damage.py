"""The bytes that faults put on the wire."""

from __future__ import annotations

import os
import struct

from ingest.farm.packetise import PacketisedPicture

NONSENSE = b"220 mail.example.invalid ESMTP ready\r\n\r\n"
"""A greeting from quite another protocol."""

WEB_PAGE = "<html><body>Please log in</body></html>"

_PACKET_HEADERS = 16
_SPARED = 24
"""Bytes of payload left whole: NAL and slice header, so that a decoder takes the slice on."""

_SMALLEST = 200
"""Packets below this many bytes hold parameter sets and stay whole."""


def damaged(picture: PacketisedPicture) -> PacketisedPicture:
    """The picture with the coded data of its packets overwritten, its packets still valid."""
    packets = bytearray(picture.packets)
    ends = (*picture.offsets[1:], len(packets))
    for offset, end in zip(picture.offsets, ends, strict=True):
        if end - offset >= _SMALLEST:
            begin = offset + _PACKET_HEADERS + _SPARED
            packets[begin:end] = os.urandom(end - begin)
    return PacketisedPicture(picture.ticks, picture.keyframe, packets, picture.offsets)


def garbage_packet(channel: int, length: int = 400) -> bytes:
    """An interleaved packet whose frame is right and whose content is random."""
    return struct.pack(">cBH", b"$", channel, length) + os.urandom(length)


def noise(length: int = 300) -> bytes:
    """Bytes that are neither a message nor an interleaved packet."""
    return b"\xff" + os.urandom(length)
