"""A patch of the picture where something came to stand: what it looks like, and whether it is new.

A place is tied to the ground, not to a track: what stands there is recognised by correlation with
its own first look, whatever passes in front of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, TICK, Background, Ticks, View
from detectors.blobs import Blobs, Rectangle
from detectors.light import Plane
from detectors.zone_mask import Mask, mask_of
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

SAME_LOOK = 0.8
"""Least correlation with the first look. What is in sight of composed cars stays above 0.93 under
noise and a change of light; two of four people who stood at a table fell below 0.8 in seconds."""
VISIBLE = 0.4
"""Least share of a thing that must be in sight for a judgement."""
GROWN = 1.3
"""A blob this much larger than the place inside it is the whole of the thing."""
PEOPLE_SHARE = 0.34
"""Of a detector's answers about a place: this many that see people say that it is people."""
FIRST_LOOK, FIRST_LOOKS = 6.0, 4
"""Seconds that a thing has stood when the first burst is asked for, and how many bursts it needs.
Where so many were asked for in vain, or it stirs, the next is when it has stood for a quarter
longer; a calm thing is not looked at again."""
LOOKS = 6
"""The last so many looks count: a van that was unloaded is a van a few looks later."""
GLIMPSE = 10.0
"""Seconds: two or three scans."""
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
STEEP_ANY_WAY, SPAN = 0.02, 7
"""…and so much in every direction, within so many small pixels, is a thing in a shadow that is one
blob with it: found in none of 712 blobs of light, and in each of nine clips where they are one."""
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


class Sight(Enum):
    """Whether a thing is where it was."""

    THERE = "there"
    HIDDEN = "hidden"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Place:
    """`left` … `height` in small pixels; `mask` is of the whole small picture.

    `look` is the first look of the box. `since` and `seen_at` are Unix seconds.
    """

    left: int
    top: int
    width: int
    height: int
    mask: Mask
    look: Grey
    since: float
    seen_at: float
    answers: int = 0
    """How often a detector looked at it while it stood…"""
    people: int = 0
    """…and saw people in most of it and nothing else…"""
    vehicles: int = 0
    """…or a vehicle."""
    looks: tuple[bool, ...] = ()
    """Whether it stirred, in each of the last bursts that showed it."""
    shown: int = 0
    """How many bursts showed it…"""
    asked: int = 0
    """…how often one was asked for since the last that did, for a busy camera drops them…"""
    asked_at: float = float("-inf")
    """…and when that was last."""

    @property
    def is_people(self) -> bool:
        """Whether people stand here: a detector saw them, or what is here stirs as they do and is
        no vehicle. A detector misses one who stands in every second or third picture."""
        if PEOPLE_SHARE * self.answers <= self.people and self.people > 0:
            return True
        named = PEOPLE_SHARE * self.answers <= self.vehicles and self.vehicles > 0
        return not named and bool(self.looks) and 2 * sum(self.looks) >= len(self.looks)

    def told(self, *, people: bool, vehicle: bool = False) -> Place:
        """With one more answer of a detector."""
        return replace(
            self,
            answers=self.answers + 1,
            people=self.people + people,
            vehicles=self.vehicles + vehicle,
        )

    def looked(self, *, stirs: bool | None) -> Place:
        """With one more burst, and whether it stirs there; None where that could not be told."""
        looks = self.looks if stirs is None else (*self.looks, stirs)[-LOOKS:]
        return replace(self, looks=looks, shown=self.shown + 1, asked=0)

    def wants_look(self, now: float) -> bool:
        """Whether it is time to see if it stirs."""
        if now - self.since < FIRST_LOOK:
            return False
        is_new = self.shown < FIRST_LOOKS
        if is_new and self.asked < FIRST_LOOKS:
            return True
        # A clock that was set back must not make it rest for longer.
        rested = not 0.0 <= now - self.asked_at < 0.25 * (self.asked_at - self.since)
        return rested and (is_new or (self.is_people and bool(self.looks)))

    def after(self, before: Place) -> Place:
        """With what was told of a place that turned out to be a part of it."""
        return replace(
            self,
            answers=self.answers + before.answers,
            people=self.people + before.people,
            vehicles=self.vehicles + before.vehicles,
            looks=(*before.looks, *self.looks)[-LOOKS:],
            shown=max(before.shown, self.shown),
            asked=max(before.asked, self.asked),
            asked_at=max(before.asked_at, self.asked_at),
        )

    @property
    def rectangle(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.width, self.height

    def share(self, mask: Mask) -> float:
        """How much of the place `mask` covers, 0…1."""
        inside = cv2.countNonZero(cv2.bitwise_and(self.mask, mask))
        return inside / max(1, cv2.countNonZero(self.mask))

    def sight(self, view: View, learned_at: float = float("-inf")) -> Sight:
        """Compare what can be seen of the place with its first look.

        A background that was learned afresh (`learned_at`) while the thing stood shows it as a part
        of the place: then its look alone decides.
        """
        seen = self.mask & ~np.asarray(cv2.dilate(view.moving, KERNEL), np.uint8)
        if cv2.countNonZero(seen) < VISIBLE * cv2.countNonZero(self.mask):
            return Sight.HIDDEN
        if self.since >= learned_at and self.share(view.foreground) < 0.5:
            return Sight.GONE
        return Sight.THERE if self.likeness(view.grey, seen) >= SAME_LOOK else Sight.GONE

    def likeness(self, grey: Grey, seen: Mask) -> float:
        """Correlation with the first look over the pixels of `seen`, best within a pixel of shake.

        Correlation takes no notice of gain and offset: a cloud may pass.
        """
        rows = slice(self.top, self.top + self.height)
        columns = slice(self.left, self.left + self.width)
        where = seen[rows, columns] > 0
        before = self.look[where]
        wide = cv2.copyMakeBorder(grey, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        best = -1.0
        for down, across in SHIFTS:
            around = wide[
                self.top + down : self.top + down + self.height,
                self.left + across : self.left + across + self.width,
            ]
            best = max(best, correlation(before, around[where]))
            if best >= SAME_LOOK:
                break
        return best


SHIFTS = ((1, 1), (0, 1), (1, 0), (1, 2), (2, 1), (0, 0), (0, 2), (2, 0), (2, 2))
"""Within a frame of one pixel around: (1, 1), no shift, first."""


def correlation(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    """Pearson's, -1…1; 0 where one of them is flat."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    a -= a.mean()
    b -= b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def places_of(
    view: View, background: Background, zone: Mask, least: int, still: Ticks | None = None
) -> Iterator[Place]:
    """Blobs of static foreground that cover at least `least` pixels of the zone; `still` is for
    how long each pixel has stood, where the rule knows better than the background."""
    still, now = background.still if still is None else still, background.at
    static = view.static & zone
    yield from _places_in(static, least, view, still, now)


def pieces(
    masks: Iterable[Mask], view: View, background: Background, least: int, still: Ticks
) -> Iterator[Place]:
    """A place apart, as these masks cut it."""
    for mask in masks:
        yield from _places_in(mask, least, view, still, background.at)


def _places_in(mask: Mask, least: int, view: View, still: Ticks, now: float) -> Iterator[Place]:
    if cv2.countNonZero(mask) < least:
        return
    blobs = Blobs.of(mask)
    for index in blobs.of_at_least(least):
        yield _place(blobs, index, view, still, now)


def _place(blobs: Blobs, index: int, view: View, still: Ticks, now: float) -> Place:
    left, top, width, height = blobs.rectangle(index)
    inside = blobs.inside(index)
    stood = float(np.median(still[inside])) * TICK
    look = view.grey[top : top + height, left : left + width].copy()
    return Place(left, top, width, height, mask_of(inside), look, now - stood, now)


def things_in_light(
    place: Place, view: View, background: Background, least: int, still: Ticks
) -> Iterator[Place]:
    """What stands in a shadow or a beam that came while it stood and is one blob with it: where the
    ratio to the ground is steep in more than one direction. A shadow's edge runs in one."""
    near = around(place.rectangle)
    core = cv2.erode(place.mask[near], KERNEL) > 0
    ratio = _log_ratio(view.grey[near], background.long(near))
    across, down = (np.where(core, each, np.float32(0.0)) for each in _slopes(ratio))
    xx, xy, yy = (
        cv2.boxFilter(each, -1, (SPAN, SPAN))
        for each in (across * across, across * down, down * down)
    )
    least_slope = (xx + yy) / 2 - cv2.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    part = np.zeros_like(place.mask)
    part[near] = mask_of(least_slope > STEEP_ANY_WAY**2) & place.mask[near]
    yield from _places_in(part, least, view, still, background.at)


def union(places: Sequence[Place]) -> Mask | None:
    """All the pixels of the places; None where there is none."""
    if not places:
        return None
    pixels = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    for place in places:
        cv2.bitwise_or(pixels, place.mask, dst=pixels)
    return pixels


def joined(known: Iterable[Place], new: Sequence[Place]) -> tuple[Place, ...]:
    """Known and new places; one that lies within a new one becomes it.

    A place that is much older keeps its beginning; else it was an early glimpse of a thing that was
    still moving, such as a bonnet as grey as the roof that came after it.
    """
    kept: list[Place] = []
    grown = list(new)
    for place in known:
        around = [index for index, each in enumerate(grown) if place.share(each.mask) >= 0.7]
        if not around:
            kept.append(place)
        for index in around:
            new_one = grown[index]
            if new_one.since - place.since > GLIMPSE:
                new_one = replace(new_one, since=place.since)
            grown[index] = new_one.after(place)
    return (*kept, *grown)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the colours of a place: edges along its outline, in levels a small pixel, now
    and `before`; whether most of it `differs`."""

    now: float
    before: float
    differs: bool


SAME_COLOUR = Change(0.0, 0.0, differs=False)


def nature(
    place: Place, view: View, background: Background, colour: Change = SAME_COLOUR
) -> Nature:
    """Tell a thing from a hole and from light, by edges along the outline and by texture."""
    near = around(place.rectangle)
    mask, grey, ground = place.mask[near], view.grey[near], background.long(near)
    ring = cv2.dilate(mask, KERNEL) - cv2.erode(mask, KERNEL)
    now = cv2.mean(edges(grey), mask=ring)[0] + colour.now
    before = cv2.mean(edges(ground), mask=ring)[0] + colour.before
    if before > now:
        return Nature.HOLE
    if now < LEAST_EDGE:
        return Nature.LIGHT
    faded = partial(_faded, view, background)
    lit = _is_smooth(mask, grey, ground) or _shines_through(mask, grey, ground, faded)
    if lit and not (colour.differs and is_as_bright(mask, grey, ground)):
        return Nature.LIGHT
    return Nature.THING


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


def _is_smooth(mask: Mask, grey: Grey, ground: Plane) -> bool:
    """Whether the ratio to the ground changes little from pixel to pixel, as that of light does: a
    cloud's shadow in a building's has every ratio, and few places where it is steep."""
    slope = cv2.magnitude(*_slopes(_log_ratio(grey, ground)))
    steep = STEEP if _is_one_ratio(mask, grey, ground) else STEEP_OF_MANY
    return float(np.percentile(slope[_core(mask)], 75)) < steep


def _shines_through(
    mask: Mask, grey: Grey, ground: Plane, faded: Callable[[], float] = lambda: 1.0
) -> bool:
    """Whether the ground's own grain shows; `faded` is how many times fainter all grain is in what
    is known of the place."""
    core = _core(mask)
    grain = float(np.std(ground[core]))
    if grain <= FINE_GRAIN:
        return False
    if correlation(grey[core], ground[core]) <= (SHINES if grain > GRAIN else SHINES_FINELY):
        return False
    # Ground that was learned while the thing came looks like it too, but fainter.
    ratio = float(np.mean((grey[core] + DARK) / (ground[core] + DARK)))
    most = float(np.std(grey[core])) / (MOST_GRAIN * grain)
    return most <= ratio or most <= faded()


def _faded(view: View, background: Background) -> float:
    """Clouds that pass make the background take their shadows for a light of less contrast, and its
    picture of the place pale: to a quarter within a minute."""
    known = cv2.mean(edges(background.long()))[0]
    return cv2.mean(edges(view.grey))[0] / max(known, 0.1)


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


def around(rectangle: Rectangle) -> tuple[slice, slice]:
    """Rows and columns of a rectangle and two pixels around it: what its outline's edges need."""
    left, top, width, height = rectangle
    return slice(max(0, top - 2), top + height + 2), slice(max(0, left - 2), left + width + 2)


def edges(plane: NDArray[np.uint8] | Plane) -> Plane:
    """Gradient magnitude, in grey levels a pixel."""
    return np.asarray(cv2.magnitude(*_slopes(plane)), np.float32)


def _slopes(plane: NDArray[np.uint8] | Plane) -> tuple[Plane, Plane]:
    across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
