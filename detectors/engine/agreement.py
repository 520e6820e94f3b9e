"""How far two models agree on the same pictures: a faster one and the one that it is to replace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.detections import Detections

SAME_THING = 0.5
"""Least intersection over union of two boxes of one thing, as PASCAL VOC and AP50 have it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`expected` things were seen by the model that counts as right, `found` by the other,
    `matched` by both. `iou` (mean) and `score_difference` (mean of absolute differences) are of
    those; NaN where there are none."""

    pictures: int
    expected: int
    found: int
    matched: int
    iou: float
    score_difference: float

    @property
    def rate(self) -> float:
        """Share of things in which they agree, 0 to 1 (F1); 1 where neither sees anything."""
        both = self.expected + self.found
        return 2 * self.matched / both if both else 1.0


def agreement(pairs: Iterable[tuple[Detections, Detections]]) -> Agreement:
    """Of (right, other) for each picture."""
    pictures = expected = found = 0
    overlaps: list[float] = []
    differences: list[float] = []
    for right, other in pairs:
        pictures, expected, found = pictures + 1, expected + len(right), found + len(other)
        for mine, theirs, overlap in _matched(right, other):
            overlaps.append(overlap)
            differences.append(abs(float(right.confidence[mine] - other.confidence[theirs])))
    return Agreement(
        pictures,
        expected,
        found,
        len(overlaps),
        float(np.mean(overlaps)) if overlaps else float("nan"),
        float(np.mean(differences)) if differences else float("nan"),
    )


def iou(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """Intersection over union of each of N boxes (N, 4) with each of M: (N, M)."""
    a, b = first[:, None].astype(np.float64), second[None].astype(np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    areas = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1)
    return np.asarray(shared / np.maximum(areas - shared, 1e-12))


def _matched(right: Detections, other: Detections) -> list[tuple[int, int, float]]:
    """(index in right, index in other, overlap): each at most once, the best overlap first."""
    overlaps = iou(right.xyxy, other.xyxy)
    mine = np.array([right.names[i] for i in right.class_id], object)
    theirs = np.array([other.names[i] for i in other.class_id], object)
    overlaps[mine[:, None] != theirs[None]] = 0.0
    pairs: list[tuple[int, int, float]] = []
    while overlaps.size and overlaps.max() >= SAME_THING:
        row, column = (int(i) for i in np.unravel_index(overlaps.argmax(), overlaps.shape))
        pairs.append((row, column, float(overlaps[row, column])))
        overlaps[row], overlaps[:, column] = 0.0, 0.0
    return pairs
