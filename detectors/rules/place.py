"""A patch of the picture where something came to stand: what it looks like, and whether it is new.

A place is tied to the ground, not to a track: what stands there is recognised by correlation with
its own first look, whatever passes in front of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, TICK, Background, Ticks, View
from detectors.blobs import Blobs
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
LONGEST_WAIT = 20.0
"""Seconds that a thing has stood when no more bursts are waited for: where every third one came,
four of them took longer than a van stands."""
LOOKS = 6
"""The last so many looks count: a van that was unloaded is a van a few looks later."""
GLIMPSE = 10.0
"""Seconds: two or three scans."""


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
        stirs = bool(self.looks) and 2 * sum(self.looks) >= len(self.looks)
        return stirs and not self._is_vehicle

    @property
    def _is_vehicle(self) -> bool:
        """To a detector; bursts say nothing of it."""
        return PEOPLE_SHARE * self.answers <= self.vehicles and self.vehicles > 0

    def is_undecided(self, now: float) -> bool:
        """Whether bursts are to come that will say if it stirs."""
        waits = self.shown < FIRST_LOOKS and self.asked < FIRST_LOOKS
        return waits and not self._is_vehicle and now - self.since < LONGEST_WAIT

    @property
    def size(self) -> int:
        """Small pixels."""
        return cv2.countNonZero(self.mask)

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

    def as_clock_was_set(self, now: float) -> Place:
        """Over a clock that was set back it has stood for as long as it had."""
        back = self.seen_at - now
        if back <= 0.0:
            return self
        return replace(self, since=self.since - back, seen_at=now, asked_at=self.asked_at - back)

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

    def whole(self, foreground: Mask) -> Place:
        """The place with all of the foreground that is one with it: what casts the shadow and whose
        legs they are, where that is outside of the zone or does not stand still."""
        blobs = Blobs.of(foreground | self.mask)
        index = int(blobs.count(self.mask).argmax())
        left, top, width, height = blobs.rectangle(index)
        mask = mask_of(blobs.inside(index))
        return replace(self, left=left, top=top, width=width, height=height, mask=mask)

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
    yield from places_in(static, least, view, still, now)


def pieces(
    masks: Iterable[Mask], view: View, background: Background, least: int, still: Ticks
) -> Iterator[Place]:
    """A place apart, as these masks cut it."""
    for mask in masks:
        yield from places_in(mask, least, view, still, background.at)


def places_in(mask: Mask, least: int, view: View, still: Ticks, now: float) -> Iterator[Place]:
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
