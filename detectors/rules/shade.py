"""Takes the shade of clouds out of a picture, so that people and small things in it stand alone.

A cloud's shadow covers half a picture, and whoever walks in it is a part of its blob. Its light
changes from place to place, but slowly: over a window a few people wide one ratio to the place
holds. What the place shows under that light is the place, and what it does not is a body.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from detectors.background import KERNEL, Background, View, outside, tidy
from detectors.blobs import Blobs, around
from detectors.rules.nature import edges
from detectors.rules.rule import Observation
from detectors.rules.shapes import SAME_GRAIN, blobs_in, grain_kept, same_grain
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

LEAST_SHADE = 150
"""Small pixels, a fiftieth of the picture. Of smaller blobs each is judged as a whole."""
WINDOW = 13
"""Pixels of half the small picture: somebody close by covers a third of it."""
SOFT = 6.0
"""Grey levels a small pixel more than the ground's own: the outline of a cloud's shadow has less,
that of a vehicle 14 to 30."""
UNIT = 64.0
"""One, in eight bits: ratios from 0 to 4."""


def without_shade(observation: Observation) -> View | None:
    """The view without what is only shade; None where there is none."""
    view = observation.view
    bodies = bodies_in(view.foreground, view.grey, observation)
    if bodies is None:
        return None
    foreground, static = view.foreground & bodies, view.static & bodies
    # What was one mask stays one: what is found in it is found once.
    fresh = foreground if view.fresh is view.foreground else view.fresh & bodies
    moving = foreground if view.moving is view.foreground else foreground ^ static
    clear = View(view.grey, foreground, static, moving, fresh, view.upset)
    same_grain(observation, clear)
    clear.memo.once(lambda: True, is_shaded)
    return clear


def is_shaded(observation: Observation) -> bool:
    """Whether shade was taken out of the view."""
    return observation.view.memo.once(lambda: False, is_shaded)


def seen_without_shade(observation: Observation) -> Observation:
    """The same, once for all rules that ask."""
    view = observation.view
    clear = view.memo.once(partial(without_shade, observation), without_shade)
    return observation if clear is None else replace(observation, view=clear)


def bodies_in(foreground: Mask, grey: Grey, observation: Observation) -> Mask | None:
    """All but what is only shade in a picture of this scan; None where there is none."""
    if cv2.countNonZero(foreground) < LEAST_SHADE:
        return None
    blobs = blobs_in(foreground, observation)
    large = np.flatnonzero(blobs.areas >= LEAST_SHADE)
    if not len(large):
        return None
    shade, background = np.zeros(len(blobs), np.bool_), observation.background
    kept = grain_kept(blobs, large, grey, observation)
    for index, same in zip(large.tolist(), kept.tolist(), strict=True):
        shade[index] = same >= SAME_GRAIN or _is_soft(blobs, index, grey, background)
    if not shade.any():
        return None
    lit = unlike_under_local_light(grey, background)
    return np.asarray(cv2.bitwise_or(cv2.bitwise_not(blobs.part(foreground, shade)), lit), np.uint8)


def _is_soft(blobs: Blobs, index: int, grey: Grey, background: Background) -> bool:
    """Whether most of its outline is no edge."""
    near = around(blobs.rectangle(index))
    inside = np.asarray(blobs.labels[near] == index + 1, np.uint8)
    ring = (cv2.dilate(inside, KERNEL) - cv2.erode(inside, KERNEL)) > 0
    sharper = edges(grey[near])[ring] - edges(background.long(near))[ring]
    return 2 * int(np.count_nonzero(sharper < SOFT)) > sharper.size


def unlike_under_local_light(grey: Grey, background: Background) -> Mask:
    """What is unlike the place under the light around it: bodies, 255, in no light's outline."""
    place = np.maximum(background.long(), np.float32(1.0))
    ratio = cv2.convertScaleAbs(grey / place, alpha=UNIT)
    coarse = cv2.resize(ratio, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    light = cv2.resize(cv2.medianBlur(coarse, WINDOW), (GREY_WIDTH, GREY_HEIGHT))
    bounds = background.bounds
    lowest, highest = (
        np.asarray(cv2.multiply(each, light, scale=1.0 / UNIT), np.uint8)
        for each in (bounds.lowest, bounds.highest)
    )
    return tidy(outside(grey, lowest, highest, bounds.allowed))
