"""Smoke: a soft, colourless veil that hides texture, keeps its place, spreads and rises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, Background, View
from detectors.blobs import Blobs, Rectangle, around
from detectors.chroma import Chroma
from detectors.light import Plane
from detectors.rules.flicker import MOST_FRAMES
from detectors.rules.rising import find_rising
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
LEFT = 0.15
"""Of a plume as it began, how much must still be hidden there: thin smoke shows in patches."""
BESIDE = np.ones((15, 15), np.uint8)
"""How far thin smoke goes on around a veil that shows."""
COARSE = 4
"""Small pixels over which unrest is averaged: noise goes, and what churns stays."""
WILD_PART = 95
"""Per cent of a plume that must churn gently: a motorway behind what its first picture left of a
lorry rises and is bare for most of the time."""
WILDEST = 12.0
"""Grey levels. There smoke has up to 12, cars 5 to 44 and half of them more than 17…"""
WILDEST_SHARE = 0.35
"""…of the difference from the ground, if that is more: dark soot before a pale street."""


@dataclass(frozen=True, slots=True)
class Veil:
    """A smoke candidate of one scan. `apart`: its mean difference from the ground, grey levels."""

    mask: Mask
    apart: float
    area: int
    rectangle: Rectangle

    def share_near(self, other: Veil) -> float:
        """How much of it lies in another one or beside it, 0 to 1."""
        shared = cv2.countNonZero(self.mask & np.asarray(cv2.dilate(other.mask, BESIDE), np.uint8))
        return shared / max(1, self.area)


@dataclass(frozen=True, slots=True)
class Plume:
    """Smoke as long as it is one: where it was seen first, and everywhere since.

    It sways over its source and shows now here and now there; a cloud's shadow goes on.
    """

    first: Veil
    whole: Veil

    @staticmethod
    def of(veil: Veil) -> Plume:
        return Plume(veil, veil)

    def also(self, veil: Veil, hidden: Mask) -> Plume | None:
        """With one more sight of it; None where that is another one, or nothing is `hidden` any
        more where this one began."""
        source = np.asarray(cv2.dilate(self.first.mask, BESIDE), np.uint8) & hidden
        left = cv2.countNonZero(source) >= LEFT * self.first.area
        if not left or max(veil.share_near(self.whole), self.whole.share_near(veil)) < KEEPS:
            return None
        mask = self.whole.mask | veil.mask
        return Plume(self.first, replace(veil, mask=mask, area=cv2.countNonZero(mask)))


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

    `stays` was veiled in the last scan too. What touches a `known` one comes before what is larger,
    and may be half as small.
    """
    pale = hidden & _colourless(colour.cb) & _colourless(colour.cr)
    if cv2.countNonZero(pale) < least / 2:
        return None
    found = np.asarray(cv2.morphologyEx(pale, cv2.MORPH_OPEN, KERNEL), np.uint8)
    if cv2.countNonZero(found) < least / 2:
        return None
    blobs = Blobs.of(found)
    touched = np.zeros(len(blobs)) if known is None else blobs.count(known.mask)
    likeliest = np.lexsort((blobs.areas, touched > 0))[::-1]
    enough = blobs.areas >= np.where(touched > 0, least / 2, least)
    for index in (int(each) for each in likeliest if enough[each]):
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


def billows(burst: Sequence[Frame], veil: Veil, zone: Mask, least: int) -> Veil | None:
    """What at a veil or beside it rises and churns gently within the burst."""
    near = np.asarray(cv2.dilate(veil.mask, BESIDE), np.uint8) & zone
    rising = find_rising(burst, near, least)
    if rising is None:
        return None
    plume = replace(veil, mask=rising.mask, area=rising.area, rectangle=rising.rectangle)
    return plume if _churns_gently(burst[-MOST_FRAMES:], plume) else None


def _churns_gently(frames: Sequence[Frame], plume: Veil) -> bool:
    """Less than where a body passes, in nearly all of it."""
    levels = np.stack([_coarse(frame.grey) for frame in frames]).astype(np.float32)
    inside = _coarse(plume.mask)
    own = levels[:, inside >= min(128, inside.max())]
    own -= own.mean(axis=1, keepdims=True)
    unrest = float(np.percentile(own.std(axis=0), WILD_PART))
    return unrest <= max(WILDEST, WILDEST_SHARE * plume.apart)


def _coarse(plane: Grey) -> Grey:
    """(22, 40): noise averages out, and what churns does not."""
    size = (GREY_WIDTH // COARSE, GREY_HEIGHT // COARSE)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
