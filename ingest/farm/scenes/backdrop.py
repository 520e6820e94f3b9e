"""Paints what never moves, once, at twice the picture's size: ground, walls, roofs, shadows."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm.scenes.lens import HEIGHT, WIDTH, Lens
from ingest.farm.scenes.texture import Colour, Picture

FINE = 2
"""Pixels painted per pixel of the picture, each way: edges come out smooth."""

World = tuple[float, float, float]
Quad = tuple[World, World, World, World]
"""Four corners in metres: the texture's top left, top right, bottom right, bottom left."""

_LIMIT = (WIDTH * FINE, HEIGHT * FINE)
_TOLERANCE = 1.5
"""Metres; a strip of ground that a thing stands on does not hide it."""

_HAZE: Colour = (222, 214, 204)
_HAZE_DISTANCE = 170.0
"""Metres at which a thing has lost two thirds of its colour to the air."""


class Backdrop:
    """A picture in the making; later paint covers earlier, so paint from far to near."""

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self.picture: Picture = np.zeros((HEIGHT * FINE, WIDTH * FINE, 3), np.uint8)
        self.covered: Picture = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
        self.distance = np.full((HEIGHT * FINE, WIDTH * FINE), np.inf, np.float32)

    def surface(self, quad: Quad, texture: Picture, light: float = 1.0) -> None:
        """Lay a texture onto a four-cornered surface, cut into strips along its depth.

        Each strip is first shrunk to about the size that it will have: no moire far away.
        """
        corners = np.asarray(quad, np.float64)
        if abs(corners[0, 2] - corners[1, 2]) > abs(corners[0, 2] - corners[3, 2]):
            corners, texture = corners[[1, 2, 3, 0]], np.rot90(texture)
        strips = self._strips(corners)
        rows = texture.shape[0]
        edges = np.linspace(0, 1, strips + 1)
        for above, below in pairwise(edges):
            part = np.stack(
                (
                    _between(corners[0], corners[3], above),
                    _between(corners[1], corners[2], above),
                    _between(corners[1], corners[2], below),
                    _between(corners[0], corners[3], below),
                )
            )
            first = int(above * rows)
            strip = texture[first : max(first + 1, int(below * rows))]
            self._lay(part, np.ascontiguousarray(strip), light)

    def flat(self, world: list[World], colour: Colour, light: float = 1.0) -> None:
        """A polygon of one colour."""
        points = self._fine(np.asarray(world, np.float64))
        shade = _hazed(np.asarray(colour, np.float32) * light, _distance(world))
        fixed = np.round(points * 16).astype(np.int32)
        blue, green, red = (float(part) for part in shade)
        cv2.fillPoly(self.picture, [fixed], (blue, green, red), cv2.LINE_AA, 4)
        cv2.fillPoly(self.covered, [fixed], 255, cv2.LINE_AA, 4)
        cv2.fillPoly(self.distance, [fixed], _distance(world), cv2.LINE_8, 4)

    def shadow(self, world: list[World], strength: float = 0.42, soft: int = 9) -> None:
        """Darken a polygon of the ground, with soft edges; bluish, as the sky still lights it."""
        mask = np.zeros(self.covered.shape, np.float32)
        points = np.round(self._fine(np.asarray(world, np.float64)) * 16).astype(np.int32)
        cv2.fillPoly(mask, [points], 1.0, cv2.LINE_AA, 4)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), soft), np.float32)[..., None]
        tint = np.asarray((0.86, 1.0, 1.06), np.float32) * strength
        self.picture = (self.picture * (1 - mask * tint)).astype(np.uint8)

    def finish(self) -> tuple[Picture, Picture]:
        """The paint, and a mask of what is painted (the rest is sky); of the picture's size."""
        size = (WIDTH, HEIGHT)
        small = cv2.resize(self.picture, size, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(self.covered, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8), np.asarray(mask, np.uint8)

    def hidden(self, z: float) -> Picture:
        """A mask, (360, 640) uint8, of what stands before a thing that is z metres away."""
        near = self.distance[::FINE, ::FINE] < z - _TOLERANCE
        return near.astype(np.uint8) * 255

    def line(self, first: World, second: World, colour: Colour, width: float) -> None:
        """A straight line `width` metres thick at its nearer end: a pole, a wire, a joint."""
        ends = np.round(self._fine(np.asarray((first, second), np.float64)) * 16).astype(np.int32)
        pixels = max(1, round(width * self.lens.scale(min(first[2], second[2])) * FINE))
        start, end = tuple(map(int, ends[0])), tuple(map(int, ends[1]))
        cv2.line(self.picture, start, end, colour, pixels, cv2.LINE_AA, 4)
        cv2.line(self.covered, start, end, 255, pixels, cv2.LINE_AA, 4)

    def oval(self, centre: World, radii: tuple[float, float], colour: Colour) -> None:
        """An upright ellipse; radii in metres, across and up."""
        point = np.round(self._fine(np.asarray((centre,), np.float64))[0] * 16).astype(int)
        scale = self.lens.scale(centre[2]) * FINE * 16
        axes = (max(8, round(radii[0] * scale)), max(8, round(radii[1] * scale)))
        where = (int(point[0]), int(point[1]))
        cv2.ellipse(self.picture, where, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)
        cv2.ellipse(self.covered, where, axes, 0, 0, 360, 255, -1, cv2.LINE_AA, 4)

    def _strips(self, corners: NDArray[np.float64]) -> int:
        points = self._fine(corners)
        near, far = corners[:, 2].min(), corners[:, 2].max()
        tall = float(np.linalg.norm(points[0] - points[3]))
        return max(1, int(min(2 * far / near, tall / 12)))

    def _lay(self, corners: NDArray[np.float64], strip: Picture, light: float) -> None:
        points = self._fine(corners)
        wide = max(np.linalg.norm(points[0] - points[1]), np.linalg.norm(points[3] - points[2]))
        tall = max(np.linalg.norm(points[0] - points[3]), np.linalg.norm(points[1] - points[2]))
        columns = int(np.clip(wide, 2, strip.shape[1]))
        rows = int(np.clip(tall, 2, max(2, strip.shape[0])))
        shrunk = cv2.resize(strip, (columns, rows), interpolation=cv2.INTER_AREA)
        lit = _hazed(shrunk.astype(np.float32) * light, float(corners[:, 2].mean()))
        source = np.asarray(
            [(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32
        ) - np.float32(0.5)
        left, top = np.clip(points.min(axis=0) - 2, 0, _LIMIT).astype(int)
        right, bottom = np.clip(points.max(axis=0) + 3, 0, _LIMIT).astype(int)
        if left >= right or top >= bottom:
            return
        inside = points - np.asarray((left, top), np.float32)
        warped = cv2.warpPerspective(
            np.clip(lit, 0, 255).astype(np.uint8),
            cv2.getPerspectiveTransform(source, inside),
            (right - left, bottom - top),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillConvexPoly(mask, np.round(inside * 16).astype(np.int32), 255, cv2.LINE_8, 4)
        place = (slice(top, bottom), slice(left, right))
        np.copyto(self.picture[place], warped, where=mask[..., None] > 0)
        self.covered[place] |= mask
        self.distance[place][mask > 0] = corners[:, 2].mean()

    def _fine(self, world: NDArray[np.float64]) -> NDArray[np.float32]:
        return self.lens.points(world) * np.float32(FINE)


def _between(
    first: NDArray[np.float64], second: NDArray[np.float64], part: float
) -> NDArray[np.float64]:
    mixed: NDArray[np.float64] = first + (second - first) * part
    return mixed


def _distance(world: list[World]) -> float:
    return sum(point[2] for point in world) / len(world)


def _hazed(colour: NDArray[np.float32], distance: float) -> NDArray[np.float32]:
    part = np.float32(1 - np.exp(-distance / _HAZE_DISTANCE))
    return colour * (1 - part) + np.asarray(_HAZE, np.float32) * part
