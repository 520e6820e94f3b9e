"""Puts UDP's packets back in order: a small window, and a short wait for what is missing."""

from __future__ import annotations

from enum import Enum, auto

WINDOW = 128
"""Packets. Switches and radio links swap neighbours; 128 are 0.3 s of a 4 Mb/s stream, more than
anything that was only swapped."""
PATIENCE = 0.1
"""Seconds. A missing packet that has not come by then was lost. Packets are read in batches, so it
ends with the second batch after the gap."""

_BACKWARDS = 0x8000
_HISTORY = (1 << WINDOW) - 1


class Place(Enum):
    """What became of a packet that was not the next one."""

    HELD = auto()
    """It waits for one before it, or can be drained at once."""
    LATE = auto()
    """It was waited for in vain, or is from before the first packet."""
    DUPLICATE = auto()
    """It came before."""


class ReorderWindow:
    """Sequence numbers in, as they come; packets out, in order. Knows no socket and no clock.

    A packet in order is never copied: `passes` says that it may be used where it lies. A number
    more than a window ahead is a long gap, two in a row far behind are a sender that began anew:
    what was waited for is given up (RFC 3550 appendix A.1).
    """

    __slots__ = ("_expected", "_held", "_ready", "_restart", "_seen", "_since")

    def __init__(self) -> None:
        self._expected = -1
        self._held: dict[int, bytes] = {}
        self._ready: list[bytes] = []
        # One bit for each number before the expected one, the lowest for the last: whether it
        # came (as in RFC 3711 §3.3.2).
        self._seen = 0
        self._since = 0.0
        self._restart = -1

    @property
    def held(self) -> int:
        """Packets that wait."""
        return len(self._held) + len(self._ready)

    def passes(self, sequence: int) -> bool:
        """Whether the packet with this number (16 bits) is the next one and nothing waits."""
        if sequence != self._expected and self._expected >= 0:
            return False
        if self._held or self._ready:
            return False
        self._advance(sequence)
        return True

    def put(self, sequence: int, packet: memoryview, now: float) -> Place:
        """Take a packet that did not pass; `now` in seconds. Ask `drain` afterwards."""
        ahead = (sequence - self._expected) & 0xFFFF
        if ahead >= _BACKWARDS:
            return self._behind(sequence, 0x10000 - ahead, packet)
        if sequence in self._held:
            return Place.DUPLICATE
        if not self._held:
            self._since = now
        self._held[sequence] = bytes(packet)
        if ahead >= WINDOW:
            self._give_up()
        return Place.HELD

    def drain(self, now: float) -> list[bytes]:
        """What is in order now, or has waited long enough for one that is missing."""
        if self._held:
            self._close_holes(now)
            if self._held and now - self._since >= PATIENCE:
                self._skip_hole(now)
        ready, self._ready = self._ready, []
        return ready

    def _behind(self, sequence: int, distance: int, packet: memoryview) -> Place:
        if distance <= WINDOW:
            return Place.DUPLICATE if self._seen >> (distance - 1) & 1 else Place.LATE
        if sequence != self._restart:
            self._restart = (sequence + 1) & 0xFFFF
            return Place.LATE
        self._give_up()
        self._seen = 0
        self._advance(sequence)
        self._ready.append(bytes(packet))
        return Place.HELD

    def _close_holes(self, now: float) -> None:
        while (packet := self._held.pop(self._expected, None)) is not None:
            self._ready.append(packet)
            self._advance(self._expected)
            self._since = now

    def _skip_hole(self, now: float) -> None:
        nearest = min(self._held, key=lambda number: (number - self._expected) & 0xFFFF)
        missing = (nearest - self._expected) & 0xFFFF
        self._seen = self._seen << missing & _HISTORY
        self._expected = nearest
        self._close_holes(now)

    def _give_up(self) -> None:
        """Wait for nothing any more."""
        while self._held:
            self._skip_hole(self._since)

    def _advance(self, sequence: int) -> None:
        self._seen = (self._seen << 1 | 1) & _HISTORY
        self._expected = (sequence + 1) & 0xFFFF
