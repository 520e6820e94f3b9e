"""A camera's 32-bit timestamps, unwrapped and laid onto our own clock."""

from __future__ import annotations

from ingest.media import CLOCK_RATE

WINDOW = 10.0
"""Seconds over which the least delayed arrival sets the offset. Crystals drift up to 100 ppm,
1 ms in this time; a server that paused is believed again after two windows."""

JUMP = 10.0
"""Seconds. A timestamp further than this from its arrival belongs to a restarted clock."""

TRUSTED_DELAY = 2.0
"""Seconds by which a sender report may put the capture before the arrival. A camera whose clock
is set by NTP reports 0.05 to 0.5; one that is not is off by minutes or years."""


class StreamClock:
    """Maps RTP timestamps to `captured_at`, Unix seconds, never later than the arrival.

    Arrivals are seen in batches, a tick apart, and may be late but never early. So the smallest
    difference between arrival and timestamp of the last seconds is the offset of the two clocks.
    A sender report (RFC 3550 §6.4.1) is believed when it agrees with the arrivals.
    """

    __slots__ = ("_extended", "_floor", "_last", "_next_floor", "_reported", "_window_end")

    def __init__(self) -> None:
        self._last: int | None = None
        self._extended = 0
        self._floor: float | None = None
        self._next_floor = 0.0
        self._window_end = 0.0
        self._reported: float | None = None

    def extend(self, timestamp: int) -> int:
        """The timestamp (32 bits, 90 kHz) without its wraps; it may step back, as B-frames do."""
        if self._last is None:
            self._extended = timestamp
        else:
            step = (timestamp - self._last) & 0xFFFFFFFF
            self._extended += step - (1 << 32) if step & 0x80000000 else step
        self._last = timestamp
        return self._extended

    def captured_at(self, extended: int, arrived: float) -> float:
        """When a picture was taken, from its extended timestamp and its arrival (Unix seconds)."""
        media = extended / CLOCK_RATE
        offset = arrived - media
        floor = self._floor
        if floor is None or abs(offset - floor) > JUMP:
            self._floor = floor = self._next_floor = offset
            self._window_end = arrived + WINDOW
            self._reported = None
        elif arrived >= self._window_end:
            self._floor = floor = min(self._next_floor, offset)
            self._next_floor = offset
            self._window_end = arrived + WINDOW
        else:
            if offset < floor:
                self._floor = floor = offset
            self._next_floor = min(self._next_floor, offset)
        captured = media + (floor if self._reported is None else self._reported)
        return min(arrived, captured)

    def place(self, timestamp: int, arrived: float) -> tuple[int, float]:
        """A picture's extended timestamp and its time of capture."""
        extended = self.extend(timestamp)
        return extended, self.captured_at(extended, arrived)

    def report(self, timestamp: int, wall: float, arrived: float) -> None:
        """Take a sender report: `timestamp` was the camera's clock at Unix time `wall`."""
        if self._last is None:
            return
        step = (timestamp - self._last) & 0xFFFFFFFF
        extended = self._extended + (step - (1 << 32) if step & 0x80000000 else step)
        agrees = 0.0 <= arrived - wall <= TRUSTED_DELAY
        self._reported = wall - extended / CLOCK_RATE if agrees else None
