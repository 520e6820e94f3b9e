"""How many people the foreground of a zone amounts to, without telling one from another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.background import NOTHING
from detectors.blobs import Blobs
from detectors.calibration import PersonSize
from detectors.light import Plane
from detectors.rules import crowd
from detectors.zone_mask import Mask, ZoneMask, mask_of

LARGEST_GROUP = 5.0
"""A blob of more people's area than this may be a vehicle (a car seen from the side covers ten): it
counts only where it stays."""
SMALLEST = 0.3
"""Less of a person than this is a bird, a bag, or the codec."""
STAYS = 0.5
"""…which is where the foreground was seen in at least this share of the time. In the busiest
hundredth of bgs_highway a pixel is covered for 0.27 of it."""
THING = 0.6
"""A blob of which so much rests is a thing, and what stirs at its rim are reflections. Of vehicles
0.86 and more rest, of groups that stand and talk 0.4 at most."""

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

    def people(
        self, covered: Mask, rests: Mask, zone: ZoneMask, size: PersonSize
    ) -> tuple[float, float]:
        """People in small groups, wherever they walk, and in large ones as far as these stay; and
        how many they would be if all of these stayed.

        People sway, and a vehicle that stands does not: what `rests` of a blob counts as a small
        group at most, so that one car is no gathering. In what is left some hide others.
        """
        if not cv2.countNonZero(covered):
            return 0.0, 0.0
        blobs = Blobs.of(covered)
        one = size.area[np.rint(blobs.middles).astype(np.int64)]
        people = blobs.areas / one
        people = np.where(people >= SMALLEST, people, 0.0)
        large = people > LARGEST_GROUP
        if not large.any():
            return float(people.sum()), float(people.sum())
        stays = covered & self.stays()
        stay, standing = blobs.count(stays) / one, blobs.count(stays & rests) / one
        thing = standing >= THING * stay
        sways = np.where(thing, 0.0, stay - standing) + np.minimum(standing, LARGEST_GROUP)
        crowds = large & ~thing
        hidden = crowd.amount(blobs.part(stays, crowds), zone, size) - float(sways[crowds].sum())
        counted = float(np.where(large, sways, people).sum()) + max(0.0, hidden)
        return counted, float(people.sum())


UNOCCUPIED = Occupancy()
