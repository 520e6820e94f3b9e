"""Small pictures with soft edges, laid over the backdrop many times a frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm.scenes.texture import Picture


@dataclass(frozen=True, slots=True)
class Sprite:
    """A picture already multiplied by its opacity, and what it lets through; (rows, columns, 3).

    `anchor` is the column and row, in the sprite, of the point that stands on the ground.
    """

    light: Picture
    through: Picture
    anchor: tuple[float, float]

    def draw(self, frame: Picture, column: float, row: float) -> None:
        """Lay the sprite over the frame, its anchor at (column, row), cut at the edges."""
        left, top = round(column - self.anchor[0]), round(row - self.anchor[1])
        rows, columns = self.light.shape[:2]
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(frame.shape[1], left + columns), min(frame.shape[0], top + rows)
        if x0 >= x1 or y0 >= y1:
            return
        part = frame[y0:y1, x0:x1]
        cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        dimmed = cv2.multiply(part, self.through[cut], scale=1 / 255)
        cv2.add(dimmed, self.light[cut], dst=dimmed)
        part[:] = dimmed


def shade(opacity: NDArray[np.float32], anchor: tuple[float, float]) -> Sprite:
    """A sprite that only darkens, by `opacity` (rows, columns), 0 to 1."""
    through = np.repeat((255 * (1 - opacity))[..., None], 3, axis=2).astype(np.uint8)
    return Sprite(np.zeros_like(through), through, anchor)


def scaled(picture: Picture, anchor: tuple[float, float], factor: float) -> Sprite:
    """A sprite of a BGRA picture at another size."""
    rows, columns = picture.shape[:2]
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    opacity = picture[..., 3:].astype(np.float32) / 255
    light = cv2.resize((picture[..., :3] * opacity).astype(np.uint8), size, interpolation=3)
    solid = cv2.resize(picture[..., 3], size, interpolation=cv2.INTER_AREA)
    through = np.repeat((255 - solid)[..., None], 3, axis=2)
    return Sprite(
        np.asarray(light, np.uint8),
        np.ascontiguousarray(through),
        (anchor[0] * factor, anchor[1] * factor),
    )


CAST_ALONG, CAST_UP = 0.62, -0.16
"""Where the top of a thing's shadow falls, in the thing's height: to the right and slightly away.
The sun stands behind the camera's left shoulder, about 55 degrees high."""


def cast(picture: Picture, anchor: tuple[float, float], factor: float) -> Sprite:
    """The shadow on the ground of a BGRA picture that stands upright, at another size."""
    columns = picture.shape[1]
    tall = anchor[1] * factor
    width = round(columns * factor + tall * CAST_ALONG) + 6
    height = round(-tall * CAST_UP) + 10
    foot_x, foot_y = anchor[0] * factor, height - 5.0
    matrix = np.asarray(
        [
            (factor, -factor * CAST_ALONG, foot_x - factor * (anchor[0] - CAST_ALONG * anchor[1])),
            (0, -factor * CAST_UP, foot_y + factor * CAST_UP * anchor[1]),
        ],
        np.float32,
    )
    solid = picture[..., 3].astype(np.float32) / 255
    fallen = cv2.warpAffine(solid, matrix, (width, height), flags=cv2.INTER_LINEAR)
    soft = np.asarray(cv2.GaussianBlur(fallen, (0, 0), 0.8 + tall / 90), np.float32)
    return shade(soft * np.float32(0.42), (foot_x, foot_y))
