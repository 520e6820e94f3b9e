"""A vehicle cut out of a real clip by its difference from the clip's own background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cutout:
    """`pixels` (h, w, 3) uint8 BGR and `alpha` (h, w) float32 0…1, feathered."""

    pixels: Picture
    alpha: NDArray[np.float32]

    def sized(self, height: int, *, mirrored: bool) -> Cutout:
        """The same vehicle at another size."""
        scale = height / self.alpha.shape[0]
        size = (max(2, round(self.alpha.shape[1] * scale)), height)
        pixels = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA)
        if mirrored:
            pixels, alpha = cv2.flip(pixels, 1), cv2.flip(alpha, 1)
        return Cutout(np.asarray(pixels, np.uint8), np.asarray(alpha, np.float32))


def read_pictures(path: Path, *, every: int = 1, height: int | None = None) -> list[Picture]:
    """Every n-th picture of a clip as BGR, scaled to `height` where one is given."""
    with av.open(str(path)) as container:
        pictures = [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for index, frame in enumerate(container.decode(video=0))
            if index % every == 0
        ]
    if height is None:
        return pictures
    width = round(pictures[0].shape[1] * height / pictures[0].shape[0] / 2) * 2
    return [np.asarray(cv2.resize(each, (width, height)), np.uint8) for each in pictures]


def background_of(pictures: list[Picture], most: int = 21) -> Picture:
    """The median picture: what the place looks like when nothing passes."""
    chosen = pictures[:: max(1, len(pictures) // most)]
    return np.asarray(np.median(np.stack(chosen), axis=0), np.uint8)


def difference(picture: Picture, background: Picture) -> Picture:
    """(h, w) uint8, the largest difference of the three colours, lightly smoothed."""
    return np.asarray(
        cv2.GaussianBlur(largest_difference(picture, background), (5, 5), 0), np.uint8
    )


def largest_difference(one: Picture, other: Picture) -> Picture:
    """(h, w) uint8, over the three colours."""
    blue, green, red = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def cut_vehicle(pictures: list[Picture], threshold: int = 28) -> Cutout:
    """The largest thing that passes wholly inside the picture.

    Raises:
        ValueError: when nothing of at least 1 % of the picture passes.
    """
    background = background_of(pictures)
    best: tuple[int, Picture, Picture] | None = None
    for picture in pictures[::3]:
        blob = _largest_inside(difference(picture, background) > threshold)
        area = cv2.countNonZero(blob)
        if area > 0.01 * blob.size and (best is None or area > best[0]):
            best = (area, picture, blob)
    if best is None:
        raise ValueError("no vehicle passes through this clip; choose another one")
    return _cut(best[1], best[2])


def _largest_inside(different: NDArray[np.bool_]) -> Picture:
    """The largest blob that touches no border, with its holes filled; else nothing."""
    kernel = np.ones((9, 9), np.uint8)
    opened = cv2.morphologyEx(different.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, kernel)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros(closed.shape, np.uint8)
    height, width = closed.shape
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True):
        left, top, wide, tall = cv2.boundingRect(outline)
        if left > 1 and top > 1 and left + wide < width - 1 and top + tall < height - 1:
            cv2.drawContours(mask, [outline], -1, (255,), thickness=-1)
            break
    return mask


def _cut(picture: Picture, mask: Picture) -> Cutout:
    left, top, width, height = cv2.boundingRect(mask)
    inside = (slice(top, top + height), slice(left, left + width))
    alpha = cv2.GaussianBlur(mask.astype(np.float32) / 255.0, (5, 5), 0)
    return Cutout(picture[inside].copy(), np.asarray(alpha[inside], np.float32))
