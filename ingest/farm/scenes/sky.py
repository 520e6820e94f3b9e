"""The sky: a pale gradient on which soft clouds drift once around in a scene's period."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.farm.scenes.lens import WIDTH
from ingest.farm.scenes.texture import Picture, cloudiness

_AROUND = 720
"""Columns until the clouds repeat: 4 pixels a second in a period of 180 s."""

_SEAM = 220


class Sky:
    """The clouds above row `rows`."""

    def __init__(self, rng: np.random.Generator, rows: int, period: float) -> None:
        self._period = period
        field = cloudiness(rng, rows * 2, _AROUND + _SEAM, 150, 5)[rows // 2 : rows // 2 + rows]
        fade = np.linspace(0, 1, _SEAM, dtype=np.float32)
        field[:, :_SEAM] = field[:, :_SEAM] * fade + field[:, _AROUND:] * (1 - fade)
        density = np.clip(field[:, :_AROUND] * 2.2 + 0.15, 0, 1)[..., None]
        up = np.linspace(1, 0, rows, dtype=np.float32)[:, None, None]
        blue = np.asarray((226, 206, 182), np.float32) * up
        blue = blue + np.asarray((232, 228, 222), np.float32) * (1 - up)
        white = np.asarray((246, 245, 243), np.float32) - density * 14
        around = (blue * (1 - density * 0.75) + white * density * 0.75).astype(np.uint8)
        self._strip = np.ascontiguousarray(np.concatenate((around, around[:, : WIDTH + 2]), axis=1))

    def at(self, t: float) -> Picture:
        """The sky's rows at second t, (rows, WIDTH, 3)."""
        place = t / self._period % 1 * _AROUND
        column, part = int(place), place % 1
        here = self._strip[:, column : column + WIDTH]
        there = self._strip[:, column + 1 : column + 1 + WIDTH]
        return np.asarray(cv2.addWeighted(here, 1 - part, there, part, 0), np.uint8)
