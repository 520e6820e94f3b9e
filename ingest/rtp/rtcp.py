"""RTCP (RFC 3550 §6): where a camera says what its clock means, and how we answer it."""

from __future__ import annotations

from struct import Struct

REPORT_INTERVAL = 5.0
"""Seconds between receiver reports: the least that RFC 3550 §6.2 recommends. Some servers end a
UDP session that is silent for as long as its timeout, whatever is said on the RTSP connection."""

_SENDER_REPORT = 200
_RECEIVER_REPORT = 201
_DESCRIPTION = 202
_PAYLOAD_FEEDBACK = 206
_CNAME = 1
_NTP_TO_UNIX = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905 §6)."""
_REPORT = Struct(">BBHIIII")
_RECEPTION = Struct(">BBHIIIIIII")
_FEEDBACK = Struct(">BBHII")


def sender_report(packet: memoryview) -> tuple[int, float] | None:
    """(RTP timestamp, Unix seconds) of the sender report that opens a packet, or None."""
    if len(packet) < _REPORT.size:
        return None
    first, kind, _, _, seconds, fraction, timestamp = _REPORT.unpack_from(packet)
    if first >> 6 != 2 or kind != _SENDER_REPORT or seconds == 0:
        return None
    return timestamp, seconds - _NTP_TO_UNIX + fraction / 2**32


def receiver_report(ours: int, camera: int, highest: int, lost: int) -> bytes:
    """A report on one camera and the name of its writer (RFC 3550 §6.4.2, §6.5).

    `ours` and `camera` are SSRCs, `highest` the highest sequence number that came, `lost` the
    packets that did not. Jitter is not measured, since packets are read in batches.
    """
    lost = min(lost, 0x7FFFFF)
    report = _RECEPTION.pack(
        0x81, _RECEIVER_REPORT, 7, ours, camera, lost, highest & 0xFFFFFFFF, 0, 0, 0
    )
    name = bytes((_CNAME, 7)) + b"fenghuo"
    padded = name + bytes(4 - len(name) % 4)
    head = Struct(">BBHI").pack(0x81, _DESCRIPTION, 1 + len(padded) // 4, ours)
    return report + head + padded


def keyframe_request(ours: int, camera: int) -> bytes:
    """A picture loss indication (RFC 4585 §6.3.1), behind the report that must open a packet."""
    return receiver_report(ours, camera, 0, 0) + _FEEDBACK.pack(
        0x81, _PAYLOAD_FEEDBACK, 2, ours, camera
    )
