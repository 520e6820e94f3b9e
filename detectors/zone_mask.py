"""A zone as pixels of the small grey picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.values import PicturePolygon
from detectors.event import Box
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

Mask = NDArray[np.uint8]
"""(90, 160) uint8, 0 or 255, as OpenCV wants it."""


@dataclass(frozen=True, slots=True)
class ZoneMask:
    """`pixels` is 255 inside the polygon and outside of its `masks`; `area` counts them (at least
    1)."""

    polygon: PicturePolygon
    pixels: Mask
    area: int
    masks: tuple[PicturePolygon, ...] = ()

    @staticmethod
    def of(polygon: PicturePolygon, masks: tuple[PicturePolygon, ...] = ()) -> ZoneMask:
        pixels = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
        _fill(pixels, polygon, 255)
        for mask in masks:
            _fill(pixels, mask, 0)
        return ZoneMask(polygon, pixels, max(1, cv2.countNonZero(pixels)), masks)

    def holds(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of (N, 2) points, as fractions of the picture, lie in the zone and in no mask."""
        inside = _inside(self.polygon, points)
        for mask in self.masks:
            inside &= ~_inside(mask, points)
        return inside

    def touches(self, x1: float, y1: float, x2: float, y2: float) -> bool:
        """Whether a rectangle, in fractions of the picture, covers any of the zone's pixels."""
        return bool(self.pixels[_covered(x1, y1, x2, y2)].any())

    def box(self, label: str, confidence: float) -> Box:
        """The polygon's bounding box."""
        xs, ys = zip(*self.polygon, strict=True)
        return Box(
            x1=min(xs), y1=min(ys), x2=max(xs), y2=max(ys), label=label, confidence=confidence
        )


def _fill(pixels: Mask, polygon: PicturePolygon, level: int) -> None:
    corners = np.array(polygon, np.float64) * (GREY_WIDTH, GREY_HEIGHT)
    # fillPoly draws pixel centres at whole numbers: half a pixel back, so that a mirrored polygon
    # fills the mirrored pixels. 1/256 pixel is its finest step (shift=8).
    cv2.fillPoly(pixels, [np.rint((corners - 0.5) * 256).astype(np.int32)], (level,), shift=8)


def _inside(polygon: PicturePolygon, points: NDArray[np.float32]) -> NDArray[np.bool_]:
    corners = np.array(polygon, np.float32)
    inside = [
        cv2.pointPolygonTest(corners, (float(x), float(y)), measureDist=False) >= 0
        for x, y in points
    ]
    return np.array(inside, np.bool_)


def _covered(x1: float, y1: float, x2: float, y2: float) -> tuple[slice, slice]:
    """Rows and columns of the small pixels that a rectangle touches."""
    columns = slice(int(x1 * GREY_WIDTH), int(np.ceil(x2 * GREY_WIDTH)))
    return slice(int(y1 * GREY_HEIGHT), int(np.ceil(y2 * GREY_HEIGHT))), columns


def box_mask(box: Box) -> Mask:
    """255 in the small pixels that a box, in fractions of the picture, touches."""
    pixels = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    pixels[_covered(box.x1, box.y1, box.x2, box.y2)] = 255
    return pixels


def mask_of(where: NDArray[np.bool_]) -> Mask:
    return where.view(np.uint8) * np.uint8(255)


def pixel_box(rectangle: Sequence[int], label: str, confidence: float) -> Box:
    """A rectangle (left, top, width, height) of the small grey picture, as fractions."""
    left, top, width, height = rectangle
    return Box(
        x1=left / GREY_WIDTH,
        y1=top / GREY_HEIGHT,
        x2=min(1.0, (left + width) / GREY_WIDTH),
        y2=min(1.0, (top + height) / GREY_HEIGHT),
        label=label,
        confidence=confidence,
    )
