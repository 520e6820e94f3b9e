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
from detectors.rules.place import around
from detectors.zone_mask import Mask, mask_of
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame, Grey

MOST_COLOUR = 14
"""Largest |Cb| or |Cr| of smoke: grey, whatever burns. Skin and clothes lie above 15."""
TEXTURE_LEFT = 0.75
"""Smoke of opacity a leaves 1 - a of the gradients behind it; a shadow leaves as much of them as of
the brightness."""
LEAST_TEXTURE = 1.0
"""Squared grey levels a pixel. Ground without any has none to lose, and noise is no texture."""
WINDOW = (9, 9)
"""Small pixels over which a loss of texture is told from noise."""
GRAIN = 6.0
"""Small pixels. Smoke's own structure is so coarse: so many fewer independent samples of it tell
what is left of the ground's (soot before smooth paving strays by 0.3 over 1,600 pixels)."""
SOFT = 0.3
"""Largest gradient, of the mean difference inside: a body's outline drops within one pixel."""
MOST_SHARE = 0.6
"""More of the picture than this is fog, rain on the lens or a camera that hunts for focus."""
KEEPS = 0.3
"""Least share of a veil that was veiled in the last scan too, or beside it when it began."""
BESIDE = np.ones((15, 15), np.uint8)
"""How far thin smoke goes on around a veil that shows."""
LEAST_RISE = 0.4
"""Small pixels a second: 1 m/s, the slowest smoke that rises by itself, at 100 m from a 90° lens
gives 0.8; wind takes half of it. Drawn plumes on three places rise by 4 to 10."""
FASTEST = 20.0
"""…and 15 m/s, a gale, at 60 m. Soot that a breeze carries across a street has 10 to 13."""
FLATTEST = 5.0
"""Of smoke's way, across over up: most shadows of clouds have 5 to 10, smoke in a wind up to 4."""
LEAST_DRIFT = 0.05
"""What one drift explains of a veil's squared changes: 0.1 to 0.7 in smoke, 0.02 where a building's
shadow, fog or a body change it."""
SURE_DRIFT = 0.3
"""…and no noise around a veil needs to be asked for: it was 0.25 at most in what is none."""
COARSE = 4
"""Small pixels over which unrest is averaged: noise goes, and what churns stays."""
QUIETEST = 1.2
"""Unrest of smoke, of the noise around it: drawn smoke has 1.3 to 8, a wet patch or the rim of an
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

    def hangs_over(self, other: Veil) -> bool:
        """Whether it is the same smoke: a plume sways over its source, a cloud's shadow goes on."""
        shared = cv2.countNonZero(self.mask & np.asarray(cv2.dilate(other.mask, BESIDE), np.uint8))
        return shared >= KEEPS * min(self.area, other.area)


def veiled(view: View, background: Background) -> Mask:
    """What could lie behind a veil: ground that has lost texture, and fresh foreground that does
    not show the ground's.

    Smoke as bright as the ground is no foreground, and a cloud's shadow is nothing else. What is
    left of the ground's gradients is asked around each pixel that differs a little; in a still
    place there is none.
    """
    grey, ground = view.grey, background.long()
    apart = cv2.absdiff(grey, cv2.convertScaleAbs(ground))
    noise = cv2.convertScaleAbs(background.bounds.allowed, alpha=1 / 3)
    differs = np.asarray(cv2.subtract(cv2.blur(apart, (5, 5)), noise), np.uint8)
    left, top, width, height = cv2.boundingRect(differs)
    if not width:
        return view.fresh
    near = around((left, top, width, height))
    behind, shown = ground[near], grey[near].astype(np.float32)
    behind_right, behind_down = _slopes(behind)
    shown_right, shown_down = _slopes(shown)
    texture = _mean(behind_right * behind_right + behind_down * behind_down)
    kept = _mean(behind_right * shown_right + behind_down * shown_down)
    brightness = np.minimum(1.0, _mean(shown) / np.maximum(1.0, _mean(behind)))
    tells = texture > np.maximum(LEAST_TEXTURE, background.spread[near] ** 2)
    clear = kept >= TEXTURE_LEFT * brightness * texture
    hidden = view.fresh.copy()
    hidden[near] |= mask_of(tells & ~clear & (differs[near] > 0))
    hidden[near] &= ~mask_of(tells & clear)
    return hidden


def _slopes(plane: Plane) -> tuple[Plane, Plane]:
    """Grey levels a pixel to the right and down."""
    right = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(right, np.float32), np.asarray(down, np.float32)


def _mean(plane: Plane) -> Plane:
    return np.asarray(cv2.blur(plane, WINDOW), np.float32)


def find_veil(
    hidden: Mask,
    stays: Mask,
    background: Background,
    colour: Chroma,
    least: int,
    *,
    known: Veil | None = None,
) -> Veil | None:
    """The largest blob of what is `veiled` in a zone that looks like smoke; None without any.

    `stays` was veiled in the last scan too. What touches a `known` one comes before what is larger.
    """
    pale = hidden & _colourless(colour.cb) & _colourless(colour.cr)
    if cv2.countNonZero(pale) < least:
        return None
    found = np.asarray(cv2.morphologyEx(pale, cv2.MORPH_OPEN, KERNEL), np.uint8)
    if cv2.countNonZero(found) < least:
        return None
    blobs = Blobs.of(found)
    touched = np.zeros(len(blobs)) if known is None else blobs.count(known.mask)
    likeliest = np.lexsort((blobs.areas, touched > 0))[::-1]
    for index in (int(each) for each in likeliest if blobs.areas[each] >= least):
        rectangle = blobs.rectangle(index)
        near = around(rectangle)
        inside = mask_of(blobs.labels[near] == index + 1)
        keeps = cv2.countNonZero(inside & stays[near]) >= KEEPS * int(blobs.areas[index])
        apart = _veiling(inside, colour.y[near], background.long(near)) if keeps else None
        if apart is not None:
            mask = mask_of(blobs.inside(index))
            return Veil(mask, apart, int(blobs.areas[index]), rectangle)
    return None


def may_veil(hidden: Mask, stays: Mask, least: int) -> bool:
    """Whether enough is veiled for smoke, and not too much, and enough of it keeps still.

    Four of five cars are elsewhere in the next scan; only what stays is worth a closer look.
    """
    enough = least <= cv2.countNonZero(hidden) <= MOST_SHARE * hidden.size
    return enough and cv2.countNonZero(stays) >= KEEPS * least


def _colourless(chroma: Mask) -> Mask:
    return np.asarray(cv2.inRange(chroma, 128 - MOST_COLOUR, 128 + MOST_COLOUR), np.uint8)


def _veiling(inside: Mask, grey: Grey, ground: Plane) -> float | None:
    """How far a soft veil differs from its ground; None where there is none.

    All three are of the blob's rectangle and two pixels around it.
    """
    shown = grey.astype(np.float32)
    apart = float(cv2.mean(cv2.absdiff(shown, ground), mask=inside)[0])
    behind, now = np.stack(_slopes(ground)), np.stack(_slopes(shown))
    # No body: what is not the ground's own fades out towards the outline.
    ring = (cv2.dilate(inside, KERNEL) - cv2.erode(inside, KERNEL)) > 0
    _, own = _left(behind[:, ring], now[:, ring])
    if own.mean() >= SOFT * apart:
        return None
    behind, now = behind[:, inside > 0], now[:, inside > 0]
    left, own = _left(behind, now)
    # Ground without texture says nothing of what is left of it.
    doubt = GRAIN * float(np.sqrt(np.mean(own**2) / max(1e-6, float((behind**2).sum()))))
    brightness = cv2.mean(shown, mask=inside)[0] / max(1.0, cv2.mean(ground, mask=inside)[0])
    veils = left - doubt < TEXTURE_LEFT * min(1.0, brightness)
    return apart if veils and own.mean() < SOFT * apart else None


def _left(
    behind: NDArray[np.float32], now: NDArray[np.float32]
) -> tuple[float, NDArray[np.float32]]:
    """What is left of the ground's texture, and the strength (N,) of the gradients besides.

    Soot before pale paving has more texture than the paving. So what is left of the ground's is
    the factor by which its gradients (2, N) explain those of now (least squares), and the rest is
    the smoke's own.
    """
    left = float((behind * now).sum()) / max(1e-6, float((behind**2).sum()))
    return left, np.hypot(*(now - left * behind))


def _gradients(plane: Plane, where: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(2, N) grey levels a pixel to the right and down."""
    return np.asarray([side[where] for side in _slopes(plane)], np.float32)


def billows(burst: Sequence[Frame], veil: Veil) -> bool:
    """Whether what the veil shows churns gently and drifts upward within the burst."""
    frames = burst[-MOST_FRAMES:]
    if len(frames) < LEAST_FRAMES:
        return False
    drift = _drift(frames, veil.mask)
    return drift.rises and _churns(frames, veil, drift)


def _churns(frames: Sequence[Frame], veil: Veil, drift: Drift) -> bool:
    """More than the noise of the rest of the picture, less than a body that passes."""
    levels = np.stack([_coarse(frame.grey) for frame in frames]).astype(np.float32)
    inside = _coarse(veil.mask)
    outside = _coarse(np.asarray(cv2.dilate(veil.mask, BESIDE), np.uint8)) == 0
    noise = _unrest(levels[:, outside], 25) if outside.any() else 0.0
    unrest = _unrest(levels[:, inside >= min(128, inside.max())], 50)
    wildest = max(WILDEST, WILDEST_SHARE * veil.apart)
    return unrest <= wildest and (unrest >= QUIETEST * noise or drift.share >= SURE_DRIFT)


def _coarse(plane: Grey) -> Grey:
    """(22, 40): noise averages out, and what churns does not."""
    size = (GREY_WIDTH // COARSE, GREY_HEIGHT // COARSE)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _unrest(levels: NDArray[np.float32], percentile: float) -> float:
    """Deviation over time of the (T, N) levels, what all have in common taken out."""
    own = levels - levels.mean(axis=1, keepdims=True)
    return float(np.percentile(own.std(axis=0), percentile))


@dataclass(frozen=True, slots=True)
class Drift:
    """Of all that moves in a mask, small pixels a second. `share`: how much of the squared changes
    over time it explains, 0 to 1."""

    right: float
    down: float
    share: float

    @property
    def rises(self) -> bool:
        upward = max(LEAST_RISE, abs(self.right) / FLATTEST) < -self.down
        return upward and np.hypot(self.right, self.down) <= FASTEST and self.share >= LEAST_DRIFT


def _drift(frames: Sequence[Frame], where: Mask) -> Drift:
    """By least squares on the brightness constancy equation (Lucas and Kanade 1981), over all
    pictures about a third of a second apart. Their mean is taken out first: the ground behind thin
    smoke stands still, and the outline of a plume does too.
    """
    chosen = frames[:: max(1, len(frames) // 6)]
    levels = np.stack(
        [cv2.GaussianBlur(each.grey.astype(np.float32), (5, 5), 0) for each in chosen]
    )
    levels -= levels.mean(axis=0)
    inside = where > 0
    normal, moved, changes = np.eye(2), np.zeros(2), 0.0
    for (one, first), (other, second) in pairwise(zip(chosen, levels, strict=True)):
        slopes = _gradients(np.asarray((first + second) / 2, np.float32), inside).astype(np.float64)
        seconds = max(1e-3, other.captured_at - one.captured_at)
        change = (second - first)[inside] / seconds
        normal += slopes @ slopes.T
        moved += slopes @ change
        changes += float((change**2).sum())
    velocity = np.linalg.solve(normal, -moved)
    share = -float(velocity @ moved) / max(1e-6, changes)
    return Drift(float(velocity[0]), float(velocity[1]), share)
