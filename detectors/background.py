"""What a place looks like when nothing is there, learned at two rates from small grey pictures.

The short model follows a pixel at once and counts for how long it has stood still; the long model
learns over minutes and is held where something stands. A pixel unlike the long model is foreground;
foreground that has stood still is static, the rest moves. All time constants are seconds, because
scans come two to four seconds apart and not at a fixed rate.

A camera has one, which all its rules are shown (`Scenery`). What a scan costs is mostly the number
of passes over a plane, so what the long model shows is worked out when it has learned, every few
scans, and a picture without foreground needs little more than one comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.light import SAME, Light, LightMeter, Plane
from detectors.memo import Memo
from detectors.zone_mask import Mask, mask_of
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

Ticks = NDArray[np.uint16]
"""uint16, durations in eighths of a second: 2.3 hours at most, then it stays there."""

KERNEL = np.ones((3, 3), np.uint8)
TICK = 0.125
"""Seconds."""


@lru_cache(maxsize=4)
def nothing(shape: tuple[int, ...]) -> Mask:
    """An empty mask of this shape, one for all: it cannot be written."""
    mask = np.zeros(shape, np.uint8)
    mask.setflags(write=False)
    return mask


NOTHING = nothing((GREY_HEIGHT, GREY_WIDTH))
EVERYWHERE = (slice(None), slice(None))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the long model shows: its lowest and highest grey level within one pixel around.

    One small pixel is four of a 640 × 360 picture: a pole that shakes in the wind. `allowed` is the
    difference in grey levels that counts as noise. `known` is the same under the light in which the
    place last learned, so that what one light clips is there again under the next.
    """

    lowest: Grey
    highest: Grey
    allowed: Grey
    meter: LightMeter
    known: tuple[Grey, Grey, Light]

    def under(self, light: Light) -> Bounds:
        """The same under another light, which changes no order."""
        *known, known_under = self.known
        since = light.since(known_under)
        lowest, highest = (since.on_levels(each) for each in known)
        return replace(self, lowest=lowest, highest=highest)


@dataclass(frozen=True, slots=True)
class Background:
    """The memory of one place. No plane is ever changed: each step makes those that differ.

    `learned` is the long model in the light of its first picture; `light` leads from there to that
    of the last. `spread` is mean deviations in grey levels. `short` is what was there last,
    averaged while it stands still. `still`: for how long each pixel of the foreground has. `seen`:
    for how many seconds the place was looked at, however its clock was set meanwhile.
    """

    learned: Plane
    light: Light
    short: Grey
    spread: Plane
    still: Ticks
    bounds: Bounds
    born: float
    at: float
    seen: float = 0.0
    unlearned: float = 0.0
    """Seconds that the long model has yet to learn from."""
    first: tuple[Grey, ...] = ()
    """The pictures of a place that is hardly known, in the light of `learned`; else none."""
    upset_since: float | None = None

    def long(self, where: tuple[slice, slice] = EVERYWHERE) -> Plane:
        """The place, or these rows and columns of it, in the light of the last picture."""
        return self.light.on(self.learned[where])


@dataclass(frozen=True, slots=True)
class View:
    """One picture held against the background.

    `foreground` is unlike the long model; `static` the part of it that stands still, `moving` the
    rest. `fresh` is the foreground without what has stood for so long that it would belong to the
    place, if one of the rules did not hold it. `upset`: too much of the picture differs to say
    anything about single things. `memo`: what one rule worked out of it is there for the next.
    """

    grey: Grey
    foreground: Mask
    static: Mask
    moving: Mask
    fresh: Mask
    upset: bool
    memo: Memo = field(default_factory=Memo, init=False, repr=False, compare=False)

    @staticmethod
    def of_the_place(grey: Grey) -> View:
        """Nothing in it is unlike the place."""
        none = nothing(grey.shape)
        return View(grey, none, none, none, none, upset=False)


@dataclass(frozen=True, slots=True)
class BackgroundModel:
    """The knobs. Times in seconds, differences in grey levels of 8-bit luma."""

    short_tau: float = 6.0
    """Two to three scans: a thing that stops is followed before it counts as settled."""
    long_tau: float = 240.0
    """Follows the sun (a shadow's edge crosses a small pixel in minutes), not a parked car."""
    learn_every: float = 8.0
    """What changes over minutes need not be learned from every scan: it is half the cost."""
    young: float = 10.0
    """Seconds for which a place is hardly known. Of what only passes through its first pictures
    nothing must be left: a lorry in a mean of them was there for a quarter of an hour."""
    spread_tau: float = 60.0
    settle: float = 5.0
    """A pixel stands still after this long: at least two scans agree with the one before."""
    absorb_after: float = 900.0
    """What stands this long and nobody holds belongs to the place."""
    sways: float = 20.0
    """The mean deviation at first where what passed through came back. With 8 to 12 a branch that
    sways is somebody once, with 16 to 24 it is not."""
    floor: float = 9.0
    """Least difference that counts: between keyframes of composed clips 95 % of the pixels of still
    scenes change by 3 to 7 levels (noise of 2.5 at full size, x264 at CRF 27)."""
    spreads: float = 3.0
    """…and this many mean deviations, which are 2.4 standard deviations of Gaussian noise."""
    upset_share: float = 0.7
    upset_for: float = 20.0
    """A picture that differs this widely for this long is a new scene: learn it afresh."""
    max_step: float = 10.0
    """A longer gap counts as this much: a pause must not rush anything."""

    def first(self, grey: Grey, now: float) -> Background:
        long, spread = grey.astype(np.float32), np.full(grey.shape, 2.0, np.float32)
        bounds = self._bounds(long, SAME, spread)
        still = _at_once(grey.shape)
        return Background(long, SAME, grey, spread, still, bounds, now, now, first=(grey,))

    def step(
        self, background: Background, grey: Grey, now: float, held: Mask | None = None
    ) -> tuple[Background, View]:
        """Look at one picture. `held` marks what must not be absorbed, however long it stands."""
        elapsed = min(max(now - background.at, 0.0), self.max_step)
        background = self.in_light_of(_as_clock_was_set(background, now), grey)
        view, still = self._compare(background, grey, elapsed, now)
        upset_since = background.upset_since
        if view.upset and upset_since is not None and now - upset_since >= self.upset_for:
            return self.first(grey, now), view
        background = Background(
            background.learned,
            background.light,
            self._followed(background.short, grey, still, elapsed),
            background.spread,
            still,
            background.bounds,
            background.born,
            now,
            background.seen + elapsed,
            background.unlearned + elapsed,
            background.first,
            (now if upset_since is None else upset_since) if view.upset else None,
        )
        if background.seen < self.young:
            background = self._learn_first(background, view)
        elif background.unlearned >= self.learn_every:
            background = self._learn(background, view, held)
        return background, view

    def foreground(self, background: Background, grey: Grey) -> Mask:
        """What of another picture of the same seconds is unlike the place; nothing is learned."""
        bounds = background.bounds
        return tidy(outside(grey, bounds.lowest, bounds.highest, bounds.allowed))

    def absorb(self, background: Background, where: Mask) -> Background:
        """Take what is there now for the place itself."""
        return self._shows(background, _with(background.learned, _as_learned(background), where))

    def in_light_of(self, background: Background, grey: Grey) -> Background:
        """The background under the picture's light."""
        light = background.bounds.meter.light_of(grey, background.light)
        if light is background.light:
            return background
        return replace(
            background,
            light=light,
            short=light.since(background.light).on_levels(background.short),
            bounds=background.bounds.under(light),
        )

    def _shows(self, background: Background, learned: Plane) -> Background:
        bounds = self._bounds(learned, background.light, background.spread)
        return replace(background, learned=learned, bounds=bounds)

    def _bounds(self, learned: Plane, light: Light, spread: Plane) -> Bounds:
        allowed = cv2.convertScaleAbs(spread, alpha=self.spreads, beta=self.floor)
        lowest, highest = _around(_levels(light.on(learned)))
        meter = LightMeter.of(learned)
        return Bounds(
            lowest, highest, np.asarray(allowed, np.uint8), meter, (lowest, highest, light)
        )

    def _compare(
        self, background: Background, grey: Grey, elapsed: float, now: float
    ) -> tuple[View, Ticks]:
        """The masks of this picture, and for how long each pixel of a thing has stood still."""
        bounds = background.bounds
        foreground = self.foreground(background, grey)
        covered = cv2.countNonZero(foreground)
        if not covered:
            return View.of_the_place(grey), _at_once(grey.shape)
        moved = outside(grey, *_around(background.short), bounds.allowed)
        stays: Mask = np.asarray(cv2.bitwise_and(foreground, cv2.bitwise_not(moved)), np.uint8)
        still = _longer(background.still, stays, _ticks(background.at, background.at + elapsed))
        upset = covered > self.upset_share * foreground.size
        static = mask_of(still >= self.settle / TICK)
        if not cv2.countNonZero(static):
            none = nothing(grey.shape)
            return View(grey, foreground, none, foreground, foreground, upset), still
        stale = mask_of(still > self.absorb_after / TICK)
        return View(grey, foreground, static, foreground ^ static, foreground ^ stale, upset), still

    def _followed(self, short: Grey, grey: Grey, still: Ticks, elapsed: float) -> Grey:
        """What stands still is averaged, whatever moved is followed at once."""
        if still is _at_once(grey.shape):
            return grey
        share = _share(elapsed, self.short_tau)
        averaged = cv2.addWeighted(grey, share, short, 1.0 - share, 0.0)
        return np.asarray(cv2.copyTo(averaged, mask_of(still > 0), grey.copy()), np.uint8)

    def _learn_first(self, background: Background, view: View) -> Background:
        """The mean of all pictures so far, but for what only passes through. Where that comes back,
        as a branch does that sways, more is allowed."""
        shown = np.rint(background.light.taken_off(view.grey.astype(np.float32)))
        first = (*background.first, np.clip(shown, 0, 255).astype(np.uint8))
        pictures = np.stack(first).astype(np.float32)
        apart = np.abs(pictures - np.median(pictures, axis=0))
        passes = apart > self.floor + self.spreads * np.median(apart, axis=0)
        lasts = ~passes
        learned = np.asarray((pictures * lasts).sum(axis=0) / lasts.sum(axis=0), np.float32)
        again = (np.diff(passes, axis=0, prepend=False) & passes).sum(axis=0) > 1
        spread = np.maximum(background.spread, np.where(again, self.sways, np.float32(0)))
        return self._learnt(replace(background, first=first, spread=spread), view, learned)

    def _learn(self, background: Background, view: View, held: Mask | None) -> Background:
        grey, learned, light = view.grey, background.learned, background.light
        # By what is missing in the light of now, so that what this light clips is not forgotten.
        missing = cv2.subtract(grey, light.on(learned), dtype=cv2.CV_32F)
        share = _share(background.unlearned, self.long_tau) / light.gain
        nearer = np.asarray(cv2.scaleAdd(missing, share, learned), np.float32)
        learned = _with(learned, nearer, mask_of(view.foreground == 0))
        stale = view.foreground ^ view.fresh
        if held is not None:
            stale = stale & ~held
        if cv2.countNonZero(stale):
            learned = _with(learned, _as_learned(background), stale)
        return self._learnt(replace(background, first=()), view, learned)

    def _learnt(self, background: Background, view: View, learned: Plane) -> Background:
        """With this long model, and what the picture says of its spread."""
        spread, settled = background.spread.copy(), cv2.bitwise_not(view.foreground)
        apart = cv2.absdiff(view.grey, _levels(background.light.on(learned)))
        share = _share(background.unlearned, self.spread_tau)
        cv2.accumulateWeighted(apart, spread, share, mask=settled)
        return self._shows(replace(background, spread=spread, unlearned=0.0), learned)


def _as_learned(background: Background) -> Plane:
    """What is there now as it would be in the light of what is learned."""
    return background.light.taken_off(background.short.astype(np.float32))


def _as_clock_was_set(background: Background, now: float) -> Background:
    """Over a clock that was set back everything stays as long ago as it was."""
    back = background.at - now
    if back <= 0.0:
        return background
    since = background.upset_since
    return replace(
        background,
        born=background.born - back,
        upset_since=None if since is None else since - back,
    )


@lru_cache(maxsize=4)
def _at_once(shape: tuple[int, ...]) -> Ticks:
    ticks = np.zeros(shape, np.uint16)
    ticks.setflags(write=False)
    return ticks


def _ticks(since: float, until: float) -> int:
    """Whole ticks from … to, so that what is rounded now is made up for later."""
    return int(until // TICK - since // TICK)


def _longer(still: Ticks, stays: Mask, ticks: int) -> Ticks:
    """So many ticks more where something stays, none elsewhere; saturating."""
    return np.asarray(cv2.copyTo(cv2.add(still, np.full_like(still, ticks)), stays), np.uint16)


def _levels(plane: Plane) -> Grey:
    """Rounded to whole grey levels: eight times as many fit into one instruction."""
    return np.asarray(cv2.convertScaleAbs(plane), np.uint8)


def _around(levels: Grey) -> tuple[Grey, Grey]:
    """The lowest and the highest level within one pixel."""
    lowest, highest = cv2.erode(levels, KERNEL), cv2.dilate(levels, KERNEL)
    return np.asarray(lowest, np.uint8), np.asarray(highest, np.uint8)


def outside(grey: Grey, lowest: Grey, highest: Grey, allowed: Grey) -> Mask:
    """What is darker or brighter than that by more than is allowed."""
    inside = cv2.inRange(grey, cv2.subtract(lowest, allowed), cv2.add(highest, allowed))
    return np.asarray(cv2.bitwise_not(inside), np.uint8)


def tidy(raw: Mask) -> Mask:
    """Give back the pixel that the bounds take off every edge, and drop single pixels."""
    if not cv2.countNonZero(raw):
        return nothing(raw.shape)
    return np.asarray(cv2.medianBlur(cv2.morphologyEx(raw, cv2.MORPH_CLOSE, KERNEL), 3), np.uint8)


def _with(learned: Plane, other: Plane, where: Mask) -> Plane:
    """`learned`, but `other` where the mask is set."""
    return np.asarray(cv2.copyTo(other, where, learned.copy()), np.float32)


def _share(elapsed: float, tau: float) -> float:
    """The weight of a picture that stands for so many seconds."""
    return 1.0 - math.exp(-elapsed / tau)
