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
    """Why something that came was not used; the keys of every drop counter.

    A packet is dropped with the damaged unit that it belongs to, for that unit's reason, or alone.
    A unit is dropped before the ring, or refused by it; a picture at its scan.
    """

    SEQUENCE_GAP = "sequence_gap"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    GARBAGE = "garbage"
    LATE = "late"
    """A packet that came after it was given up (over TCP, twice)."""
    UNANNOUNCED = "unannounced"
    """A packet before the camera said what it sends."""
    DISCONNECTED = "disconnected"
    """A packet of the unit that was being received when the connection ended; a unit that came
    with the end."""
    INBOX_FULL = "inbox_full"
    NO_KEYFRAME = "no_keyframe"
    AFTER_LOSS = "after_loss"
    SUPERSEDED = "superseded"
    UNDECODABLE = "undecodable"
    SINK_ERROR = "sink_error"
    DUPLICATE = "duplicate"
    """A UDP packet came twice."""
    FOREIGN = "foreign"
    """A UDP packet came from somebody who is not the camera."""
    SOCKET_FULL = "socket_full"
    """A UDP packet found no room: it was lost by this machine."""


SCAN_DROPS = frozenset({Drop.SUPERSEDED, Drop.UNDECODABLE, Drop.SINK_ERROR})
"""Pictures that were chosen for a scan and not looked at. They lie in the ring all the same."""


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
    """What one camera sent and what became of it, over all its connections. Two ledgers:

    - packets == packets_used + sum(packets_dropped) + packets_pending. A packet is one RTP packet
      of the video (other channels and frames too short for RTP are none). It is used when the
      access unit that it belongs to was handed on, pending while that unit is being received.
      With UDP those are counted too that came to this machine and found no room.
      Sources that get whole pictures from FFmpeg count no packets.
    - units == units_kept + the `drops` that are not SCAN_DROPS. A unit is a picture whose end has
      come, whole or damaged. It is kept when the ring took it; units_aged of those have made room
      for newer ones since, which is no loss.

    `drops` counts units, and under SCAN_DROPS the pictures that were chosen and not looked at.
    Both ledgers are even whenever the reader thread has done with a camera's turn.
    """

    connections: int = 0
    """How often the camera's port was asked for a connection."""
    received_bytes: int = 0
    packets: int = 0
    packets_used: int = 0
    packets_pending: int = 0
    packets_dropped: Counter[Drop] = field(default_factory=Counter)
    units: int = 0
    units_kept: int = 0
    units_aged: int = 0
    drops: Counter[Drop] = field(default_factory=Counter)

    def drop_packets(self, reason: Drop, count: int = 1) -> None:
        """Packets came, or were lost by this machine, that belong to no unit."""
        self.packets += count
        self.packets_dropped[reason] += count

    def use_unit(self) -> None:
        """A picture has ended and is handed on, with all packets that it had."""
        self.units += 1
        self.packets_used += self.packets_pending
        self.packets_pending = 0

    def drop_unit(self, reason: Drop) -> None:
        """A picture has ended and is not handed on, with all packets that it had."""
        self.units += 1
        self.drops[reason] += 1
        self.drop_pending(reason)

    def drop_pending(self, reason: Drop) -> None:
        """The packets of the unit that is being received are given up."""
        if self.packets_pending:
            self.packets_dropped[reason] += self.packets_pending
            self.packets_pending = 0


class Source(Protocol):
    """One connection to one camera. Made, polled and closed by the reader thread alone."""

    stream: Stream | None
    """None until the source knows what it will send."""
    lossless: bool
    """A file: it waits until its last keyframe was looked at, instead of losing it."""

    @property
    def trouble(self) -> str:
        """What is wrong with a camera that sends all the same, in words; usually empty."""

    @property
    def patient(self) -> bool:
        """Whether it may be left alone for two ticks: what comes is kept for it elsewhere."""

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
