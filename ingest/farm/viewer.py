"""One client that watches one camera: its place in the stream, and what it could not take."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from typing import Protocol

from ingest.farm import rtcp
from ingest.farm.packetise import PacketisedPicture
from ingest.media import CLOCK_RATE

BACKLOG_LIMIT = 512 * 1024
"""Bytes that wait for a slow client, 8 s of 512 kb/s, before pictures are dropped."""

WRAPS_AFTER = 2 * CLOCK_RATE
"""90 kHz ticks from the first picture of a session that is to wrap to the wrap."""


class Wire(Protocol):
    """A connection as a viewer sees it: it takes everything and says how much still waits."""

    @property
    def backlog(self) -> int: ...

    def write(self, data: bytes | bytearray) -> None: ...


@dataclass(slots=True)
class Counters:
    """What was sent, and what was dropped because the client was slow."""

    pictures: int = 0
    packets: int = 0
    bytes: int = 0
    dropped_pictures: int = 0
    dropped_packets: int = 0


class Viewer:
    """Sends pictures to a client from a keyframe on.

    A client that is too slow loses whole GOPs, never part of a packet; its sequence numbers go on
    as if the packets had been sent, so that it sees the loss.
    """

    def __init__(self, wire: Wire, channel: int, *, wraps: bool = False) -> None:
        """`wraps`: its sequence numbers and timestamps wrap within two seconds."""
        self.channel = channel
        self.sequence = (1 << 16) - 40 if wraps else secrets.randbelow(1 << 16)
        self.first_timestamp = secrets.randbits(32)
        self._wraps = wraps
        self.ssrc = secrets.randbits(32)
        self.counters = Counters()
        self._wire = wire
        self._waiting = True
        self._behind = False
        self._next_report = 0.0

    def wait_for_keyframe(self) -> None:
        """Pictures were left out: go on at the next that can be decoded alone."""
        self._waiting = True

    def send(self, picture: PacketisedPicture, ticks: int) -> None:
        """Send or drop a picture; `ticks` counts on over loops."""
        if self._waiting and not picture.keyframe:
            if self._behind:
                self._drop(picture)
            return
        if self._wire.backlog > (0 if self._behind else BACKLOG_LIMIT):
            self._waiting = self._behind = True
            self._drop(picture)
            return
        self._waiting = self._behind = False
        if self._wraps:
            self._wraps = False
            self.first_timestamp = (1 << 32) - WRAPS_AFTER - ticks
        timestamp = self.first_timestamp + ticks
        self._wire.write(picture.address(self.channel, self.sequence, timestamp, self.ssrc))
        self._count(picture)

    def report(self, now: float, ticks: int) -> None:
        """Send a sender report when one is due."""
        if now < self._next_report or self._wire.backlog:
            return
        self._next_report = now + rtcp.INTERVAL
        done = self.counters
        packet = rtcp.sender_report(
            self.ssrc, now, self.first_timestamp + ticks, done.packets, done.bytes
        )
        self._wire.write(struct.pack(">cBH", b"$", self.channel + 1, len(packet)) + packet)

    def disturb(self, data: bytes) -> None:
        """Put a fault's bytes onto the connection."""
        self._wire.write(data)

    def _drop(self, picture: PacketisedPicture) -> None:
        self.sequence += len(picture.offsets)
        self.counters.dropped_pictures += 1
        self.counters.dropped_packets += len(picture.offsets)

    def _count(self, picture: PacketisedPicture) -> None:
        self.sequence += len(picture.offsets)
        self.counters.pictures += 1
        self.counters.packets += len(picture.offsets)
        self.counters.bytes += len(picture.packets)
