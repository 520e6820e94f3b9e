"""How many people a crowd amounts to in which one hides another.

Silhouettes that lie at random on a picture cover a share `c` of it when side by side they would
cover `-ln(1 - c)` of it: the coverage of a Boolean model (Matheron, Random Sets and Integral
Geometry, 1975). People far apart hide nothing of each other: there it is their area alone.
"""

from __future__ import annotations

import cv2
import numpy as np

from detectors.blobs import Blobs
from detectors.calibration import PersonSize
from detectors.detections import Detections
from detectors.zone_mask import Mask, ZoneMask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

SATURATED = 0.98
"""A higher share says no more: behind a picture full of people any number may stand."""
BODIES = 0.6
"""How much of what is unlike the place people cover themselves: the rest are their shadows, the
coder's rim and the ground shut in between legs. Fitted to crowds of 8 to 160 composed in five
places, as `SATURATED` was; `tests/detectors/rules/count_error.py` tells it from other seeds."""
SOME_PEOPLE = 3
"""What covers more than so many people would must be people: the detector has to see as many of
them in it. With two of them, and the shadows beside them, those who walk on a real pavement were
ten at a scan every 4 s; with three they were not."""


def amount(covered: Mask, zone: ZoneMask, size: PersonSize) -> float:
    """How many people cover these pixels of the zone; each share is one of a window as wide and
    high as a person is tall."""
    inside = (zone.pixels & np.uint8(1)).astype(np.float32)
    window = (size.window, size.window)
    where = (covered & np.uint8(1)) * inside
    share = cv2.blur(where, window) / np.maximum(cv2.blur(inside, window), 1e-3)
    side_by_side = -np.log1p(-np.minimum(share, SATURATED)) * inside
    return BODIES * float((side_by_side.sum(axis=1) / size.area).sum())


def unseen(covered: Mask, people: Detections, zone: ZoneMask, size: PersonSize) -> float:
    """How many more than these people stand in the blobs in which the detector sees some of them
    and which are too large for so few."""
    blobs = Blobs.of(covered)
    if not len(blobs) or len(people) < SOME_PEOPLE:
        return 0.0
    large = blobs.areas > SOME_PEOPLE * size.area[np.rint(blobs.middles).astype(np.int64)]
    middles = (people.xyxy[:, :2] + people.xyxy[:, 2:]) / 2 * (GREY_WIDTH, GREY_HEIGHT)
    columns, rows = np.clip(middles.astype(np.int64), 0, (GREY_WIDTH - 1, GREY_HEIGHT - 1)).T
    seen = np.bincount(blobs.labels[rows, columns], minlength=len(blobs) + 1)[1:]
    more = 0.0
    for index in np.flatnonzero(large & (seen >= SOME_PEOPLE)).tolist():
        crowd = np.asarray(blobs.inside(index), np.uint8) * np.uint8(255)
        more += max(0.0, amount(crowd, zone, size) - float(seen[index]))
    return more
