"""A picture that never changes: the camera sends, but no longer sees.

A real sensor is never still. Noise moves every keyframe in a third of its 14,400 grey cells even
where an empty car park is coded poorly (least of all shared clips at 2 s steps: 3,824), so that
two keyframes that are the same in every cell were not taken one after the other. Pictures between
keyframes prove nothing: encoders skip what changes little, and repeat the last picture exactly.

What this cannot see is a sensor that stands still before an encoder at a constant bit rate: that
one writes the same picture anew each time, a little differently, and looks like a quiet night.
"""

from __future__ import annotations

import zlib

import cv2

from ingest.condition.policy import ConditionPolicy
from ingest.frame import Grey

LEAST_CONTRAST = 4.0
"""Grey levels of deviation. In the dark a camera may send the same black again and again: that is
for the judges of covered pictures."""


class Freeze:
    """Remembers one number of the last keyframe, and since when it has been the same."""

    __slots__ = ("_count", "_print", "_since", "since")

    def __init__(self) -> None:
        self.since: float | None = None
        """Since when the picture stands still; None while it does not."""
        self._print: int | None = None
        self._since = 0.0
        self._count = 0

    def look(self, grey: Grey, now: float, policy: ConditionPolicy) -> None:
        """Take in a keyframe's (90, 160) grey picture, taken at `now`."""
        print_ = zlib.crc32(grey.data)
        if print_ != self._print or now < self._since:
            self._print, self._since, self._count, self.since = print_, now, 1, None
            return
        self._count += 1
        held = now - self._since >= policy.frozen_after and self._count >= policy.frozen_keyframes
        if self.since is None and held and _shows_something(grey):
            self.since = self._since


def _shows_something(grey: Grey) -> bool:
    return float(cv2.meanStdDev(grey)[1][0, 0]) >= LEAST_CONTRAST
