"""Whether what looks like a thing now was light a moment ago.

A shadow's edge on ground of much grain looks like a thing in one picture of many. What was light is
a thing only when as many scans in a row have said so; and where a thing comes to stand in a patch
of light, its dwell is its own and not that of the patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.rules.place import GROWN, Place
from detectors.zone_mask import Mask, mask_of

MOST = 3
"""Scans."""


@dataclass(frozen=True, slots=True)
class Distrust:
    """`scans`, (90, 160): how many must call each pixel a thing before it is believed; None where
    nothing was light."""

    scans: Mask | None = None

    def after(self, light: Mask | None, things: Mask | None, foreground: Mask) -> Distrust:
        """With what one more picture shows. What is like the place again starts anew."""
        scans = self.scans
        if light is not None:
            alone = light if things is None else light & ~things
            before = np.uint8(0) if scans is None else scans
            scans = np.asarray(np.minimum(before + (alone & 1), MOST), np.uint8)
        if scans is None:
            return self
        if things is not None:
            scans = np.asarray(cv2.subtract(scans, things & 1), np.uint8)
        scans = np.asarray(cv2.bitwise_and(scans, scans, mask=foreground), np.uint8)
        return Distrust(scans) if cv2.countNonZero(scans) else TRUSTING

    def of(self, place: Place) -> bool:
        """Whether most of it was light lately."""
        return self.scans is not None and place.share(self.scans) > 0.5

    def apart(self, place: Place) -> Iterator[Mask]:
        """What of it was light lately, and what was not; nothing where it is nearly all the one or
        the other."""
        if self.scans is None:
            return
        doubted = mask_of(self.scans > 0) & place.mask
        if 1.0 - 1.0 / GROWN < place.share(doubted) < 1.0 / GROWN:
            yield doubted
            yield place.mask ^ doubted


TRUSTING = Distrust()
