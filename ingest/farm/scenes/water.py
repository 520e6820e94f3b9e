"""What the wind does to surfaces: glitter on water, waves through rice."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm.scenes.lens import HEIGHT, WIDTH, Lens
from ingest.farm.scenes.texture import Picture

_TURN = 2 * np.pi / 180
"""Angular speeds are multiples of this, so that a period of 180 s closes."""

Field = NDArray[np.float32]


class Ripples:
    """A patch of level ground, (n, 2) corners (x, z) in metres, whose light the wind changes."""

    def __init__(self, lens: Lens, corners: list[tuple[float, float]], coarse: int) -> None:
        points = lens.points([(x, 0.0, z) for x, z in corners])
        left, top = np.clip(np.floor(points.min(axis=0)), 0, (WIDTH, HEIGHT)).astype(int)
        right, bottom = np.clip(np.ceil(points.max(axis=0)), 0, (WIDTH, HEIGHT)).astype(int)
        self.place = (slice(top, bottom), slice(left, right))
        self._size = (int(right - left), int(bottom - top))
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        self.mask: Picture = mask[self.place]
        rows, columns = self._size[1] // coarse, self._size[0] // coarse
        row, column = np.indices((rows, columns)).astype(np.float32) * np.float32(coarse)
        self.z: Field = lens.focal * lens.height / np.maximum(row + float(top) - lens.horizon, 1)
        self.x: Field = (column + float(left) - lens.centre) * self.z / np.float32(lens.focal)

    def full(self, field: Field) -> Field:
        """A coarse field at the patch's own size."""
        return np.asarray(cv2.resize(field, self._size, interpolation=cv2.INTER_LINEAR), np.float32)


class Glitter:
    """Sparks of sun on a pond, and slow bands of brighter water."""

    def __init__(self, lens: Lens, corners: list[tuple[float, float]]) -> None:
        self._patch = Ripples(lens, corners, 2)
        x, z = self._patch.x, self._patch.z
        self._waves = (7.9 * x + 2.3 * z, -5.3 * x + 4.9 * z, 1.7 * x - 6.1 * z, 0.35 * x + 0.9 * z)

    def draw(self, frame: Picture, t: float) -> None:
        one, two, three, slow = self._waves
        high = (
            np.sin(one + t * 71 * _TURN)
            + np.sin(two - t * 83 * _TURN)
            + np.sin(three + t * 97 * _TURN)
        )
        spark = np.clip((high - 2.4) * 240, 0, 120) + 7 + 7 * np.sin(slow + t * 17 * _TURN)
        light = self._patch.full(spark.astype(np.float32)).astype(np.uint8)
        shown = cv2.bitwise_and(light, self._patch.mask)
        part = frame[self._patch.place]
        part[:] = cv2.add(part, cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR))


class Waves:
    """Wind that runs through rice as bands of light."""

    def __init__(self, lens: Lens, corners: list[tuple[float, float]]) -> None:
        self._patch = Ripples(lens, corners, 4)
        x, z = self._patch.x, self._patch.z
        self._waves = (0.42 * x + 0.2 * z, 0.9 * x - 0.31 * z, 0.13 * z - 0.1 * x)

    def draw(self, frame: Picture, t: float) -> None:
        one, two, gust = self._waves
        wave = np.sin(one - t * 41 * _TURN) + 0.6 * np.sin(two - t * 67 * _TURN)
        strength = 12 * (1 + np.sin(gust - t * 11 * _TURN))
        light = self._patch.full((wave * strength).astype(np.float32))
        up = cv2.bitwise_and(np.clip(light, 0, 60).astype(np.uint8), self._patch.mask)
        down = cv2.bitwise_and(np.clip(-light, 0, 60).astype(np.uint8), self._patch.mask)
        part = frame[self._patch.place]
        brighter = cv2.add(part, cv2.cvtColor(up, cv2.COLOR_GRAY2BGR))
        part[:] = cv2.subtract(brighter, cv2.cvtColor(down, cv2.COLOR_GRAY2BGR))
