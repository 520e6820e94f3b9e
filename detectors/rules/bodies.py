"""What of the foreground may be bodies: who stands on the ground hides its grain, light does not.

The shadow of a cloud or of a building, a beam and a reflection are as large as a crowd and stay as
long. What tells them apart is the fine pattern of the ground, compared within a window of a head's
size: in what clouds and buildings shade it still shows in 0.9 of the pixels, in groups of people in
0.0 to 0.07 of them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import Background
from detectors.blobs import Blobs
from detectors.calibration import PersonSize
from detectors.light import Plane
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Grey

LEAST = 1.5
"""People's area. A smaller blob is a few people at most, and is not worth the look."""
FINE, WINDOW = (5, 5), (7, 7)
"""Small pixels: what varies within the one is grain, which is compared within the other."""
LEAST_GRAIN = 0.5
"""Grey levels; where the ground has less there is nothing to recognise it by."""
SHOWS = 0.5
"""Least correlation of the ground's grain with itself. Under shadows its median is 0.93 to 0.99, in
groups of people 0.02 to 0.17."""

PLAIN, OF_CHANGE = 3.0, 0.12
"""Grey levels, and part of the change; what has less grain than both is no group of people, in whom
it is 13 to 40, but the shadow on smooth ground (0.6 to 1.7), a wall or a roof. In fog and out of
focus drawn crowds have 1.5 to 3, which is 0.13 to 0.65 of their change; shadows 0.01 to 0.11."""


def bodies(covered: Mask, grey: Grey, background: Background, size: PersonSize) -> Mask:
    """The covered pixels without those, in blobs too large for a small group, where the ground
    still shows."""
    if not cv2.countNonZero(covered):
        return covered
    blobs = Blobs.of(covered)
    large = blobs.areas > LEAST * size.area[np.rint(blobs.middles).astype(np.int64)]
    if not large.any():
        return covered
    doubtful = blobs.part(covered, large)
    near = _around(blobs.boxes[large])
    hidden = covered.copy()
    hidden[near] &= ~(doubtful[near] & _shows(grey[near], background.long(near)))
    return hidden


def _around(boxes: NDArray[np.int32]) -> tuple[slice, slice]:
    """Rows and columns of all boxes, and half a window around them."""
    left, top = np.maximum(boxes[:, :2].min(axis=0) - WINDOW[0] // 2, 0).tolist()
    right, bottom = ((boxes[:, :2] + boxes[:, 2:]).max(axis=0) + WINDOW[0] // 2).tolist()
    return slice(top, bottom), slice(left, right)


def _shows(grey: Grey, ground: Plane) -> Mask:
    """Where the ground has a grain and the picture has the same."""
    now, before = _grain(grey.astype(np.float32)), _grain(ground)
    var_now, var_before, alike = _mean(now * now), _mean(before * before), _mean(now * before)
    shows = (alike > 0.0) & (alike * alike >= SHOWS * SHOWS * var_now * var_before)
    shows &= var_before >= LEAST_GRAIN * LEAST_GRAIN
    plain = np.minimum(PLAIN, OF_CHANGE * _mean(np.abs(grey - ground)))
    return mask_of(np.asarray(shows | (var_now < plain * plain), np.bool_))


def _grain(plane: Plane) -> Plane:
    return np.asarray(plane - cv2.blur(plane, FINE), np.float32)


def _mean(plane: Plane) -> Plane:
    return np.asarray(cv2.blur(plane, WINDOW), np.float32)
