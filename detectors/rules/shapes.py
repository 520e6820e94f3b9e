"""What stands out in one picture, blob by blob, and which of it is only light.

Found once for all rules about people: each takes from it whom it has to follow.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import Background, View
from detectors.blobs import Blobs, around
from detectors.light import Plane
from detectors.rules.nature import is_light
from detectors.rules.rule import Observation
from detectors.tracking.boxes import Boxes
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Grey

LEAST_PIXELS = 20
LEAST_GRAIN = 1.0
"""Grey levels; where the ground has less there is nothing to recognise it by."""
SAME_GRAIN, SOME_GRAIN = 0.5, 0.25
"""Correlation of the grain: 0.7 to 1 under a beam or a shadow, within 0.3 of 0 under a body."""


class Shapes:
    """Blobs of what differs from the place, of `LEAST_PIXELS` or more.

    `boxes` (N, 4) in small pixels.
    """

    def __init__(self, blobs: Blobs, grey: Grey) -> None:
        self._blobs, self._grey = blobs, grey
        self._large = np.flatnonzero(blobs.areas >= LEAST_PIXELS)
        self.boxes: Boxes = blobs.boxes[self._large].astype(np.float64)
        self.boxes[:, 2:] += self.boxes[:, :2]
        self._kept: NDArray[np.float64] | None = None
        self._lit: dict[int, bool] = {}

    def not_lit(self, which: NDArray[np.bool_], observation: Observation) -> NDArray[np.bool_]:
        """(N,) those of `which` that are no mere light: a beam, a shadow.

        A beam's edge has every ratio, and what it lights is still the ground. A dark coat has one
        ratio, and hides it.
        """
        if not which.any():
            return which
        if self._kept is None:
            self._kept = grain_kept(self._blobs, self._large, self._grey, observation)
        # Where there is no grain (nan) neither comparison holds.
        bodies = which & ~(self._kept >= SAME_GRAIN)
        for index in np.flatnonzero(bodies & ~(self._kept < SOME_GRAIN)).tolist():
            if index not in self._lit:
                self._lit[index] = self._has_one_ratio(index, observation.background)
            bodies[index] = not self._lit[index]
        return bodies

    def _has_one_ratio(self, index: int, background: Background) -> bool:
        number = int(self._large[index])
        near = around(self._blobs.rectangle(number))
        inside = mask_of(self._blobs.labels[near] == number + 1)
        return is_light(inside, self._grey[near], background.long(near))


def shapes_in(shown: Mask, grey: Grey, observation: Observation) -> Shapes:
    """What stands out in a picture, found once for all who ask."""
    blobs, memo = blobs_in(shown, observation), observation.view.memo
    return memo.once(lambda: Shapes(blobs, grey), Shapes, blobs)


def blobs_in(shown: Mask, observation: Observation) -> Blobs:
    return observation.view.memo.once(lambda: Blobs.of(shown), Blobs, shown)


def grain_kept(
    blobs: Blobs, which: NDArray[np.int64], grey: Grey, observation: Observation
) -> NDArray[np.float64]:
    """(N,) correlation of the grain of `which` blobs with the ground's; nan where that has none."""
    labels = blobs.labels.ravel()
    where = np.flatnonzero(labels)
    of, areas = labels[where], blobs.areas[which]
    grain = observation.view.memo.once(lambda: grain_of(grey.astype(np.float32)), grain_of, grey)
    now, before = (each.ravel()[where] for each in (grain, grain_of_the_place(observation)))

    def mean(values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.bincount(of, values, len(blobs) + 1)[which + 1] / areas

    one, other = mean(now), mean(before)
    shared = mean(now * before) - one * other
    spread, rough = mean(now * now) - one**2, mean(before * before) - other**2
    kept = shared / np.sqrt(np.maximum(spread * rough, 1e-12))
    return np.where(rough >= LEAST_GRAIN**2, kept, np.nan)


def grain_of_the_place(observation: Observation) -> Plane:
    """Worked out once for each view; `same_grain` hands it on to one made of it."""
    background, memo = observation.background, observation.view.memo
    return memo.once(lambda: grain_of(background.long()), grain_of, background)


def same_grain(observation: Observation, clear: View) -> None:
    """Another view of the same scan need not work it out again."""
    grain = grain_of_the_place(observation)
    clear.memo.once(lambda: grain, grain_of, observation.background)


def grain_of(plane: Plane) -> Plane:
    """What each pixel differs by from those around it."""
    return np.asarray(plane - cv2.blur(plane, (5, 5)), np.float32)
