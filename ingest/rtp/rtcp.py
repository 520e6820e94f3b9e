"""RTCP sender reports (RFC 3550 §6.4.1): where a camera says what its clock means."""

from __future__ import annotations

from struct import Struct

_SENDER_REPORT = 200
_NTP_TO_UNIX = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905 §6)."""
_REPORT = Struct(">BBHIIII")


def sender_report(packet: memoryview) -> tuple[int, float] | None:
    """(RTP timestamp, Unix seconds) of the sender report that opens a packet, or None."""
    if len(packet) < _REPORT.size:
        return None
    first, kind, _, _, seconds, fraction, timestamp = _REPORT.unpack_from(packet)
    if first >> 6 != 2 or kind != _SENDER_REPORT or seconds == 0:
        return None
    return timestamp, seconds - _NTP_TO_UNIX + fraction / 2**32
