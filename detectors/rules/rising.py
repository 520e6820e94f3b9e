"""What rises within one GOP: where one upward drift explains how a picture changes.

Asked around each pixel and not of a whole veil: a cloud's shadow that passes goes its own way, and
smoke shows its way even where it is as bright as the ground and hides nothing that could be missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.blobs import Blobs, Rectangle
from detectors.light import Plane
from detectors.rules.flicker import LEAST_FRAMES, MOST_FRAMES
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Frame, Grey

APART = 0.2
"""Seconds between two pictures: in a third of one smoke that is 40 m away rises by more than the
grain of it that is left in a small picture."""
COARSEST = (21, 21)
"""Small pixels. What is coarser is taken out: the shade of clouds, 15 and more, goes across and
hides what smoke does in it."""
WINDOW = (11, 11)
"""Small pixels over which a drift is asked for."""
LOUD = 2.0
"""How much more must change than where least does (a third of the picture)."""
LEAST_RISE = 0.4
"""Small pixels a second: 1 m/s, the slowest smoke that rises by itself, at 100 m from a 90° lens
gives 0.8; wind takes half of it. Drawn plumes on three places rise by 4 to 10."""
FASTEST = 20.0
"""…and 15 m/s, a gale, at 60 m. Soot that a breeze carries across a street has 10 to 13."""
FLATTEST = 3.0
"""Of smoke's way, across over up, around a pixel: 0 to 2 in nearly all of it."""
FLATTEST_IN_ALL = 5.0
"""…and on average: most shadows of clouds have 5 to 10, smoke in a wind up to 4."""
LEAST_SHARE = 0.12
"""What the drift explains of the squared changes around a pixel. Two of some 30 independent
samples, 0.07, is what it explains of noise."""
MOST_SHARE = 0.65
"""…of those of the whole: smoke has 0.13 to 0.61, as it changes its shape while it rises; cars that
drive away from the camera up to 0.84."""
LEAST_ROUND = 0.08
"""Of the gradients' power across their main direction over that along it. Of an edge only the
motion across it can be seen: what rises in a shadow's edge that leans and creeps to one side has 0
to 0.02, smoke 0.14 and more in 49 of 50 bursts."""
LEAST_LASTING = 0.5
"""Over how much of a burst the changes of what rises are spread: smoke goes on where it is, 0.62
and more in 19 of 20 bursts, 0.4 to 0.6 where the codec saves bits; a car that drives away passes
each place of its way once, 0.17 to 0.54 in nine of ten that rose."""

Sums = NDArray[np.float32]
"""(6, h, w): xx, xy, yy, xt, yt, tt of gradients right (x), down (y) and changes over time (t)."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Small pixels a second. `share`: how much of the squared changes it explains, 0 to 1."""

    right: float
    down: float
    share: float
    round: float
    """0 where all gradients have one direction, 1 where they have all."""

    @property
    def rises(self) -> bool:
        upward = max(LEAST_RISE, abs(self.right) / FLATTEST_IN_ALL) < -self.down
        slow = np.hypot(self.right, self.down) <= FASTEST
        return bool(upward and slow and self.share <= MOST_SHARE and self.round >= LEAST_ROUND)


@dataclass(frozen=True, slots=True)
class Rising:
    """A blob of a picture that rises. `area` in small pixels."""

    mask: Mask
    area: int
    rectangle: Rectangle
    drift: Drift


def find_rising(burst: Sequence[Frame], near: Mask, least: int) -> Rising | None:
    """The largest blob of at least `least` small pixels that rises in the middle of `near`.

    By least squares on the brightness constancy equation (Lucas and Kanade 1981). The mean of all
    pictures is taken out first: the ground behind thin smoke stands still, and the outline of a
    plume does too.
    """
    frames = _apart(burst)
    left, top, width, height = cv2.boundingRect(near)
    if len(frames) < LEAST_FRAMES or not width:
        return None
    rows, columns = slice(top, top + height), slice(left, left + width)
    levels = np.stack([_fine(frame.grey) for frame in frames])
    levels -= levels.mean(axis=0)
    seconds = np.diff([frame.captured_at for frame in frames]).astype(np.float32)
    changes = np.asarray(
        np.diff(levels, axis=0) / np.maximum(seconds, 1e-3)[:, None, None], np.float32
    )
    powers = np.stack([_mean(each * each) for each in changes])
    loud = powers.sum(axis=0)
    least_loud = LOUD * float(np.percentile(loud[::4, ::4], 30))
    sums = _sums(levels[:, rows, columns], changes[:, rows, columns])
    rises = _rises(np.stack([_mean(each) for each in sums])) & (loud[rows, columns] > least_loud)
    found = np.zeros_like(near)
    found[rows, columns] = mask_of(rises) & near[rows, columns]
    blobs = Blobs.of(found)
    index = int(np.argmax(blobs.areas)) if len(blobs) else -1
    if index < 0 or blobs.areas[index] < least:
        return None
    inside = blobs.inside(index)
    drift = _drift(sums[:, inside[rows, columns]].sum(axis=1, dtype=np.float64))
    if not drift.rises or _lasting(powers[:, inside]) < LEAST_LASTING:
        return None
    return Rising(mask_of(inside), int(blobs.areas[index]), blobs.rectangle(index), drift)


def _apart(burst: Sequence[Frame]) -> Sequence[Frame]:
    """The pictures of it about APART from one another, the newest among them."""
    frames = burst[-MOST_FRAMES:]
    seconds = frames[-1].captured_at - frames[0].captured_at if frames else 0.0
    if len(frames) < LEAST_FRAMES or seconds <= 0.0:
        return ()
    most = (len(frames) - 1) // (LEAST_FRAMES - 1)
    step = min(max(1, round(APART * (len(frames) - 1) / seconds)), most)
    return frames[(len(frames) - 1) % step :: step]


def _fine(grey: Grey) -> Plane:
    """Without the sensor's noise, and without what is coarse."""
    soft = cv2.GaussianBlur(grey.astype(np.float32), (5, 5), 0)
    return np.asarray(soft - cv2.blur(soft, COARSEST), np.float32)


def _mean(plane: Plane) -> Plane:
    return np.asarray(cv2.blur(plane, WINDOW), np.float32)


def _sums(levels: NDArray[np.float32], changes: NDArray[np.float32]) -> Sums:
    """Over all pairs of pictures, around none."""
    sums = np.zeros((6, *levels.shape[1:]), np.float32)
    changes = np.ascontiguousarray(changes)
    for before, after, t in zip(levels[:-1], levels[1:], changes, strict=True):
        both = before + after
        x = np.asarray(cv2.Sobel(both, cv2.CV_32F, 1, 0, ksize=1, scale=0.25), np.float32)
        y = np.asarray(cv2.Sobel(both, cv2.CV_32F, 0, 1, ksize=1, scale=0.25), np.float32)
        for sum_, one, other in zip(sums, (x, x, y, x, y, t), (x, y, y, t, t, t), strict=True):
            cv2.accumulateProduct(one, other, sum_)
    return sums


def _rises(sums: Sums) -> NDArray[np.bool_]:
    """Where the drift around each pixel goes up and explains enough."""
    right, down, share = _solved(sums)
    upward = (down < -LEAST_RISE) & (np.abs(right) < FLATTEST * -down)
    return np.asarray(upward & (np.hypot(right, down) < FASTEST) & (share > LEAST_SHARE), np.bool_)


def _drift(sums: NDArray[np.float64]) -> Drift:
    right, down, share = (float(each) for each in _solved(sums))
    xx, xy, yy, *_ = sums
    both, apart = (xx + yy) / 2, float(np.hypot((xx - yy) / 2, xy))
    return Drift(right, down, share, float((both - apart) / max(1e-6, both + apart)))


def _lasting(powers: NDArray[np.float32]) -> float:
    """Over how much of the time (T, N) powers are spread, 0 to 1: their participation ratio."""
    spread = powers.sum(axis=0) ** 2 / np.maximum(1e-6, (powers**2).sum(axis=0))
    return float(spread.mean()) / len(powers)


def _solved(
    sums: NDArray[np.floating],
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
    """Velocity to the right and down, and the share of the changes that it explains."""
    xx, xy, yy, xt, yt, tt = sums
    determinant = np.maximum(xx * yy - xy * xy, 1e-6)
    right = (xy * yt - yy * xt) / determinant
    down = (xy * xt - xx * yt) / determinant
    return right, down, -(right * xt + down * yt) / np.maximum(tt, 1e-6)
