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
SMOOTH = 4.0
"""Grey levels a pixel. Sky and plaster have no texture to hide; smoke before them must be soft."""
SOFT = 0.3
"""Largest gradient, of the mean difference inside: a body's outline drops within one pixel."""
MOST_SHARE = 0.6
"""More of the picture than this is fog, rain on the lens or a camera that hunts for focus."""
KEEPS = 0.3
"""Least share of a veil that was foreground in the last scan: smoke hangs over its source."""
LEAST_RISE = 0.25
"""Small pixels a second: 1 m/s, the slowest smoke that rises by itself, at 100 m from a 90° lens
gives 0.8; wind takes half of it."""

FASTEST = 12.0
"""…and 15 m/s at the same distance, a gale."""
QUIETEST = 1.8
"""Unrest of smoke, of the noise around it: drawn smoke has 2 to 8, a wet patch or the rim of an
exposure change 1."""
WILDEST = 12.0
"""Grey levels. Real smoke at a roof churns by 8 to 10, cars and walkers by 15 to 45."""


@dataclass(frozen=True, slots=True)
class Veil:
    """A smoke candidate of one scan."""

    mask: Mask
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
        if keeps and _is_veil(inside, colour.y[near], background.long(near)):
            return Veil(mask_of(blobs.inside(index)), int(blobs.areas[index]), rectangle)
    return None


def may_veil(view: View, stays: Mask, least: int) -> bool:
    """Whether there is enough foreground for smoke, and not too much, and enough of it keeps still.

    Four of five cars are elsewhere in the next scan; only what stays is worth a closer look.
    """
    enough = least <= cv2.countNonZero(view.fresh) <= MOST_SHARE * view.fresh.size
    return enough and cv2.countNonZero(stays) >= KEEPS * least


def _colourless(chroma: Mask) -> Mask:
    return np.asarray(cv2.inRange(chroma, 128 - MOST_COLOUR, 128 + MOST_COLOUR), np.uint8)


def _is_veil(inside: Mask, grey: Grey, ground: Plane) -> bool:
    """Soft, and a veil. All three are of the blob's rectangle and two pixels around it."""
    difference = cv2.absdiff(grey.astype(np.float32), ground)
    apart = cv2.mean(difference, mask=inside)[0]
    return _is_soft(inside, np.asarray(difference, np.float32), apart) and _veils(
        inside, grey, ground, apart
    )


def _is_soft(inside: Mask, difference: Plane, apart: float) -> bool:
    """No body: the difference from the background fades out towards the outline."""
    ring = cv2.dilate(inside, KERNEL) - cv2.erode(inside, KERNEL)
    return bool(cv2.mean(edges(difference), mask=ring)[0] < SOFT * apart)


def _veils(inside: Mask, grey: Grey, ground: Plane, apart: float) -> bool:
    """What lies behind has lost texture, more than it has lost brightness."""
    before = cv2.mean(edges(ground), mask=inside)[0]
    now = cv2.mean(edges(grey), mask=inside)[0]
    if before < SMOOTH:
        return now < SOFT * apart
    brightness = cv2.mean(grey, mask=inside)[0] / max(1.0, cv2.mean(ground, mask=inside)[0])
    return now / before < TEXTURE_LEFT * min(1.0, brightness)


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
    return QUIETEST * noise <= _unrest(levels[:, veil.mask > 0], 50) <= WILDEST


def _unrest(levels: NDArray[np.float32], percentile: float) -> float:
    """Deviation over time of the pixels' (T, N) levels, what all have in common taken out."""
    own = levels - levels.mean(axis=1, keepdims=True)
    return float(np.percentile(own.std(axis=0), percentile))


def _rises(frames: Sequence[Frame], veil: Veil) -> bool:
    """One velocity for the whole veil by least squares on the brightness constancy equation (Lucas
    and Kanade 1981), over pictures about a third of a second apart.
    """
    chosen = frames[:: max(1, len(frames) // 6)]
    steps = [_velocity(one, other, veil.mask) for one, other in pairwise(chosen)]
    down = np.array([step[1] for step in steps])
    return bool(
        np.median(down) < -LEAST_RISE
        and np.mean(down < -LEAST_RISE) >= 0.6
        and np.median(np.hypot(*np.transpose(steps))) <= FASTEST
    )


def _velocity(one: Frame, other: Frame, where: Mask) -> tuple[float, float]:
    """(right, down) in small pixels a second."""
    first = cv2.GaussianBlur(one.grey.astype(np.float32), (5, 5), 0)
    second = cv2.GaussianBlur(other.grey.astype(np.float32), (5, 5), 0)
    inside = where > 0
    across = cv2.Sobel(first, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)[inside]
    down = cv2.Sobel(first, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)[inside]
    change = (second - first)[inside]
    normal = np.array([[across @ across, across @ down], [across @ down, down @ down]], np.float64)
    normal += np.eye(2) * 1e-3 * (np.trace(normal) + 1.0)
    x, y = np.linalg.solve(normal, -np.array([across @ change, down @ change], np.float64))
    seconds = max(1e-3, other.captured_at - one.captured_at)
    return float(x) / seconds, float(y) / seconds
