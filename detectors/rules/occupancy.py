"""How many people the foreground of a zone amounts to, without telling one from another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.background import Background, Plane
from detectors.blobs import Blobs
from detectors.calibration import PersonSize
from detectors.zone_mask import Mask, ZoneMask, mask_of

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


@dataclass(frozen=True, slots=True)
class Occupancy:
    """`presence` (90, 160) 0…1: for how much of the time lately a pixel was covered."""

    presence: Plane

    @staticmethod
    def first(background: Background) -> Occupancy:
        return Occupancy(np.zeros_like(background.long))

    def after(self, covered: Mask, elapsed: float, tau: float) -> Occupancy:
        presence = self.presence.copy()
        share = 1.0 - math.exp(-elapsed / tau)
        cv2.accumulateWeighted(np.minimum(covered, 1), presence, share)
        return Occupancy(presence)

    def people(self, covered: Mask, still: Mask, size: PersonSize) -> float:
        """People in small groups, wherever they walk, and in large ones as far as these stay."""
        if not covered.any():
            return 0.0
        blobs = Blobs.of(covered)
        stays = covered & mask_of(self.presence >= STAYS)
        moving, standing = blobs.count(stays & ~still), blobs.count(stays & still)
        one = size.area[np.rint(blobs.middles).astype(np.int64)]
        small = blobs.areas / one
        large = moving / one + np.minimum(standing / one, LARGEST_GROUP)
        people = np.where(small <= LARGEST_GROUP, small, large)
        return float(people[people >= SMALLEST].sum())

    def packed(self, zone: ZoneMask) -> float:
        """The share of the zone that is covered for most of the time, 0…1."""
        return cv2.countNonZero(mask_of(self.presence >= STAYS) & zone.pixels) / zone.area
