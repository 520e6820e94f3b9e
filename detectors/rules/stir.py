"""Whether what stands stirs within itself, as a body does, seen in the pictures of one GOP.

People never stand like posts: they sway by half a centimetre and more within two seconds, shift
their weight, turn their heads. Of a thing all parts stay where they are to each other, whatever
moves it as a whole (a mast in the wind) or lights it. So its parts are measured against each other
and not against the ground. What rain, noise and a shadow's edge make of a part is no motion of it:
only as much counts as the motion explains of what has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL
from detectors.light import Plane
from detectors.rules.place import Place
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame

PICTURES = 10
"""Of a burst that are looked at: five a second of a GOP of 2 s."""
LEAST_SECONDS = 1.0
"""A shorter burst shows too little of a sway that takes two to seven seconds."""
COARSEST = 2 * GREY_WIDTH
"""Columns of a picture below which a sway is too small to be seen."""
FINE, MOST_FINE = 4, 240
"""Pixels to a small pixel, which is what a picture of 640 × 360 has; and the longest side of what
is looked at, so that somebody right before the camera costs no more."""
PART = 16
"""Pixels: a head, a hand's breadth of a van. Parts overlap by half."""
LEAST_GRAIN = 8.0
"""Mean squared gradient; a part with less has nothing that its motion could be seen by."""
NOISE = 4.0
"""The same of noise and coding, which keeps a faint part from wandering."""
STIRS, THIRD = 0.07, 66.0
"""Pixels by which a third of the parts move, each times the share of its changes that its motion
explains. Of 582 looks at composed cars and things, in any weather, by night and from a mast that
sways, 6 show more, all while a shadow's edge went over them; of 321 at real people who stand, 303.
Without that share 0.3 pixels let 3.4 % of the things and 95 % of the people through."""
_OUTER = (15.0, 85.0)
"""Percentiles over time: somebody who walks past in front is in no part for longer."""
_STEPS = 3
_MOST = 40.0
"""Grey levels, beyond which a difference says that something is in front, and no more."""

Stirs = Callable[[Place, Sequence[Frame]], bool | None]
"""As `stirs`, which it is but where a clip is looked at again and again."""


def stirs(place: Place, burst: Sequence[Frame]) -> bool | None:
    """Whether the parts of a place move against each other; None where that cannot be told: too few
    pictures, or nothing in them to see a motion by."""
    if not burst or burst[-1].captured_at - burst[0].captured_at < LEAST_SECONDS:
        return None
    if burst[-1].picture.width < COARSEST:
        return None
    chosen = np.unique(np.linspace(0, len(burst) - 1, PICTURES).astype(int))
    cut = _Cut.around(place)
    moves = _moves([cut.of(burst[index]) for index in chosen], cut.shape_of(place.mask))
    return None if moves is None else float(np.percentile(moves, THIRD)) > STIRS


class _Cut:
    """A rectangle of the picture, at a resolution that suits its size."""

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        fine = min(FINE, MOST_FINE / max(right - left, bottom - top))
        self.size = round((right - left) * fine), round((bottom - top) * fine)

    @staticmethod
    def around(place: Place) -> _Cut:
        """With two small pixels of what is around it."""
        left, top, width, height = place.rectangle
        right, bottom = min(GREY_WIDTH, left + width + 2), min(GREY_HEIGHT, top + height + 2)
        return _Cut(max(0, left - 2), max(0, top - 2), right, bottom)

    def of(self, frame: Frame) -> Plane:
        """Luma without its light: what is left where the mean around each pixel is taken out."""
        luma = frame.luma()
        high, wide = luma.shape[0] / GREY_HEIGHT, luma.shape[1] / GREY_WIDTH
        part = luma[
            round(self.top * high) : round(self.bottom * high),
            round(self.left * wide) : round(self.right * wide),
        ]
        way = cv2.INTER_AREA if part.shape[1] > self.size[0] else cv2.INTER_LINEAR
        grey = cv2.resize(part, self.size, interpolation=way).astype(np.float32)
        soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
        return np.asarray(soft - cv2.blur(soft, (25, 25)), np.float32)

    def shape_of(self, mask: Mask) -> Plane:
        """1 on the thing and a small pixel around it, else 0."""
        wider = cv2.dilate(mask, KERNEL)[self.top : self.bottom, self.left : self.right]
        grown = cv2.resize(wider, self.size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(grown > 0, np.float32)


def _moves(pictures: Sequence[Plane], shape: Plane) -> NDArray[np.float32] | None:
    """(N,) by how many pixels each part moves against the rest, as far as that explains what has
    changed; None where no part has any grain.

    Lucas and Kanade's least squares for each part, from where the thing as a whole has gone.
    """
    middle = pictures[len(pictures) // 2]
    across = cv2.Sobel(middle, cv2.CV_32F, 1, 0, ksize=3, scale=0.125) * shape
    down = cv2.Sobel(middle, cv2.CV_32F, 0, 1, ksize=3, scale=0.125) * shape
    xx, xy, yy = _parts(across * across), _parts(across * down), _parts(down * down)
    seen = (_parts(shape) > 0.5) & (xx + yy > LEAST_GRAIN)
    if not seen.any():
        return None
    xx, xy, yy = xx[seen] + NOISE, xy[seen], yy[seen] + NOISE
    size = xx * yy - xy * xy
    window = cv2.GaussianBlur(shape, (0, 0), 3.0)
    ways = []
    explained = changed = np.zeros(len(size), np.float32)
    for picture in pictures:
        whole = np.array(cv2.phaseCorrelate(middle * window, picture * window)[0])
        if np.abs(whole).max() > PART:
            whole = np.zeros(2)
        for _ in range(_STEPS):
            there = np.array([[1, 0, whole[0]], [0, 1, whole[1]]], np.float32)
            back = cv2.warpAffine(
                picture,
                there,
                (middle.shape[1], middle.shape[0]),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            apart = np.clip(back - middle, -_MOST, _MOST) * shape
            x, y = _parts(across * apart)[seen], _parts(down * apart)[seen]
            own = np.stack(((xy * y - yy * x) / size, (xy * x - xx * y) / size))
            usual = np.median(own, axis=1)
            whole = whole + usual
        ways.append(own - usual[:, None])
        explained = explained - (own[0] * x + own[1] * y)
        changed = changed + _parts(apart * apart)[seen]
    first, last = np.percentile(np.array(ways), _OUTER, axis=0)
    share = np.clip(explained / (changed + NOISE * len(pictures)), 0.0, 1.0)
    return np.asarray(np.hypot(*(last - first)) * share, np.float32)


def _parts(plane: Plane) -> Plane:
    """Means over parts."""
    means = cv2.boxFilter(plane, -1, (PART, PART), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(means[PART // 2 :: PART // 2, PART // 2 :: PART // 2], np.float32)
