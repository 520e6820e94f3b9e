"""How large a person is in the small picture, row by row, so that covered pixels become a count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from configs.values import PicturePolygon
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

ASPECT = 0.36
"""Width of a person's box over its height: the median of PETS09-S2L1 (quartiles 0.33 and 0.38)."""
FILL = 0.6
"""How much of that box the person covers, legs apart: head, body and stride drawn into it."""
LEAST_AREA = 1.0
"""Small pixels. People smaller than this cannot be counted by area."""


@dataclass(frozen=True, slots=True)
class PersonSize:
    """`area` (90,) float32: small pixels that one person covers whose body is in that row."""

    area: NDArray[np.float32]
    window: int
    """Odd: small pixels that a person is tall at the zone's middle."""

    @staticmethod
    @lru_cache(maxsize=1024)
    def of(
        height: float,
        picture_aspect: float,
        polygon: PicturePolygon = (),
        horizon: float | None = None,
    ) -> PersonSize:
        """From a person's height at the zone's middle, as a fraction of the picture's height.

        `picture_aspect` is width over height: the small picture squeezes whatever is not 16:9. With
        a `horizon` (its y, fraction of the picture) people grow in proportion to their distance
        below it, which is exact for a level camera over flat ground; without, they are of one size.
        """
        tall = height * GREY_HEIGHT
        wide = height * ASPECT / picture_aspect * GREY_WIDTH
        scale: NDArray[np.float32] = np.ones(GREY_HEIGHT, np.float32)
        if horizon is not None:
            ys = [y for _, y in polygon]
            below = (np.arange(GREY_HEIGHT, dtype=np.float32) + 0.5) / GREY_HEIGHT - horizon
            middle = max((min(ys) + max(ys)) / 2 - horizon, 0.02)
            scale = (np.maximum(below, 0.02) / middle).astype(np.float32)
        area = np.maximum(tall * wide * FILL * scale * scale, LEAST_AREA)
        return PersonSize(area, max(3, round(tall) | 1))

    def people(self, covered: Mask) -> float:
        """How many people the covered pixels amount to."""
        return float((np.count_nonzero(covered, axis=1) / self.area).sum())
