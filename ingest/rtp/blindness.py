"""Whether a camera can be seen at all: after a loss nothing can, until its next keyframe.

With a GOP of 2 s nobody notices. Smart codecs send a keyframe every 10 to 60 s: one lost packet
then costs up to a minute. A camera that honours picture loss indications sends one at once, and
nearly every camera begins a new connection with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from ingest.source import WireUnit

ASK_AFTER = 0.5
"""Seconds blind before a keyframe is asked for: a camera with short GOPs sends one by itself."""
RENEW_AFTER = 5.0
"""Seconds blind before the connection is made anew: one more than the usual `scan_interval`."""
RENEW_SPACING = 60.0
"""Seconds between two connections made for a keyframe: on a bad line every one of them loses
packets, and cameras with many viewers refuse the next."""


class Remedy(Enum):
    """What can be done to see again."""

    ASK = auto()
    """Ask for a keyframe."""
    RENEW = auto()
    """Make the connection anew."""


class Blindness:
    """One camera's keyframes, over all the connections that its source makes; seconds throughout.

    A camera that begins no connection with a keyframe gains nothing from another one: it is
    renewed no more.
    """

    __slots__ = ("_asked", "_key_at", "_period", "_renewed_at", "_since", "_useless")

    def __init__(self) -> None:
        self._key_at: float | None = None
        self._period: float | None = None
        self._since: float | None = None
        self._asked = False
        self._renewed_at: float | None = None
        self._useless = False

    def see(self, units: Sequence[WireUnit], now: float) -> None:
        """Take the units that came."""
        for unit in units:
            if unit.keyframe:
                self._see_keyframe(now)
            elif self._since is None and (self._key_at is None or not unit.intact):
                # A connection that begins without a keyframe is as blind as one with a loss.
                self._useless = self._useless or self._key_at is None
                self._since, self._asked = now, False

    def remedy(self, now: float) -> Remedy | None:
        """What is to be done now, each time once."""
        if self._since is None:
            return None
        blind = now - self._since
        if not self._asked and blind >= ASK_AFTER:
            self._asked = True
            return Remedy.ASK
        if blind < RENEW_AFTER or self._useless or self._is_near(now):
            return None
        if self._renewed_at is not None and now - self._renewed_at < RENEW_SPACING:
            return None
        self._renewed_at = now
        self._key_at = self._since = None
        return Remedy.RENEW

    def reason(self, now: float) -> str:
        """In words, for the camera's health page; empty while it is seen."""
        if self._since is None or now - self._since < RENEW_AFTER:
            return ""
        # In coarse steps: it is told whenever it changes.
        blind = f"blind for over {(now - self._since) // RENEW_AFTER * RENEW_AFTER:.0f} s"
        if self._key_at is None:
            return f"{blind}: it has sent no keyframe yet; set a shorter keyframe interval"
        every = f" (every {self._period:.0f} s)" if self._period else ""
        return f"{blind}: a packet was lost, and its next keyframe{every} has not come"

    def _see_keyframe(self, now: float) -> None:
        if self._key_at is not None:
            self._period = now - self._key_at
        self._key_at = now
        self._since = None

    def _is_near(self, now: float) -> bool:
        """Whether the next keyframe comes sooner than a new connection would bring one."""
        if self._key_at is None or self._period is None:
            return False
        return 0.0 <= self._key_at + self._period - now < RENEW_AFTER
