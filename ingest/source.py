"""The one interface behind which every kind of camera stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from ingest.media import StreamInfo
from ingest.rtp.payload import NalUnit


class Drop(StrEnum):
    """Why something that came was not used; the keys of every drop counter."""

    SEQUENCE_GAP = "sequence_gap"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    GARBAGE = "garbage"
    NO_KEYFRAME = "no_keyframe"
    AFTER_LOSS = "after_loss"
    INBOX_FULL = "inbox_full"
    RING_FULL = "ring_full"
    SUPERSEDED = "superseded"
    UNDECODABLE = "undecodable"
    SINK_ERROR = "sink_error"


class WireUnit(NamedTuple):
    """One coded picture as its source delivered it, not unpacked until somebody wants it.

    A tuple, since 10,000 a second are made and a frozen dataclass costs five times as much.

    `wire` is a `Stream`'s own form. `timestamp` is 90 kHz and never wraps; `captured_at` is Unix
    seconds. Not `intact`: a picture was lost between it and the keyframe before it.
    """

    wire: bytes
    keyframe: bool
    timestamp: int
    captured_at: float
    intact: bool = True


@dataclass(frozen=True, slots=True)
class Stream:
    """What a connected source sends.

    `unwrap` makes NAL units of a unit's `wire`; it raises PayloadError and nothing else, and
    may be called from any thread.
    """

    info: StreamInfo
    unwrap: Callable[[bytes], list[NalUnit]]


@dataclass(slots=True)
class SourceCounters:
    """What a source has taken in, kept by the camera over all its connections."""

    received_bytes: int = 0
    units: int = 0
    drops: Counter[Drop] = field(default_factory=Counter)


class Source(Protocol):
    """One connection to one camera. Made, polled and closed by the reader thread alone."""

    stream: Stream | None
    """None until the source knows what it will send."""
    lossless: bool
    """A file: it waits until its last keyframe was looked at, instead of losing it."""

    def read(self, now: float) -> Sequence[WireUnit]:
        """Whatever has come since the last call. Never blocks.

        Raises:
            SourceError: the connection is over; the source needs only to be closed.
        """

    @property
    def settled(self) -> bool:
        """False while connecting, when waiting for the next tick would cost a second or two."""

    def close(self) -> None:
        """Say goodbye and let go of everything. May be called at any time, more than once."""
