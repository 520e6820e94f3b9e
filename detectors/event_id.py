"""UUIDv7 (RFC 9562 §5.7): ids that sort by the moment at which they were made."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from threading import Lock
from uuid import UUID

_RANDOM_BITS = 74
"""rand_a (12 bits) and rand_b (62 bits), taken together as one number (RFC 9562 §5.7)."""
_STEP_BITS = 32
"""How far a second id of one millisecond may jump ahead of the first: RFC 9562 §6.2 method 2 asks
for a random increment so that the next id cannot be guessed; 2^42 of them fit into 74 bits."""


class EventIds:
    """Makes UUIDv7s that grow strictly within a process, also when the clock steps back."""

    def __init__(
        self, clock: Callable[[], float], random_bits: Callable[[int], int] = secrets.randbits
    ) -> None:
        """`clock` gives Unix seconds; `random_bits(n)` a number of n random bits."""
        self._clock = clock
        self._random_bits = random_bits
        self._lock = Lock()
        self._milliseconds = -1
        self._random = 0

    def next(self) -> UUID:
        """A new id, greater than every id that this object gave before."""
        with self._lock:
            now = int(self._clock() * 1000)
            if now > self._milliseconds:
                self._milliseconds, self._random = now, self._random_bits(_RANDOM_BITS)
            else:
                self._advance()
            return compose(self._milliseconds, self._random)

    def _advance(self) -> None:
        self._random += 1 + self._random_bits(_STEP_BITS)
        if self._random >> _RANDOM_BITS:
            # Used up (RFC 9562 §6.2, counter rollover): borrow from the next millisecond.
            self._milliseconds += 1
            self._random = self._random_bits(_RANDOM_BITS)


def compose(milliseconds: int, random: int) -> UUID:
    """A UUIDv7 of 48 bits of Unix milliseconds and 74 bits of anything."""
    rand_a, rand_b = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
