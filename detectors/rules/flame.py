"""Flames: what has their colour, and whether it behaves like fire within one GOP.

Colour proposes and flicker decides. A lamp, a red roof and a sunset have the colour and stand
still; a red car moves through and is gone; a camera that shakes flickers everywhere and not in the
candidate only; a lamp, a flag and a branch flicker in few ways, each with all of its pixels, where
every part of a flame flickers in its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, NOTHING
from detectors.blobs import Blobs, Rectangle
from detectors.chroma import Chroma
from detectors.rules.flicker import MOST_FRAMES, turns_per_second
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Frame, Grey

LEAST_FLAME = 8
"""Small pixels; the texture of less cannot be told from one block of the codec."""
LIVELY = 2.5
"""Turns a second of a flickering pixel. The livelier pixels of two real fires gave 5.7 and 7.8
(90th percentile); on quiet clips at most 0.07 of a candidate's pixels turned 3 times a second."""
LIVELY_STEPS = 0.4
"""…or of its steps, where there are so few pictures that it seldom shows more turns: of the same
flames at 5 pictures a second LIVELY finds half, this nine of ten."""
NEAR = np.ones((5, 5), np.uint8)
"""How far from a lively pixel a candidate reaches."""
MOST_SHARE = 0.5
"""A candidate that covers more of the picture has too little around it to be held against: leaves
that tremble all over it."""
LEAST_EXCESS = 0.18
"""How much larger the lively share of a flame is than that of its surroundings, 0…1. The weakest
two seconds of two real fires gave 0.23; a night market full of lamps at most 0.08."""
SELDOM = 0.12
"""Least share of a burst's pictures in which a pixel of a flame has its colour: a slender tongue is
in another place in each. A quarter showed 54 pixels of one that covers 150."""
LEAST_WAYS = 4.0
"""In how many independent ways the lively pixels of a flame go up and down within a burst. Nine of
ten bursts of two real fires have 4.3 and more, or 14 and more, at 5 pictures a second 3.6; nine of
ten of flags in the wind at most 3.2, as a wave and a swing are few motions; a lamp has 1."""
WIDE = 400
"""Small pixels from which on that grows with the root of the area: a wide fire has many tongues, 13
ways and more in 19 of 20 bursts, where a tree of leaves that tremble had 5 at 900 to 1,600."""
SHAKY = 0.1
"""…and with the lively share of the rest of the picture: where a camera shakes, that is 0.1 to 0.2
and all that is bright and coloured has 4 to 5 ways; a burning car had 34 and more at 0.5."""
REACH = 3
"""Small pixels that something swings from one picture to the next."""
LEAST_LEFT = 0.38
"""What is left of a flame's changes (squared) where each picture is moved to fit the one before as
a whole: flames leave 0.59 to 1, and 0.47 before a camera that is carried about; a bough full of
leaves that swings by more than a leaf, which is many ways, 0.22 to 0.29."""
GOES, LEFT_GOING = 0.75, 0.7
"""What goes one way all the time must leave more: the shifts of red cars that queue one after
another add up to 0.9 to 1 of their lengths and they leave 0.26 to 0.5, with as many ways as their
windows and gaps; those of flames that sway add up to 0.57 at most, and what burns in its place
leaves 0.85 and more."""
LEFT_UNSURE = 0.5
"""…but a tongue that shoots up leaves 0.65 to 0.7, more than any of those cars: it is looked at
once more."""
LEAST_FILL = 0.4
"""Of its rectangle. A flame fills 0.6 to 0.9 of it; the tail lamps of cars that pass leave a path
behind them, 0.14 to 0.25."""
BRIGHT = 130
"""The least that the brighter tenth of a flame's lively pixels reach while they have its colour:
175 to 235 at a usual exposure, 138 where a lamp made the camera shut its iris."""


@dataclass(frozen=True, slots=True)
class Flame:
    """`area` in small pixels; `score` 0…1. `unsure`: it goes one way, and the next burst tells."""

    rectangle: Rectangle
    area: int
    score: float
    unsure: bool = False


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
    coloured = _often(shown) & zone
    turns = turns_per_second(frames) if cv2.countNonZero(coloured) else None
    if turns is None:
        return None
    lively = turns >= _liveliness(frames)
    # A wooden floor has the colour too: only what is near to lively pixels is a candidate.
    near = np.asarray(cv2.dilate(mask_of(lively), NEAR), np.uint8)
    blobs = Blobs.of(np.asarray(cv2.dilate(coloured & near, KERNEL), np.uint8))
    flames = [
        _judge(blobs.inside(index), blobs.rectangle(index), lively, shown, frames)
        for index in blobs.of_at_least(least)
        if blobs.areas[index] <= MOST_SHARE * coloured.size
    ]
    found = [each for each in flames if each]
    return max(found, key=lambda each: (not each.unsure, each.score), default=None)


def stirs_like_flames(burst: Sequence[Frame], where: Mask) -> bool:
    """Whether LEAST_FLAME small pixels of `where`, of any colour, turn round like a flame's.

    Over-exposed flames have lost their colour; none of them stands still, or sways like leaves.
    """
    frames = burst[-MOST_FRAMES:]
    turns = turns_per_second(frames)
    if turns is None:
        return False
    lively = (turns >= _liveliness(frames)) & (where > 0)
    if np.count_nonzero(lively) < LEAST_FLAME:
        return False
    return _ways(np.stack([frame.grey[lively] for frame in frames])) >= LEAST_WAYS


def _liveliness(frames: Sequence[Frame]) -> float:
    """The least turns a second of a flickering pixel, at so many pictures a second."""
    seconds = max(1e-3, frames[-1].captured_at - frames[0].captured_at)
    return min(LIVELY, LIVELY_STEPS * (len(frames) - 1) / seconds)


def _often(shown: Sequence[Mask]) -> Mask:
    """Where more than SELDOM of the masks are set."""
    times = np.zeros_like(shown[0])
    for mask in shown:
        times += mask & np.uint8(1)
    return mask_of(times > SELDOM * len(shown))


def _judge(
    inside: NDArray[np.bool_],
    rectangle: Rectangle,
    lively: NDArray[np.bool_],
    shown: Sequence[Mask],
    frames: Sequence[Frame],
) -> Flame | None:
    area = int(np.count_nonzero(inside))
    around = _widened(inside)
    outside = 0.0 if around.all() else float(lively[~around].mean())
    # The lively share above that of the picture outside, as a part of what is possible.
    excess = (float(lively[inside].mean()) - outside) / max(1.0 - outside, 0.1)
    if excess < LEAST_EXCESS or area < LEAST_FILL * rectangle[2] * rectangle[3]:
        return None
    where = lively & inside
    levels = np.stack([frame.grey[where] for frame in frames])
    coloured = np.stack([mask[where] for mask in shown]) > 0
    brightest = np.percentile(np.where(coloured, levels, 0).max(axis=0), 90)
    least_ways = LEAST_WAYS * max(1.0, area / WIDE) ** 0.5 * (1.0 + outside / SHAKY)
    if brightest < BRIGHT or _ways(levels) < least_ways:
        return None
    left, goes = _left_by_moving(frames, inside, rectangle)
    if left < (LEAST_LEFT if goes < GOES else LEFT_UNSURE):
        return None
    score = min(0.95, 0.6 + 0.5 * (excess - LEAST_EXCESS))
    return Flame(rectangle, area, score, unsure=goes >= GOES and left < LEFT_GOING)


def _ways(levels: NDArray[np.uint8]) -> float:
    """In how many independent ways (T, N) levels vary over time: 1 where all go together.

    The participation ratio of the steps' principal components, (sum of v)^2 over the sum of v^2 of
    their variances v. Both sums are estimated from the products of steps that share no picture:
    a step's product with itself, and with the next one, would count the few pictures there are as
    ways, and leave no more of them than pictures. Each pixel counts alike; steps rather than
    levels, since a flame also grows and leans as a whole.
    """
    steps = np.diff(levels.astype(np.float32), axis=0)
    steps /= np.maximum(1.0, steps.std(axis=0))
    products = steps @ steps.T
    own = np.diag(products)
    apart = np.abs(np.subtract.outer(np.arange(len(own)), np.arange(len(own)))) > 1
    return float(np.outer(own, own)[apart].sum() / max(1e-6, (products[apart] ** 2).sum()))


def _left_by_moving(
    frames: Sequence[Frame], inside: NDArray[np.bool_], rectangle: Rectangle
) -> tuple[float, float]:
    """The part of the squared changes inside that is no shift of the whole, 0 to 1; and how far the
    shifts lead, as a part of their lengths, 0 to 1, each with the weight of what it explains."""
    left, top, width, height = rectangle
    rows, columns = slice(top, top + height), slice(left, left + width)
    mask = inside[rows, columns].astype(np.float32)
    wide = slice(top, top + height + 2 * REACH), slice(left, left + width + 2 * REACH)
    rest = whole = lengths = 0.0
    way = np.zeros(2)
    for before, now in pairwise(frames):
        around = cv2.copyMakeBorder(before.grey, *(REACH,) * 4, cv2.BORDER_REPLICATE)[wide]
        apart = cv2.matchTemplate(
            around.astype(np.float32),
            now.grey[rows, columns].astype(np.float32),
            cv2.TM_SQDIFF,
            mask=mask,
        )
        least, stays = max(0.0, float(apart.min())), float(apart[REACH, REACH])
        rest += least
        whole += stays
        shift = np.array(np.unravel_index(int(apart.argmin()), apart.shape)) - REACH
        way += (stays - least) * shift
        lengths += (stays - least) * float(np.hypot(*shift))
    return rest / max(1.0, whole), float(np.hypot(*way)) / max(1.0, lengths)


def _widened(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The candidate and its surroundings: its glow flickers on the ground beside it."""
    return np.asarray(cv2.dilate(mask_of(inside), np.ones((15, 15), np.uint8)) > 0, np.bool_)
