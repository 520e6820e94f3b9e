"""Boxes as arrays, and how much they overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""(N, 4) left, top, right, bottom in one unit for both axes, as small pixels."""
Points = NDArray[np.float64]
"""(N, 2) x, y."""

NO_BOXES: Boxes = np.empty((0, 4), np.float64)
NO_BOXES.setflags(write=False)


def centres(boxes: Boxes) -> Points:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float64)


def sizes(boxes: Boxes) -> Points:
    """Widths and heights."""
    return np.asarray(boxes[:, 2:] - boxes[:, :2], np.float64)


def feet(boxes: Boxes) -> Points:
    """The middle of each lower edge."""
    points = np.empty((len(boxes), 2))
    points[:, 0] = (boxes[:, 0] + boxes[:, 2]) / 2
    points[:, 1] = boxes[:, 3]
    return points


def overlap(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    """(N, M) intersection over union."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=2)
    areas = np.prod(sizes(one), axis=1)[:, None] + np.prod(sizes(other), axis=1)[None, :]
    return np.asarray(shared / np.maximum(areas - shared, 1e-9), np.float64)
