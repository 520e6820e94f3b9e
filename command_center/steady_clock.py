"""The present moment, undisturbed by a clock that is set while the command center runs.

NTP, an administrator or a resumed virtual machine may set a clock by an hour in an instant.
Forward, everything due within the hour would be overdue at once and every shard silent for an hour;
back, nothing would be due for an hour. Elapsed time knows of no setting: what it and the clock
disagree about by more than a drift is a step, and is left out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=2)
"""Between two looks, a second apart as a rule. A clock that is slewed runs wrong by 500 ppm (the
kernel's limit, adjtimex(2)), and half a millisecond a second is followed; a leap second is one."""


def elapsed() -> float:
    """Seconds since the machine started, those included in which it was suspended (Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def wall() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """Goes by the machine's clock as long as that is not set, and by elapsed time from there on.

    A clock that is set back to what it was is followed again. One that stays has to be accepted by
    starting the process anew: nobody here can tell which of the two times is the right one.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = wall,
        elapsed: Callable[[], float] = elapsed,
    ) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._seen, self._at = wall(), elapsed()
        self._step = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """The moment, with time zone."""
        with self._lock:
            seen, at = self._wall(), self._elapsed()
            jump = seen - self._seen - timedelta(seconds=at - self._at)
            self._seen, self._at = seen, at
            if abs(jump) > TOLERANCE:
                self._step += jump
                if abs(self._step) <= TOLERANCE:
                    self._step = timedelta()
            return seen - self._step

    def wall(self) -> datetime:
        """What the machine's clock says, set or not: what is agreed upon with other machines, whose
        clocks nobody has set."""
        return self._wall()

    @property
    def step(self) -> timedelta:
        """How far the machine's clock was set since the start, as of the last look; ahead of what
        is gone by here if positive."""
        return self._step


def machine_time(clock: Callable[[], datetime]) -> datetime:
    """The moment to sign and to check signatures by, of a clock that may be a steady one."""
    return clock.wall() if isinstance(clock, SteadyClock) else clock()
