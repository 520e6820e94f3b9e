"""Restless texture: where a crowd is too dense to tell people apart, nothing looks the same twice.

Local correlation between successive scans takes no notice of light. Over a packed night market it
is lost for good in 0.6 of the picture; in the busiest other clips (7 walkers on a pavement, three
lanes of motorway) in at most 0.28, in a plaza with six walkers in 0.08.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.light import Plane
from detectors.zone_mask import Mask, ZoneMask, mask_of
from ingest.frame import Grey

WINDOW = (9, 9)
"""Small pixels: a head and shoulders at the distance where detectors give up."""
TEXTURED = 10.0
"""Least standard deviation in the window, grey levels: 0.08 of a car park's asphalt has more."""
LOST = 0.85
MOSTLY = 0.6
SELDOM = 0.3
"""Of the time. In clouds, rain, snow and under a camera that shakes 0.9 to 1.0 of the pixels of a
vehicle that stands are restless for less (0.86 beside the edge of a shadow); of a group that stands
and talks 0.08 to 0.4."""
LEAST_SCANS = 3
ENOUGH_SCANS = 5
"""Before a place is called restless: people who come change as much of it for 6 s."""
TAU = 10.0
"""Seconds over which restlessness must last: a lorry passes in less."""
LONGEST = 2.0
"""Seconds that one picture counts for at most, after however long: what is said rests on ten of
them. At 6 s it rested on three where scans were irregular, and an overloaded detector found 34 to
90 people among the 7 walkers of a pavement."""


@dataclass(frozen=True, slots=True)
class Restless:
    """`share` (90, 160) 0…1: for how much of the time lately the texture was another one."""

    grey: Grey
    share: Plane
    since: float
    at: float
    """Unix seconds: of the first picture and of the last."""
    scans: int = 0

    @staticmethod
    def first(grey: Grey, now: float) -> Restless:
        return Restless(grey, np.zeros(grey.shape, np.float32), now, now)

    def after(self, grey: Grey, now: float) -> Restless:
        share = self.share.copy()
        changed = np.minimum(_changed(self.grey, grey), 1)
        scans, elapsed = self.scans + 1, min(max(0.0, now - self.at), LONGEST)
        # The plain mean at first, so that the beginning does not count as rest.
        cv2.accumulateWeighted(changed, share, max(1.0 - math.exp(-elapsed / TAU), 1.0 / scans))
        return Restless(grey, share, self.since, now, scans)

    def where(self) -> Mask:
        return mask_of(self.share >= MOSTLY)

    def rests(self) -> Mask:
        """Where a thing looks the same most of the time, whatever light falls on it; everywhere
        while too few scans were compared."""
        return mask_of((self.share < SELDOM) | (self.scans < LEAST_SCANS))

    def part_of(self, zone: ZoneMask) -> float:
        """The restless share of a zone, 0…1; 0 while too few scans were compared."""
        if self.scans < ENOUGH_SCANS:
            return 0.0
        return cv2.countNonZero(self.where() & zone.pixels) / zone.area


def _changed(before: Grey, now: Grey) -> Mask:
    """Where there is texture and it does not correlate with what was there before."""
    one, other = before.astype(np.float32), now.astype(np.float32)
    mean_one, mean_other = _blur(one), _blur(other)
    var_one = _blur(one * one) - mean_one * mean_one
    var_other = _blur(other * other) - mean_other * mean_other
    together = _blur(one * other) - mean_one * mean_other
    alike = together > LOST * np.sqrt(np.maximum(var_one, 1.0) * np.maximum(var_other, 1.0))
    return mask_of((np.maximum(var_one, var_other) > TEXTURED * TEXTURED) & ~alike)


def _blur(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(plane, WINDOW), np.float32)
