"""Flames: what has their colour, and whether it behaves like fire within one GOP.

Colour proposes and flicker decides. A lamp, a red roof and a sunset have the colour and stand
still; a red car moves through and is gone; a blinking lamp goes out altogether; leaves and a camera
that shakes flicker everywhere and not in the candidate only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, NOTHING
from detectors.blobs import Blobs, Rectangle
from detectors.chroma import Chroma
from detectors.rules.flicker import MOST_FRAMES, turns_per_second
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Frame, Grey

LIVELY = 2.5
"""Turns a second of a flickering pixel. The livelier pixels of two real fires gave 5.7 and 7.8
(90th percentile); on quiet clips at most 0.07 of a candidate's pixels turned 3 times a second."""
LEAST_EXCESS = 0.18
"""How much larger the lively share of a flame is than that of its surroundings, 0…1. The weakest
two seconds of two real fires gave 0.23; a night market full of lamps at most 0.08."""
NEVER_OUT = 0.2
"""Least size of a flame within the burst, against its median: what goes out is a lamp or left."""
BRIGHT = 190
"""The least brightest small pixel of a flame: 92 % of 384 real ones in CCTV stills reach it."""


@dataclass(frozen=True, slots=True)
class Flame:
    """`area` in small pixels; `score` 0…1."""

    rectangle: Rectangle
    area: int
    score: float


def hot(colour: Chroma) -> Mask:
    """Where a picture has the colour of flames.

    Ordered R ≥ G ≥ B and far to the red, as in Çelik and Demirel's YCbCr rules (2009); or burnt out
    to white, with a reddish seam, as cheap cameras show flames. Of 384 labelled flames in CCTV
    stills the colours alone propose 41 %, both together 72 %.
    """
    y, cr = colour.y, colour.cr
    reddish = _above(cr, 128 + 8)
    if not cv2.countNonZero(reddish):
        return NOTHING
    ordered = _above(np.asarray(cv2.subtract(cr, colour.cb), np.uint8), 40)
    warm = _above(y, 100) & _above(cr, 128 + 12) & ordered
    seam: Mask = np.asarray(cv2.dilate(reddish & _above(y, 80), KERNEL), np.uint8)
    return warm | (_above(y, 215) & seam)


def _above(plane: Mask, level: int) -> Mask:
    return np.asarray(cv2.threshold(plane, level, 255, cv2.THRESH_BINARY)[1], np.uint8)


def changed(now: Grey, before: Grey, least: int) -> Mask | None:
    """Where a picture changed since the last scan; None where too little of it for a flame did.

    Flames never look the same two seconds later; lamps, roofs and wooden floors do.
    """
    apart = _above(np.asarray(cv2.absdiff(now, before), np.uint8), 12)
    return apart if cv2.countNonZero(apart) >= max(3, least // 4) else None


def stirred(region: Mask, change: Mask, least: int) -> Mask | None:
    """What changed in those candidates that did: cheap enough for every scan."""
    change = change & region
    if cv2.countNonZero(change) < max(3, least // 4):
        return None
    blobs = Blobs.of(region)
    stirs = (blobs.count(change) >= 0.12 * blobs.areas) & (blobs.areas >= least)
    return blobs.part(change, stirs) if stirs.any() else None


def find_flame(burst: Sequence[Frame], zone: Mask, least: int) -> Flame | None:
    """The surest flame of at least `least` small pixels; None when nothing behaves like one."""
    frames = burst[-MOST_FRAMES:]
    shown = [hot(Chroma.of(frame)) for frame in frames]
    often = _often(shown) & zone
    blobs = Blobs.of(np.asarray(cv2.dilate(often, KERNEL), np.uint8))
    large = blobs.of_at_least(least)
    turns = turns_per_second(frames) if large else None
    if turns is None:
        return None
    lively = turns >= LIVELY
    flames = [
        _judge(blobs.inside(index), blobs.rectangle(index), lively, shown, frames)
        for index in large
    ]
    return max((each for each in flames if each), key=lambda each: each.score, default=None)


def _often(shown: Sequence[Mask]) -> Mask:
    """Where more than a quarter of the masks are set."""
    times = np.zeros_like(shown[0])
    for mask in shown:
        times += mask & np.uint8(1)
    return mask_of(times > 0.25 * len(shown))


def _judge(
    inside: NDArray[np.bool_],
    rectangle: Rectangle,
    lively: NDArray[np.bool_],
    shown: Sequence[Mask],
    frames: Sequence[Frame],
) -> Flame | None:
    around = _widened(inside)
    excess = _excess(lively, inside, around)
    if excess < LEAST_EXCESS or not _stays_lit(shown, around):
        return None
    brightest = np.median([frame.grey[inside].max() for frame in frames])
    if brightest < BRIGHT:
        return None
    area = int(np.count_nonzero(inside))
    score = min(0.95, 0.6 + 0.5 * (excess - LEAST_EXCESS))
    return Flame(rectangle, area, score)


def _excess(
    lively: NDArray[np.bool_], inside: NDArray[np.bool_], around: NDArray[np.bool_]
) -> float:
    """The lively share inside above that of the picture outside, as a part of what is possible."""
    within = float(lively[inside].mean())
    outside = float(lively[~around].mean()) if not around.all() else 0.0
    return (within - outside) / max(1.0 - outside, 0.1)


def _widened(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The candidate and its surroundings: wind leans a flame, and a camera may pan a little."""
    return np.asarray(cv2.dilate(mask_of(inside), np.ones((15, 15), np.uint8)) > 0, np.bool_)


def _stays_lit(shown: Sequence[Mask], around: NDArray[np.bool_]) -> bool:
    where = mask_of(around)
    sizes = [cv2.countNonZero(mask & where) for mask in shown]
    return bool(np.percentile(sizes, 5) >= NEVER_OUT * np.median(sizes))
