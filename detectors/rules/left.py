"""A thing that was left: it lies where somebody or a vehicle was, who has gone.

Rubbish is small and plain, so that neither its size nor its grain tells it from whatever else comes
to stand somewhere. Who brought it does: he was beside it when it appeared, he is taller or larger
than it, and then he is no longer there. A vehicle that parks has nobody larger beside it, a shadow
and a branch come from nowhere, and what was taken away leaves a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, TICK, Background, View
from detectors.blobs import Blobs, Rectangle, around
from detectors.light import Plane
from detectors.rules.movers import UPRIGHT
from detectors.rules.nature import LEAST_EDGE, SAME_COLOUR, Change, edges, is_as_bright, is_light
from detectors.rules.place import GLIMPSE, GROWN, VISIBLE, Place, Sight, correlation
from detectors.rules.shapes import LEAST_GRAIN, SAME_GRAIN, SOME_GRAIN
from detectors.zone_mask import Mask, mask_of
from ingest.frame import Grey

LEAST_PIXELS = 20
"""Of whoever brings something."""
MOST_AT_ONCE = 12
"""More moving blobs than this in one picture are rain, snow or leaves, which bring nothing."""
REMEMBERED = 40.0
"""Seconds for which it is known where something moved: a thing counts as standing 5 s after it was
left, and may be hidden by whoever left it for some scans."""
ABOUT_THEN = 6.0
"""Seconds between somebody's being there and a thing's standing still: two scans, and two more of
which the codec makes something of every edge."""
BESIDE = 1.0
"""Heights of somebody between him and what he leaves: he walks so far in a second and a half."""
LOWER = 0.8
"""A thing is at most so much of a person's height: cars have 0.85 and more, and who stands still
beside a friend that leaves is as tall as he is."""
HEAP = 1.3
"""Least width over height of what may be taller than that: a car from before has 1.2."""
ALIKE = 0.6
"""Of two widths or heights, the smaller as a part of the larger."""
WIDER = 1.4
"""…and has at most so many of his height's squares: four times what somebody covers, which is a
heap of bags; a car seen from its side covers nine times as much."""
OF_A_VEHICLE = 0.5
"""Of the area of a vehicle that leaves it: another one that parks beside it is as large."""
DEEPEST_SHADOW = 0.4
"""Of the ground's grey level: a clear sky gives a fifth to a tenth of the sun's light, 0.48 to 0.35
of the level in a picture of gamma 2.2, and cameras lift what is dark."""
SAME_LOOK = 0.7
"""Least correlation with the first look over the thing and two pixels of ground around it; a plain
bag has nothing but its outline, which noise of 2.5 levels leaves above 0.9."""
SEEN = 0.3
"""Least part of it that must still be unlike the place."""
MOTIONLESS = 20.0
"""Seconds: who stands beside his bag stirs within them, and a parked car does not."""
PATIENCE = 10.0
"""Seconds, three scans, for which a thing may look as if it were gone: a few pixels come and go."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that moved: when, where and how large, in small pixels."""

    at: float
    rectangle: Rectangle
    area: int

    @property
    def is_upright(self) -> bool:
        _, _, width, height = self.rectangle
        return height >= UPRIGHT * width

    def brought(self, place: Place, lower: float) -> bool:
        """Whether it may have left what stands there now, and is not that itself; `lower`: how much
        of a person's height that may have."""
        if abs(self.at - place.since) > ABOUT_THEN:
            return False
        height = self.rectangle[3]
        if apart(self.rectangle, place.rectangle) > BESIDE * height:
            return False
        area = cv2.countNonZero(place.mask)
        if self.is_upright:
            return place.height <= lower * height and area <= WIDER * height**2
        return area <= OF_A_VEHICLE * self.area

    def is_like(self, place: Place) -> bool:
        """Whether it is as large as what stands there now, and elsewhere: that drove in itself."""
        left, top, width, height = self.rectangle
        across = abs(left + width / 2 - place.left - place.width / 2)
        down = abs(top + height / 2 - place.top - place.height / 2)
        if across < place.width / 2 and down < place.height / 2:
            return False
        sizes = ((width, place.width), (height, place.height))
        return all(ALIKE * max(each) <= min(each) for each in sizes)


def was_brought(place: Place, moved: Sequence[Passage]) -> bool:
    """Whether somebody was there, or a vehicle, who may have left it.

    A heap is much wider than tall, and may be as tall as what is seen of him who brings it; but
    nothing of its size has moved lately.
    """
    if any(each.brought(place, LOWER) for each in moved):
        return True
    if place.width < HEAP * place.height or any(each.is_like(place) for each in moved):
        return False
    return any(each.brought(place, 1.0) for each in moved)


def apart(one: Rectangle, other: Rectangle) -> float:
    """Small pixels between two rectangles, 0 where they touch."""
    across = max(one[0] - other[0] - other[2], other[0] - one[0] - one[2], 0)
    down = max(one[1] - other[1] - other[3], other[1] - one[1] - one[3], 0)
    return float(np.hypot(across, down))


def moving(view: View, now: float) -> tuple[Passage, ...]:
    """Whatever moves at this moment and is large enough."""
    if cv2.countNonZero(view.moving) < LEAST_PIXELS:
        return ()
    return _passages(view.memo.once(partial(Blobs.of, view.moving), Blobs, view.moving), now)


def beside(view: View, background: Background, things: Mask, now: float) -> tuple[Passage, ...]:
    """…and whatever has moved within the last seconds and is none of the things: somebody beside
    them too, who stands there and shifts his weight."""
    motionless = mask_of(background.still >= MOTIONLESS / TICK)
    stirs = view.fresh & ~motionless & ~np.asarray(cv2.dilate(things, KERNEL), np.uint8)
    return _passages(Blobs.of(stirs), now)


def _passages(blobs: Blobs, now: float) -> tuple[Passage, ...]:
    large = blobs.of_at_least(LEAST_PIXELS)
    if len(large) > MOST_AT_ONCE:
        return ()
    return tuple(Passage(now, blobs.rectangle(each), int(blobs.areas[each])) for each in large)


def recent(known: Iterable[Passage], now: float) -> tuple[Passage, ...]:
    """Those that are remembered, and what was about before the oldest thing that is judged by them
    came; none of a time to come, if the clock was set back."""
    return tuple(each for each in known if 0.0 <= now - each.at <= REMEMBERED + ABOUT_THEN)


@dataclass(frozen=True, slots=True)
class LeftThing:
    """`place` has two pixels of ground around the thing in its box, for `place.likeness`.

    `attended_at`: when whoever brought it was beside it last. `is_alone`: he has gone since.
    """

    place: Place
    attended_at: float
    is_alone: bool = False

    @staticmethod
    def of(place: Place, view: View) -> LeftThing:
        rows, columns = around(place.rectangle)
        look = view.grey[rows, columns].copy()
        height, width = look.shape
        wider = replace(
            place, left=columns.start, top=rows.start, width=width, height=height, look=look
        )
        return LeftThing(wider, place.since)

    def sight(self, view: View) -> Sight:
        """Whether it is there, hidden by something that passes, or gone."""
        uncovered = ~np.asarray(cv2.dilate(view.moving, KERNEL), np.uint8)
        if self.place.share(uncovered) < VISIBLE:
            return Sight.HIDDEN
        if self.place.share(view.foreground) < SEEN:
            return Sight.GONE
        alike = self.place.likeness(view.grey, uncovered)
        return Sight.THERE if alike >= SAME_LOOK else Sight.GONE

    def was_a_glimpse_of(self, place: Place) -> bool:
        """Whether this is a part of a larger thing that had not yet come to rest."""
        larger = cv2.countNonZero(place.mask) > GROWN * cv2.countNonZero(self.place.mask)
        at_once = abs(place.since - self.place.since) <= GLIMPSE
        return larger and at_once and self.place.share(place.mask) >= 1 / GROWN

    def attended(self, present: Sequence[Passage], now: float) -> LeftThing:
        """With one more scan: he who brought it stays, or goes for good."""
        if self.is_alone:
            return self
        near = (
            apart(each.rectangle, self.place.rectangle) <= BESIDE * each.rectangle[3]
            for each in present
        )
        if any(near):
            return replace(self, attended_at=now)
        return replace(self, is_alone=not 0.0 <= now - self.attended_at <= ABOUT_THEN)


def is_new_thing(
    place: Place, view: View, background: Background, colour: Change = SAME_COLOUR
) -> bool:
    """Whether it is no hole and no light: by the outline's edges and by the ground's grain, since
    a plain bag on plain ground has one ratio to it as a shadow has. What is of another colour and
    as bright as before is neither."""
    near = around(place.rectangle)
    mask, grey, ground = place.mask[near], view.grey[near], background.long(near)
    ring: NDArray[np.uint8] = np.asarray(cv2.dilate(mask, KERNEL) - cv2.erode(mask, KERNEL))
    now = cv2.mean(edges(grey), mask=ring)[0] + colour.now
    before = cv2.mean(edges(ground), mask=ring)[0] + colour.before
    if now < LEAST_EDGE or before > now:
        return False
    if colour.differs and is_as_bright(mask, grey, ground):
        return True
    return not _is_shadow(mask, grey, ground)


def _is_shadow(mask: Mask, grey: Grey, ground: Plane) -> bool:
    """Whether it is the ground under another light; see `movers` for larger blobs."""
    core = mask > 0
    now, before = _grain(grey, core), _grain(ground, core)
    if before.std() >= LEAST_GRAIN:
        kept = correlation(now, before)
        if not SOME_GRAIN <= kept < SAME_GRAIN:
            return kept >= SAME_GRAIN
    middle = np.asarray(cv2.erode(mask, KERNEL), np.uint8)  # the edge's pixels are half ground
    middle = middle if middle.any() else mask
    part = cv2.mean(grey, mask=middle)[0] / max(1.0, cv2.mean(ground, mask=middle)[0])
    return part >= DEEPEST_SHADOW and is_light(mask, grey, ground)


def _grain(plane: Grey | Plane, core: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(N,) what each pixel of the core differs by from those of the core around it: an outline is
    no grain, and of a small blob every pixel is near it."""
    part = core.astype(np.float32)
    around_it = cv2.blur(plane * part, (5, 5)) / np.maximum(cv2.blur(part, (5, 5)), 1e-3)
    return np.asarray((plane - around_it)[core], np.float32)
