"""When to try a camera again after it failed: quickly at first, then patiently, for ever.

700 cameras behind one switch fail and return together. Without jitter they would knock together
too, once a second; with it the first minute's attempts spread over the whole second.
"""

from __future__ import annotations

from collections.abc import Callable

from ingest.health import CameraState

LADDER = ((5, 1.0), (5, 5.0), (10, 10.0))
"""(attempts, seconds between them): a reboot takes a camera 30 to 90 s, a switch less than 5."""
PATIENT = 60.0
"""Seconds between attempts after the ladder, for ever: ARP and SYN packets of 700 dead cameras
are then a dozen a second."""
JITTER = 0.2
"""Every delay is made up to this fraction longer or shorter."""
AFTER_REFUSED_LOGIN = 600.0
"""Seconds. Cameras lock an account after 5 to 7 wrong passwords within 30 minutes; three fit."""
AFTER_UNSUPPORTED = 300.0
"""Seconds. Somebody must change the camera's settings first."""


class ReconnectPolicy:
    """One camera's failures in a row. `random` gives numbers from 0 to 1."""

    __slots__ = ("_failures", "_random")

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._failures = 0

    def delay(self, state: CameraState) -> float:
        """Seconds to wait after one more failure, which left the camera in `state`."""
        if state is CameraState.UNAUTHORISED:
            return self._with_jitter(AFTER_REFUSED_LOGIN)
        if state is CameraState.UNSUPPORTED:
            return self._with_jitter(AFTER_UNSUPPORTED)
        self._failures += 1
        return self._with_jitter(rung(self._failures))

    def succeeded(self) -> None:
        """Pictures come: the next failure begins the ladder again."""
        self._failures = 0

    def _with_jitter(self, seconds: float) -> float:
        return seconds * (1.0 + JITTER * (2.0 * self._random() - 1.0))


def rung(failures: int) -> float:
    """Seconds between attempts after this many failures in a row (1 is the first)."""
    for attempts, seconds in LADDER:
        if failures <= attempts:
            return seconds
        failures -= attempts
    return PATIENT
