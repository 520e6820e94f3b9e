"""How many people the foreground of a zone amounts to, without telling one from another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.background import NOTHING, TICK, Background
from detectors.blobs import Blobs
from detectors.calibration import PersonSize
from detectors.light import Plane
from detectors.zone_mask import Mask, mask_of

LARGEST_GROUP = 5.0
"""A blob of more people's area than this may be a vehicle (a car seen from the side covers ten):
it counts only where it stays."""
SMALLEST = 0.3
"""Less of a person than this is a bird, a bag, or the codec."""
STAYS = 0.5
"""…which is where the foreground was seen in at least this share of the time. In the
busiest hundredth of bgs_highway a pixel is covered for 0.27 of it."""
STILL = 10.0
"""Seconds. People sway, and a parked car does not: of the pixels of a parked car 0.7 to 1.0 stand
still for so long, of a group that stands and talks 0.5 to 0.8. That is too close to tell them
apart, so the still part of a blob counts as a small group at most: one car is no gathering."""

FORGOTTEN = 0.01
"""Of the time: no pixel that was covered for less decides anything."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """For how much of the time lately each pixel was covered: `seen` (90, 160), of `whole`."""

    seen: Plane | None = None
    """None while nothing was covered lately."""
    whole: float = 1.0
    """Shrinks while nothing is covered, so that time alone costs no pass over the plane."""

    def after(self, covered: Mask, elapsed: float, tau: float) -> Occupancy:
        left = math.exp(-elapsed / tau)
        if not cv2.countNonZero(covered):
            gone = self.seen is None or self.whole * left < FORGOTTEN
            return UNOCCUPIED if gone else Occupancy(self.seen, self.whole * left)
        seen = np.zeros(covered.shape, np.float32)
        if self.seen is not None:
            seen = self.seen * np.float32(self.whole)
        cv2.accumulateWeighted(covered & np.uint8(1), seen, 1.0 - left)
        return Occupancy(seen)

    def stays(self) -> Mask:
        """Where something was for most of the time."""
        return self.seen_for(STAYS)

    def seen_for(self, share: float) -> Mask:
        """Where something was for this part of the time, 0 to 1, or more."""
        if self.seen is None:
            return NOTHING
        return mask_of(self.seen >= share / self.whole)

    def people(self, covered: Mask, background: Background, size: PersonSize) -> float:
        """People in small groups, wherever they walk, and in large ones as far as these stay."""
        if not cv2.countNonZero(covered):
            return 0.0
        blobs = Blobs.of(covered)
        one = size.area[np.rint(blobs.middles).astype(np.int64)]
        people = blobs.areas / one
        large = people > LARGEST_GROUP
        if large.any():
            stays = covered & self.stays()
            standing = blobs.count(stays & mask_of(background.still >= STILL / TICK))
            moving = blobs.count(stays) - standing
            stay = moving / one + np.minimum(standing / one, LARGEST_GROUP)
            people = np.where(large, stay, people)
        return float(people[people >= SMALLEST].sum())


UNOCCUPIED = Occupancy()
