"""A picture that never changes: the camera sends, but no longer sees.

A real sensor is never still. Noise moves every keyframe in a third of its 14,400 grey cells even
where an empty car park is coded poorly (least of all shared clips at 2 s steps: 3,824), so that
two keyframes that are the same in every cell were not taken one after the other. Pictures between
keyframes prove nothing: encoders skip what changes little, and repeat the last picture exactly.
They can refute it: a short film in a loop shows the same keyframe whenever it is looked at, and
something moves in between. So the pictures of one whole GOP are compared before it is said; where
GOPs are so long that the ring forgets them, those that the scans between keyframes decode anyway.

What this cannot see is a sensor that stands still before an encoder at a constant bit rate: that
one writes the same picture anew each time, a little differently, and looks like a quiet night.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import cv2
import numpy as np

from ingest.condition.policy import ConditionPolicy
from ingest.frame import Grey

LEAST_CONTRAST = 4.0
"""Grey levels of deviation. In the dark a camera may send the same black again and again: that is
for the judges of covered pictures."""
CHANGE = 18
"""Grey levels by which a cell changes when something moves. A still picture that is coded ever
more finely within its GOP stays below 6 at 512 kb/s."""
STIRRED = 3
"""Cells of 14,400 that may change within a GOP of a still picture."""


class Freeze:
    """Remembers one number of the last keyframe, and since when it has been the same."""

    __slots__ = ("_count", "_first", "_print", "_since", "_stirs", "doubted", "since")

    def __init__(self) -> None:
        self.since: float | None = None
        """Since when the picture stands still; None while it does not."""
        self.doubted = False
        """Keyframes are the same: the pictures between them are to be shown to `prove`."""
        self._print: int | None = None
        self._since = 0.0
        self._count = 0
        self._first: Grey | None = None
        self._stirs = False

    def look(self, grey: Grey, now: float, policy: ConditionPolicy) -> None:
        """Take in a keyframe's (90, 160) grey picture, taken at `now`."""
        print_ = zlib.crc32(grey.data)
        first, self._first = self._first, None
        if print_ != self._print or now < self._since:
            self._print, self._since, self._count = print_, now, 1
            self.since, self.doubted = None, False
            return
        self._count += 1
        if first is not None:
            self._decide(still=not self._stirs)
            return
        held = now - self._since >= policy.frozen_after and self._count >= policy.frozen_keyframes
        self.doubted = self.since is None and held and _shows_something(grey)

    def prove(self, gop: Iterable[Grey]) -> None:
        """Take in the pictures of the last whole GOP, in order: does anything move in them?"""
        self._first = None
        self._decide(still=self._is_still(gop))

    def follow(self, grey: Grey) -> None:
        """Take in a picture of the GOP that is being received, each from its keyframe on.

        A long GOP may have left the ring before its end; what was decoded of it is as good a
        proof. It is believed at the next keyframe.
        """
        if self._first is None:
            self._first, self._stirs = grey, zlib.crc32(grey.data) != self._print
        else:
            self._stirs = self._stirs or _moved(self._first, grey)

    def _decide(self, *, still: bool) -> None:
        self.doubted = False
        if still:
            self.since = self._since
        else:
            self._print = None

    def _is_still(self, gop: Iterable[Grey]) -> bool:
        first: Grey | None = None
        for grey in gop:
            if first is None:
                first = grey
                if zlib.crc32(grey.data) != self._print:
                    return False
            if _moved(first, grey):
                return False
        return first is not None


def _moved(first: Grey, grey: Grey) -> bool:
    return int(np.count_nonzero(cv2.absdiff(first, grey) > CHANGE)) > STIRRED


def _shows_something(grey: Grey) -> bool:
    return float(cv2.meanStdDev(grey)[1][0, 0]) >= LEAST_CONTRAST
