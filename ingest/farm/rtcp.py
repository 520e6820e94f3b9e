"""Sender reports (RFC 3550 §6.4.1): what lets a client lay RTP time onto the time of day."""

from __future__ import annotations

import struct

INTERVAL = 5.0
"""Seconds between reports: the minimum that RFC 3550 §6.2 recommends."""

_NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""

_SENDER_REPORT, _DESCRIPTION, _CNAME = 200, 202, 1


def sender_report(ssrc: int, now: float, timestamp: int, packets: int, payload_bytes: int) -> bytes:
    """A compound packet: a report that says `timestamp` is `now` (Unix seconds), and a name."""
    seconds = int(now)
    fraction = int((now - seconds) * (1 << 32))
    report = struct.pack(
        ">BBHIIIIII",
        0x80,
        _SENDER_REPORT,
        6,
        ssrc,
        seconds + _NTP_EPOCH & 0xFFFFFFFF,
        fraction,
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        payload_bytes & 0xFFFFFFFF,
    )
    return report + _description(ssrc)


def _description(ssrc: int, name: bytes = b"farm") -> bytes:
    item = bytes((_CNAME, len(name))) + name
    padded = item + bytes(4 - len(item) % 4)
    return struct.pack(">BBHI", 0x81, _DESCRIPTION, 1 + len(padded) // 4, ssrc) + padded
