"""What the walker must know of a payload format, as tables that cost one look a packet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from ingest.media import Codec


class PayloadError(ValueError):
    """An access unit's packets do not make NAL units; the unit must be dropped."""


class Sight(IntEnum):
    """What the first bytes of a payload tell of the picture that it belongs to."""

    NOTHING = 0
    """Parameter sets, delimiters, SEI: no part of the picture itself."""
    DELTA = 1
    KEY = 2
    FRAGMENT = 3
    """The kind stands in the fragment's header."""
    AGGREGATE = 4
    """Several NAL units, to be looked at one by one."""


NalUnit = bytes | memoryview


@dataclass(frozen=True, slots=True)
class PayloadFormat:
    """One codec's RTP payload format.

    `first` maps a payload's first byte to a `Sight`, `fragment` maps the fragment header, which
    lies at `fragment_at`. `aggregate` yields the NAL units of an aggregation packet and `unpack`
    the NAL units of a whole access unit; both raise PayloadError.
    """

    codec: Codec
    first: bytes
    fragment: bytes
    fragment_at: int
    aggregate: Callable[[memoryview], Iterator[memoryview]]
    unpack: Callable[[Iterator[memoryview]], list[NalUnit]]

    def look(self, payload: memoryview) -> Sight:
        """What a payload holds; NOTHING where it is too short to tell."""
        if not payload:
            return Sight.NOTHING
        sight = self.first[payload[0]]
        if sight == Sight.FRAGMENT:
            if len(payload) <= self.fragment_at:
                return Sight.NOTHING
            return Sight(self.fragment[payload[self.fragment_at]])
        if sight == Sight.AGGREGATE:
            return self._look_into(payload)
        return Sight(sight)

    def _look_into(self, payload: memoryview) -> Sight:
        best = Sight.NOTHING
        try:
            for nal in self.aggregate(payload):
                kind = Sight(self.first[nal[0]])
                if kind <= Sight.KEY:
                    best = max(best, kind)
        except PayloadError:
            return best
        return best


def length_prefixed(payload: memoryview, start: int) -> Iterator[memoryview]:
    """The 16-bit length-prefixed NAL units of an aggregation packet (RFC 6184 §5.7.1).

    Raises:
        PayloadError: a length is zero or runs past the end.
    """
    position, end = start, len(payload)
    while position < end:
        if end - position < 2:
            raise PayloadError("an aggregation packet ends within a length")
        length = payload[position] << 8 | payload[position + 1]
        position += 2
        if length == 0 or length > end - position:
            raise PayloadError("an aggregation packet's length runs past its end")
        yield payload[position : position + length]
        position += length
