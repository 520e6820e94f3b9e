"""Whether the decode threads have time to look at more than they must.

Judged by what it would cost, not by what it costs now: a shard that measured its load while it
looked at every keyframe, found it too high, and measured it again while it did not, went to and
fro every five seconds with 300 cameras, and what it had begun in the one state was stale in the
other (scans 6 s apart instead of 4).
"""

from __future__ import annotations

EAGER_BELOW = 0.5
"""Load of the decode threads, 0 to 1, up to which keyframes are decoded without need: the other
half belongs to detectors, and to the reader thread of a shard that has a core to itself."""
EAGER_AGAIN = 0.4
"""Load below which that begins again: 20 % less, so that two cameras more do not undo it."""
EAGER_LAG = 1.5
"""Seconds from capture until a picture was looked at. More than that while the decode threads
are not busy means that the machine is: 250 cameras that send their keyframes at the same moment
are through in one second."""
LEAN_AT_LEAST = 60.0
"""Seconds after which it is tried again."""


class Pace:
    """Judged every few seconds; belongs to the reader thread."""

    def __init__(self) -> None:
        self.eager = True
        self._lean_until = float("-inf")

    def judge(self, now: float, *, load: float, chosen: int, offered: int, lag: float) -> None:
        """Take a window's measurements.

        `load` is what the decode threads used, 0 to 1, for `chosen` pictures, of `offered` that
        they would have been given for the asking; `lag` is the longest that one had to wait.
        """
        expected = load * max(1.0, offered / chosen) if chosen else load
        if expected >= EAGER_BELOW or lag >= EAGER_LAG:
            self.eager = False
            self._lean_until = now + LEAN_AT_LEAST
        elif now >= self._lean_until and expected < EAGER_AGAIN:
            self.eager = True
