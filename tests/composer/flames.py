"""Real flames, cut out of two clips of fires by colour and by how much they flicker."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tests.composer.cutout import Cutout, Picture
from tests.composer.footage import shared_clip

RATE = 30.0
"""Pictures a second of both clips."""

Field = NDArray[np.float32]


class Blaze(StrEnum):
    """Where flames come from. `HOUSE` is a slender tongue, `CAR` a wide, rolling fire."""

    HOUSE = "house"
    CAR = "car"


@lru_cache(maxsize=2)
def real_flames(blaze: Blaze) -> tuple[Cutout, ...]:
    """A few seconds of flames at RATE, standing on their foot; none without the shared data."""
    return _house() if blaze is Blaze.HOUSE else _car()


def _read(clip: str, first: int, last: int) -> list[Picture]:
    path = shared_clip(clip)
    if path is None:
        return []
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for index, frame in enumerate(container.decode(video=0))
            if first <= index < last
        ]


def _house() -> tuple[Cutout, ...]:
    """The tongue over the right window: brighter and redder than the wall ever is without it."""
    pictures = [each[10:112, 130:240] for each in _read("fire_furg_house6.mp4", 690, 898)]
    if not pictures:
        return ()
    calmest = np.percentile(np.stack(pictures[::4]), 12, axis=0).astype(np.float32)
    cuts = []
    for picture in pictures:
        brighter = picture.astype(np.float32) - calmest
        lively = np.clip((brighter[..., 2] - 12) / 45, 0, 1)
        warm = np.clip((brighter[..., 2] * 1.3 - brighter[..., 0] + 8) / 30, 0, 1)
        alpha = _softened(lively * warm)
        cuts.append(_standing(picture, alpha, (52.0, 86.0), 66.0))
    return tuple(cuts)


def _car() -> tuple[Cutout, ...]:
    """The burning car's flames; the camera is carried, so they are laid over one another."""
    pictures = _read("fire_car_fire.mp4", 146, 190)
    if not pictures:
        return ()
    alphas = [_flame_colour(each) for each in pictures]
    feet = np.asarray([_foot(each) for each in alphas])
    window = np.ones(9) / 9
    steady = np.stack(
        [np.convolve(np.pad(side, 4, mode="edge"), window, "valid") for side in feet.T], axis=1
    )
    cuts = []
    for picture, alpha, (column, row) in zip(pictures, alphas, steady, strict=True):
        x0, x1 = max(0, round(column) - 190), min(picture.shape[1], round(column) + 190)
        y0, y1 = max(0, round(row) - 230), min(picture.shape[0], round(row) + 6)
        part = (slice(y0, y1), slice(x0, x1))
        anchor = (column - x0, row - y0)
        cuts.append(_standing(picture[part], alpha[part], anchor, 170.0))
    return tuple(cuts)


def _flame_colour(picture: Picture) -> Field:
    blue, green, red = (picture[..., channel].astype(np.float32) for channel in range(3))
    orange = (
        np.clip((red - 130) / 60, 0, 1)
        * np.clip((red - blue - 60) / 50, 0, 1)
        * np.clip((red - green + 15) / 25, 0, 1)
        * np.clip((green - blue - 5) / 25, 0, 1)
    )
    core = (
        np.clip((red - 225) / 20, 0, 1)
        * np.clip((green - 170) / 40, 0, 1)
        * np.clip((red - blue - 20) / 40, 0, 1)
    )
    alpha = np.maximum(orange, core).astype(np.float32)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate((alpha > 0.3).astype(np.uint8), np.ones((9, 9), np.uint8))
    )
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if len(stats) > 1 else 0
    return _softened(alpha * (labels == largest))


def _foot(alpha: Field) -> tuple[float, float]:
    """Middle column and lowest row of most of the flames."""
    rows = np.cumsum(alpha.sum(axis=1))
    columns = np.cumsum(alpha.sum(axis=0))
    row = float(np.searchsorted(rows, rows[-1] * 0.93))
    return float(np.searchsorted(columns, columns[-1] * 0.5)), row


def _softened(alpha: NDArray[np.floating]) -> Field:
    return np.asarray(cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 1.0), np.float32)


def _standing(picture: Picture, alpha: Field, anchor: tuple[float, float], tall: float) -> Cutout:
    """Rounded off below, where the clip's window or car cut the flames straight."""
    rows, columns = (np.indices(alpha.shape).astype(np.float32)[axis] for axis in (0, 1))
    down = np.clip((rows - anchor[1] + 0.5 * tall) / (0.55 * tall), 0, 1)
    half = 0.95 * tall * np.sqrt(np.clip(1 - down**2, 0.0, 1))
    inside = np.clip((half - np.abs(columns - anchor[0])) / (0.12 * tall), 0, 1)
    rounded = np.where(down > 0, alpha * inside, alpha)
    solid = np.round(rounded * 255).astype(np.uint8)
    return Cutout(np.dstack((picture, solid)), anchor, tall)


def burnt_out(flames: tuple[Cutout, ...]) -> tuple[Cutout, ...]:
    """The same as an over-exposed sensor sees it: pink at the rim, white inside."""
    return tuple(_burnt(each) for each in flames)


def _burnt(flame: Cutout) -> Cutout:
    picture = flame.picture.copy()
    solid = picture[..., 3:].astype(np.float32) / 255
    grey = picture[..., :3].astype(np.float32).max(axis=2, keepdims=True) / 255
    white = np.clip(grey * solid * 1.7 - 0.75, 0, 1)
    rim = np.asarray((196, 168, 246), np.float32)
    picture[..., :3] = np.clip(rim * (1 - white) + 255 * white, 0, 255)
    picture[..., 3] = np.clip(solid[..., 0] * 1.35, 0, 1) * 255
    return Cutout(picture, flame.anchor, flame.tall)
