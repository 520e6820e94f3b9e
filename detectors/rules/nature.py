"""What changed in a patch of the picture: a thing that came, one that went, or light alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, Background, Ticks, View
from detectors.blobs import Blobs, around
from detectors.light import Plane
from detectors.rules.place import Place, correlation, places_in
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Grey

SAME_LIGHT = (0.85, 1.18)
"""No light is as bright as another and changes colours: a lamp adds, a shadow takes away."""
GRAIN, SHINES = 10.0, 0.8
"""Ground that varies by so many grey levels shines through a shadow, whose edge makes another ratio
of each pixel: it correlates with itself by 0.84 to 0.96 there. No thing looks like its ground."""
FINE_GRAIN, SHINES_FINELY = 2.0, 0.93
"""A fainter grain must show the better."""
LEAST_CORE = 6
MOST_GRAIN = 1.6
"""…and light multiplies its grain as it does its brightness, within the gradient of an edge."""
DARK = 8.0
"""Grey levels added to both before they are divided: black is mostly noise."""
STEEP, STEEP_OF_MANY = 0.04, 0.03
"""By which the logarithm of the ratio to the ground changes from one small pixel to the next, in
a quarter of a blob; less where it is not one ratio all over. Buildings' shadows under clouds have
0.012 to 0.022, and up to 0.037 where they are of one ratio; crates, bags, sand, a tree, bicycles
and scooters 0.034 to 0.24, and from 0.042 where they are smooth and of one shade."""
EVEN, EVEN_NEARLY_ALL, FEW_EDGES = 0.04, 0.05, 5.0
"""By how much that slope itself changes from one small pixel to the next in a quarter of a blob: of
737 looks at light that is not steep four are above, of a crate of planks or a car's smooth roof
(0.045 to 0.1) nearly all. What is steep and even, and brings hardly an edge along its outline in
grey levels a small pixel, is the soft edge of a roof's shadow: 0.07, bends by 0.033 and brings 3.
Of 739 looks at things those that bring fewer than 5 bend by 0.048 and more, but for one. There
nine tenths must be even: 0.045 in 190 soft edges, 0.07 where bags are one blob with a shadow."""
STEEP_ANY_WAY, SPAN = 0.02, 7
"""…and so much in every direction, within so many small pixels, is a thing in a shadow that is one
blob with it: found in none of 712 blobs of light, and in each of nine clips where they are one."""
BENT = 0.045
"""…and so is what bends by so much there, on the average: 0.039 at most in 1,387 blobs of light,
0.053 and more where a crate stands in one."""
LEAST_OUTLINE = 0.25
"""Of an outline that must be a blob's own, and not the zone's, to stand for all of it."""
SHOWS = 0.1
"""Share of what stands in light that shows itself so: a thing has an outline there as well."""
LEAST_EDGE = 2.0
"""Grey levels a pixel. Outlines of composed cars have 14 to 30, the ground before them 0.5 to 9."""


class Nature(Enum):
    """What a static foreground blob is."""

    THING = "thing"
    """Something is here that was not."""
    HOLE = "hole"
    """Something is gone, and the ground that it stood on shows."""
    LIGHT = "light"
    """The same ground under another light: a shadow or a beam."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the colours of a place: edges along its outline, in levels a small pixel, now
    and `before`; whether most of it `differs`."""

    now: float
    before: float
    differs: bool


SAME_COLOUR = Change(0.0, 0.0, differs=False)


def nature(
    place: Place,
    view: View,
    background: Background,
    colour: Change = SAME_COLOUR,
    beyond: Mask | None = None,
) -> Nature:
    """Tell a thing from a hole and from light, by edges along the outline and by texture; `beyond`
    is what stands still outside of the zone."""
    near = around(place.rectangle)
    mask, grey, ground = place.mask[near], view.grey[near], background.long(near)
    now, before = _along_the_outline(place, view, background, beyond)
    now, before = now + colour.now, before + colour.before
    if before > now:
        return Nature.HOLE
    if now < LEAST_EDGE:
        return Nature.LIGHT
    lit = _shines_through(mask, grey, ground) or _is_even(mask, grey, ground, now - before)
    if lit and not (colour.differs and is_as_bright(mask, grey, ground)):
        return Nature.LIGHT
    return Nature.THING


def _along_the_outline(
    place: Place, view: View, background: Background, beyond: Mask | None
) -> tuple[float, float]:
    """Edges now and before where a blob ends by itself. Where its zone cuts it off there are edges
    within the thing, of which bare ground may have more."""
    near = around(place.rectangle)
    mask = place.mask[near]
    ring = np.asarray(cv2.dilate(mask, KERNEL) - cv2.erode(mask, KERNEL), np.uint8)
    if beyond is not None:
        own = ring & ~np.asarray(cv2.dilate(beyond[near], KERNEL), np.uint8)
        if cv2.countNonZero(own) < LEAST_OUTLINE * cv2.countNonZero(ring):
            return _along_the_outline(place.whole(beyond), view, background, None)
        ring = own
    now = cv2.mean(edges(view.grey[near]), mask=ring)[0]
    return now, cv2.mean(edges(background.long(near)), mask=ring)[0]


def is_as_bright(mask: Mask, grey: Grey, ground: Plane) -> bool:
    """Whether it is neither in a shadow nor under a lamp."""
    ratio = (cv2.mean(grey, mask=mask)[0] + 8.0) / (cv2.mean(ground, mask=mask)[0] + 8.0)
    return SAME_LIGHT[0] < ratio < SAME_LIGHT[1]


def is_light(mask: Mask, grey: Grey, ground: Plane) -> bool:
    """Light multiplies what is there: one ratio all over the blob, or the ground's own grain."""
    return _is_one_ratio(mask, grey, ground) or _shines_through(mask, grey, ground)


def _is_one_ratio(mask: Mask, grey: Grey, ground: Plane) -> bool:
    core = _core(mask)
    ratio = (grey[core] + DARK) / (ground[core] + DARK)
    return bool(np.std(ratio) < 0.08 * np.mean(ratio))


def _is_even(mask: Mask, grey: Grey, ground: Plane, edges: float) -> bool:
    """Whether the ratio to the ground changes as that of light does; `edges` came with it."""
    ratio = _log_ratio(grey, ground)
    most, nearly_all = _bent(mask, ratio, 75, 90)
    if nearly_all < EVEN_NEARLY_ALL and edges < FEW_EDGES:
        return True
    return most < EVEN and _is_flat(mask, grey, ground, ratio)


def _is_flat(mask: Mask, grey: Grey, ground: Plane, ratio: Plane) -> bool:
    """Whether the ratio to the ground changes little from pixel to pixel, as that of light does: a
    cloud's shadow in a building's has every ratio, and few places where it is steep."""
    slope = cv2.magnitude(*_slopes(ratio))
    steep = STEEP if _is_one_ratio(mask, grey, ground) else STEEP_OF_MANY
    return float(np.percentile(slope[_core(mask)], 75)) < steep


def _bent(mask: Mask, ratio: Plane, *shares: int) -> list[float]:
    """By how much the slope of the ratio to the ground changes from pixel to pixel, percentiles:
    little in light, even in the soft edge of a shadow, which is as steep a pixel further on."""
    return [float(each) for each in np.percentile(_bends(ratio)[_core(mask)], shares)]


def _shines_through(mask: Mask, grey: Grey, ground: Plane) -> bool:
    """Whether the ground's own grain shows."""
    core = _core(mask)
    grain = float(np.std(ground[core]))
    if grain <= FINE_GRAIN:
        return False
    if correlation(grey[core], ground[core]) <= (SHINES if grain > GRAIN else SHINES_FINELY):
        return False
    # Ground that was learned while the thing came looks like it too, but fainter.
    ratio = float(np.mean((grey[core] + DARK) / (ground[core] + DARK)))
    return float(np.std(grey[core])) <= MOST_GRAIN * grain * ratio


def _core(mask: Mask) -> NDArray[np.bool_]:
    """The mask without its outline, where enough is left of it then."""
    core = cv2.erode(mask, KERNEL) > 0
    return np.asarray(core if np.count_nonzero(core) >= LEAST_CORE else mask > 0, np.bool_)


def _log_ratio(grey: Grey, ground: Plane) -> Plane:
    now, before = (
        cv2.GaussianBlur(each, (0, 0), 0.8) + np.float32(DARK)
        for each in (grey.astype(np.float32), ground)
    )
    return np.asarray(np.log(now / before), np.float32)


def edges(plane: NDArray[np.uint8] | Plane) -> Plane:
    """Gradient magnitude, in grey levels a pixel."""
    return np.asarray(cv2.magnitude(*_slopes(plane)), np.float32)


def _slopes(plane: NDArray[np.uint8] | Plane) -> tuple[Plane, Plane]:
    across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def _bends(plane: Plane) -> Plane:
    """How much the gradient changes, a pixel."""
    across, down = (
        cv2.Sobel(plane, cv2.CV_32F, *twice, ksize=3, scale=0.25) for twice in ((2, 0), (0, 2))
    )
    return np.asarray(cv2.magnitude(across, down), np.float32)


def things_in_light(
    place: Place, view: View, background: Background, least: int, *, still: Ticks, bodies: Mask
) -> Iterator[Place]:
    """What stands in a shadow or a beam that came while it stood and is one blob with it: where the
    ratio to the ground is steep in more than one direction (a shadow's edge runs in one), or bends;
    all of it where it is unlike the place under the light that is around it (`bodies`)."""
    near = around(place.rectangle)
    core = cv2.erode(place.mask[near], KERNEL) > 0
    ratio = _log_ratio(view.grey[near], background.long(near))
    across, down = (np.where(core, each, np.float32(0.0)) for each in _slopes(ratio))
    xx, xy, yy = (
        cv2.boxFilter(each, -1, (SPAN, SPAN))
        for each in (across * across, across * down, down * down)
    )
    least_slope = (xx + yy) / 2 - cv2.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    bends = cv2.boxFilter(np.where(core, _bends(ratio), np.float32(0.0)), -1, (SPAN, SPAN))
    part = np.zeros_like(place.mask)
    steep = mask_of((least_slope > STEEP_ANY_WAY**2) | (bends > BENT)) & place.mask[near]
    if not cv2.countNonZero(steep):
        return
    body = bodies[near] & place.mask[near]
    blobs = Blobs.of(body)
    whole = blobs.part(body, blobs.count(steep) >= SHOWS * blobs.areas)
    part[near] = whole if cv2.countNonZero(whole) else steep
    yield from places_in(part, least, view, still, background.at)
