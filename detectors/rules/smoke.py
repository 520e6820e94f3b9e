"""Smoke: a soft, colourless veil that hides texture, keeps its place, spreads and drifts upward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, Background, View
from detectors.blobs import Blobs, Rectangle
from detectors.chroma import Chroma
from detectors.light import Plane
from detectors.rules.flicker import LEAST_FRAMES, MOST_FRAMES
from detectors.rules.place import around, edges
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Frame, Grey

MOST_COLOUR = 14
"""Largest |Cb| or |Cr| of smoke: grey, whatever burns. Skin and clothes lie above 15."""
TEXTURE_LEFT = 0.75
"""Smoke of opacity a leaves 1 - a of the gradients behind it; a shadow leaves as much of them as of
the brightness."""
GRAIN = 6.0
"""Small pixels. Smoke's own structure is so coarse: so many fewer independent samples of it tell
what is left of the ground's (soot before smooth paving strays by 0.3 over 1,600 pixels)."""
SOFT = 0.3
"""Largest gradient, of the mean difference inside: a body's outline drops within one pixel."""
MOST_SHARE = 0.6
"""More of the picture than this is fog, rain on the lens or a camera that hunts for focus."""
KEEPS = 0.3
"""Least share of a veil that was foreground in the last scan: smoke hangs over its source."""
LEAST_RISE = 0.4
"""Small pixels a second: 1 m/s, the slowest smoke that rises by itself, at 100 m from a 90° lens
gives 0.8; wind takes half of it. Drawn plumes on three places rise by 4 to 10."""
FASTEST = 20.0
"""…and 15 m/s, a gale, at 60 m. Soot that a breeze carries across a street has 10 to 13."""
QUIETEST = 1.8
"""Unrest of smoke, of the noise around it: drawn smoke has 2 to 8, a wet patch or the rim of an
exposure change 1."""
WILDEST = 12.0
"""Grey levels. Real smoke at a roof churns by 8 to 10, cars and walkers by 15 to 45…"""
WILDEST_SHARE = 0.25
"""…of the difference from the ground, if that is more: soot 70 levels darker than a street has 7 to
13, where a body that covers a pixel for a part of the time has a third and more."""


@dataclass(frozen=True, slots=True)
class Veil:
    """A smoke candidate of one scan. `apart`: its mean difference from the ground, grey levels."""

    mask: Mask
    apart: float
    area: int
    rectangle: Rectangle


def find_veil(
    fresh: Mask, stays: Mask, background: Background, colour: Chroma, least: int
) -> Veil | None:
    """The largest blob of a zone's fresh foreground that looks like smoke; None without any.

    `stays` was fresh foreground in the last scan too.
    """
    pale = fresh & _colourless(colour.cb) & _colourless(colour.cr)
    if cv2.countNonZero(pale) < least:
        return None
    found = np.asarray(cv2.morphologyEx(pale, cv2.MORPH_OPEN, KERNEL), np.uint8)
    if cv2.countNonZero(found) < least:
        return None
    blobs = Blobs.of(found)
    for index in sorted(blobs.of_at_least(least), key=lambda each: -int(blobs.areas[each])):
        rectangle = blobs.rectangle(index)
        near = around(rectangle)
        inside = mask_of(blobs.labels[near] == index + 1)
        keeps = cv2.countNonZero(inside & stays[near]) >= KEEPS * int(blobs.areas[index])
        apart = _veiling(inside, colour.y[near], background.long(near)) if keeps else None
        if apart is not None:
            mask = mask_of(blobs.inside(index))
            return Veil(mask, apart, int(blobs.areas[index]), rectangle)
    return None


def may_veil(view: View, stays: Mask, least: int) -> bool:
    """Whether there is enough foreground for smoke, and not too much, and enough of it keeps still.

    Four of five cars are elsewhere in the next scan; only what stays is worth a closer look.
    """
    enough = least <= cv2.countNonZero(view.fresh) <= MOST_SHARE * view.fresh.size
    return enough and cv2.countNonZero(stays) >= KEEPS * least


def _colourless(chroma: Mask) -> Mask:
    return np.asarray(cv2.inRange(chroma, 128 - MOST_COLOUR, 128 + MOST_COLOUR), np.uint8)


def _veiling(inside: Mask, grey: Grey, ground: Plane) -> float | None:
    """How far a soft veil differs from its ground; None where there is none.

    All three are of the blob's rectangle and two pixels around it.
    """
    difference = np.asarray(cv2.absdiff(grey.astype(np.float32), ground), np.float32)
    apart = float(cv2.mean(difference, mask=inside)[0])
    veils = _is_soft(inside, difference, apart) and _veils(inside, grey, ground, apart)
    return apart if veils else None


def _is_soft(inside: Mask, difference: Plane, apart: float) -> bool:
    """No body: the difference from the background fades out towards the outline."""
    ring = cv2.dilate(inside, KERNEL) - cv2.erode(inside, KERNEL)
    return bool(cv2.mean(edges(difference), mask=ring)[0] < SOFT * apart)


def _veils(inside: Mask, grey: Grey, ground: Plane, apart: float) -> bool:
    """What lies behind has lost texture, more than it has lost brightness; the smoke's own is soft.

    Soot before pale paving has more texture than the paving. So what is left of the ground's is
    the factor by which its gradients explain those of now (least squares), and the rest is the
    smoke's own.
    """
    where = inside > 0
    behind, shown = _gradients(ground, where), _gradients(grey.astype(np.float32), where)
    texture = max(1e-6, float((behind**2).sum()))
    left = float((behind * shown).sum()) / texture
    own = np.hypot(*(shown - left * behind))
    # Ground without texture says nothing of what is left of it.
    doubt = GRAIN * float(np.sqrt(np.mean(own**2) / texture))
    brightness = cv2.mean(grey, mask=inside)[0] / max(1.0, cv2.mean(ground, mask=inside)[0])
    most = TEXTURE_LEFT * min(1.0, brightness)
    return left - doubt < most and float(own.mean()) < SOFT * apart


def _gradients(plane: Plane, where: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(2, N) grey levels a pixel to the right and down."""
    sides = [
        cv2.Sobel(plane, cv2.CV_32F, across, 1 - across, ksize=3, scale=0.125)[where]
        for across in (1, 0)
    ]
    return np.asarray(sides, np.float32)


def billows(burst: Sequence[Frame], veil: Veil) -> bool:
    """Whether what the veil shows churns gently and drifts upward within the burst."""
    frames = burst[-MOST_FRAMES:]
    if len(frames) < LEAST_FRAMES:
        return False
    return _churns(frames, veil) and _rises(frames, veil)


def _churns(frames: Sequence[Frame], veil: Veil) -> bool:
    """More than the noise of the rest of the picture, less than a body that passes."""
    levels = np.stack([frame.grey for frame in frames]).astype(np.float32)
    outside = cv2.dilate(veil.mask, np.ones((15, 15), np.uint8)) == 0
    noise = _unrest(levels[:, outside], 25) if outside.any() else 0.0
    wildest = max(WILDEST, WILDEST_SHARE * veil.apart)
    return QUIETEST * noise <= _unrest(levels[:, veil.mask > 0], 50) <= wildest


def _unrest(levels: NDArray[np.float32], percentile: float) -> float:
    """Deviation over time of the pixels' (T, N) levels, what all have in common taken out."""
    own = levels - levels.mean(axis=1, keepdims=True)
    return float(np.percentile(own.std(axis=0), percentile))


def _rises(frames: Sequence[Frame], veil: Veil) -> bool:
    """Whether what moves within the veil moves upward."""
    across, down = _velocity(frames, veil.mask)
    return down < -LEAST_RISE and float(np.hypot(across, down)) <= FASTEST


def _velocity(frames: Sequence[Frame], where: Mask) -> tuple[float, float]:
    """(right, down) in small pixels a second: one velocity for all that moves in the mask.

    By least squares on the brightness constancy equation (Lucas and Kanade 1981), over all pictures
    about a third of a second apart. Their mean is taken out first: the ground behind thin smoke
    stands still, and the outline of a plume does too.
    """
    chosen = frames[:: max(1, len(frames) // 6)]
    levels = np.stack(
        [cv2.GaussianBlur(each.grey.astype(np.float32), (5, 5), 0) for each in chosen]
    )
    levels -= levels.mean(axis=0)
    inside = where > 0
    normal, moved = np.eye(2), np.zeros(2)
    for (one, first), (other, second) in pairwise(zip(chosen, levels, strict=True)):
        slopes = _gradients(np.asarray((first + second) / 2, np.float32), inside).astype(np.float64)
        seconds = max(1e-3, other.captured_at - one.captured_at)
        normal += slopes @ slopes.T
        moved += slopes @ (second - first)[inside] / seconds
    right, down = np.linalg.solve(normal, -moved)
    return float(right), float(down)
