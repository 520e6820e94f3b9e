"""Coded video as it travels through the house: codecs, stream parameters, access units."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CLOCK_RATE = 90_000
"""RTP clock of every video payload format in use here (RFC 6184 §8.2.1, RFC 7798 §7.1)."""


class Codec(StrEnum):
    H264 = "h264"
    H265 = "h265"


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What must be known of a stream before its first picture.

    `parameter_sets` are NAL units without start codes, in decoding order (VPS,) SPS, PPS; empty
    until the stream or its SDP has said them. Width and height are pixels, 0 while unknown.
    """

    codec: Codec
    parameter_sets: tuple[bytes, ...] = ()
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture: Annex B bytes, decodable alone when `keyframe`.

    `timestamp` counts 90 kHz ticks and never wraps (the 32-bit RTP timestamp, extended).
    `captured_at` is Unix seconds, the RTP timestamp laid onto our own clock.
    """

    data: bytes
    keyframe: bool
    timestamp: int
    captured_at: float
