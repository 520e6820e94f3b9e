"""A thing cut out of footage, or drawn, that can be set down anywhere on the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm.scenes.sprite import Sprite

Picture = NDArray[np.uint8]
"""(rows, columns, 3) BGR."""
Mask = NDArray[np.uint8]
"""(rows, columns), 0 to 255."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """`picture` (rows, columns, 4) BGRA; `anchor` (column, row) is the point on the ground.

    `tall` is the thing's height in pixels, which with its height in metres gives its scale.
    """

    picture: Picture
    anchor: tuple[float, float]
    tall: float

    def mirrored(self) -> Cutout:
        turned = np.ascontiguousarray(self.picture[:, ::-1])
        return Cutout(turned, (self.picture.shape[1] - self.anchor[0], self.anchor[1]), self.tall)

    def recoloured(self, colour: tuple[int, int, int], top: float, bottom: float) -> Cutout:
        """The same in another colour between two heights (0 crown, 1 sole), shading kept."""
        picture = self.picture.copy()
        first = self.anchor[1] - self.tall
        rows = slice(round(max(0.0, first + top * self.tall)), round(first + bottom * self.tall))
        part = picture[rows, :, :3]
        grey = part.mean(axis=2, keepdims=True)
        light = np.clip(grey / max(1.0, float(np.median(grey))), 0.35, 1.8)
        picture[rows, :, :3] = np.clip(light * np.asarray(colour, np.float32), 0, 255)
        return Cutout(picture, self.anchor, self.tall)

    def lit(self, gain: float) -> Cutout:
        picture = self.picture.copy()
        picture[..., :3] = cv2.convertScaleAbs(picture[..., :3], alpha=gain)
        return Cutout(picture, self.anchor, self.tall)


def cut(picture: Picture, mask: Mask, *, feather: float = 1.2, margin: int = 3) -> Cutout:
    """The part of a picture under a mask; it stands on the middle of the mask's lowest rows."""
    left, top, width, height = cv2.boundingRect(mask)
    x0, y0 = max(0, left - margin), max(0, top - margin)
    x1 = min(mask.shape[1], left + width + margin)
    y1 = min(mask.shape[0], top + height + margin)
    soft = cv2.GaussianBlur(mask[y0:y1, x0:x1], (0, 0), feather)
    anchor = (left + width / 2 - x0, top + height - y0)
    return Cutout(np.dstack((picture[y0:y1, x0:x1], soft)), anchor, float(height))


def cut_drawn(
    draw: Callable[[Picture], None],
    size: tuple[int, int],
    anchor: tuple[float, float],
    tall: float,
) -> Cutout:
    """What `draw` paints onto a picture of (columns, rows), with the opacity that it has.

    Drawn once on black and once on white: where both agree it is solid.
    """
    black: Picture = np.zeros((size[1], size[0], 3), np.uint8)
    white: Picture = np.full((size[1], size[0], 3), 255, np.uint8)
    draw(black)
    draw(white)
    through = (white.astype(np.int16) - black).mean(axis=2)
    opacity = np.clip(255 - through, 0, 255).astype(np.uint8)
    colour = black.astype(np.float32) * 255 / np.maximum(opacity, 1)[..., None]
    return Cutout(np.dstack((np.clip(colour, 0, 255).astype(np.uint8), opacity)), anchor, tall)


@lru_cache(maxsize=3000)
def sprite(cutout: Cutout, percent: int, shear: int = 0) -> Sprite:
    """The cut-out at `percent` of its size, its top moved by `shear` pixels to the side."""
    rows, columns = cutout.picture.shape[:2]
    factor = percent / 100
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    picture = cv2.resize(cutout.picture, size, interpolation=cv2.INTER_AREA)
    if shear:
        foot = cutout.anchor[1] * factor
        slope = -shear / max(1.0, cutout.tall * factor)
        matrix = np.asarray([(1, slope, -slope * foot), (0, 1, 0)], np.float32)
        picture = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR)
    opacity = picture[..., 3:].astype(np.float32) / 255
    light = (picture[..., :3] * opacity).astype(np.uint8)
    through = np.repeat(255 - picture[..., 3:], 3, axis=2)
    anchor = (cutout.anchor[0] * factor, cutout.anchor[1] * factor)
    return Sprite(light, np.ascontiguousarray(through), anchor)


@lru_cache(maxsize=3000)
def shadow(cutout: Cutout, percent: int, strength: int = 38) -> Sprite:
    """A soft pool of shade under a thing on an overcast day; `strength` in percent."""
    width = cutout.picture.shape[1] * percent / 100
    half, rise = max(3, round(width * 0.62)), max(2, round(width * 0.17))
    pool = np.zeros((4 * rise + 1, 2 * half + 9), np.float32)
    middle = (half + 4, 2 * rise)
    cv2.ellipse(pool, middle, (round(width * 0.46), rise), 0, 0, 360, (strength / 100,), -1)
    soft = cv2.GaussianBlur(pool, (0, 0), max(1.0, rise * 0.55))
    through = np.repeat((255 * (1 - soft))[..., None], 3, axis=2).astype(np.uint8)
    return Sprite(np.zeros_like(through), through, (float(middle[0]), float(middle[1])))
