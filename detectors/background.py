"""What a place looks like when nothing is there, learned at two rates from small grey pictures.

The short model follows a pixel at once and counts for how long it has stood still; the long model
learns over minutes and is held where something stands. A pixel unlike the long model is foreground;
foreground that has stood still is static, the rest moves. All time constants are seconds, because
scans come two to four seconds apart and not at a fixed rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.zone_mask import Mask, mask_of
from ingest.frame import Grey

Plane = NDArray[np.float32]
"""(90, 160) float32."""

KERNEL = np.ones((3, 3), np.uint8)
LEAST_SHIFT = 1.5
"""Grey levels."""


@dataclass(frozen=True, slots=True)
class Background:
    """The memory of one place. `still` is seconds; `spread` grey levels (mean deviation)."""

    long: Plane
    short: Plane
    spread: Plane
    still: Plane
    born: float
    at: float
    upset_since: float | None = None


@dataclass(frozen=True, slots=True)
class View:
    """One picture held against the background.

    `foreground` is unlike the long model; `static` the part of it that stands still, `moving` the
    rest. `upset`: too much of the picture differs to say anything about single things.
    """

    grey: Grey
    foreground: Mask
    static: Mask
    moving: Mask
    upset: bool


@dataclass(frozen=True, slots=True)
class BackgroundModel:
    """The knobs. Times in seconds, differences in grey levels of 8-bit luma."""

    short_tau: float = 6.0
    """Two to three scans: a thing that stops is followed before it counts as settled."""
    long_tau: float = 240.0
    """Follows the sun (a shadow's edge crosses a small pixel in minutes), not a parked car."""
    learn_tau: float = 10.0
    """At first the long model learns this fast, whoever is in the picture."""
    spread_tau: float = 60.0
    settle: float = 5.0
    """A pixel stands still after this long: at least two scans agree with the one before."""
    absorb_after: float = 900.0
    """What stands this long and nobody holds belongs to the place."""
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
        plane = grey.astype(np.float32)
        spread = np.full_like(plane, 2.0)
        return Background(plane, plane, spread, np.zeros_like(plane), now, now)

    def step(
        self, background: Background, grey: Grey, now: float, held: Mask | None = None
    ) -> tuple[Background, View]:
        """Look at one picture. `held` marks what must not be absorbed, however long it stands."""
        elapsed = min(max(now - background.at, 0.0), self.max_step)
        background = in_light_of(background, grey)
        view, still = self._compare(background, grey, elapsed)
        upset_since = background.upset_since
        if view.upset and upset_since is not None and now - upset_since >= self.upset_for:
            return self.first(grey, now), view
        background = replace(
            background,
            still=still,
            at=now,
            upset_since=(now if upset_since is None else upset_since) if view.upset else None,
        )
        return self._learn(background, view, elapsed, held), view

    def absorb(self, background: Background, where: Mask) -> Background:
        """Take what is there now for the place itself."""
        return replace(background, long=np.where(where > 0, background.short, background.long))

    def _compare(self, background: Background, grey: Grey, elapsed: float) -> tuple[View, Plane]:
        """The masks of this picture, and for how long each pixel of a thing has stood still."""
        allowed = _levels(background.spread, self.spreads, self.floor)
        foreground = _tidy(_outside(grey, background.long, allowed))
        moved = _outside(grey, background.short, allowed) | ~foreground
        still = background.still + np.float32(elapsed)
        still[moved > 0] = 0.0
        static = foreground & mask_of(still >= self.settle)
        upset = cv2.countNonZero(foreground) > self.upset_share * foreground.size
        return View(grey, foreground, static, foreground ^ static, upset), still

    def _learn(
        self, background: Background, view: View, elapsed: float, held: Mask | None
    ) -> Background:
        grey, settled = view.grey, ~view.foreground
        short = _learned(background.short, grey, elapsed, self.short_tau)
        np.copyto(short, grey, where=background.still == 0)
        if background.at - background.born < self.learn_tau:
            long = _learned(background.long, grey, elapsed, self.learn_tau)
        else:
            long = _learned(background.long, grey, elapsed, self.long_tau, settled)
        stale = background.still > self.absorb_after
        if held is not None:
            stale &= held == 0
        np.copyto(long, short, where=stale)
        apart: Mask = np.asarray(cv2.absdiff(grey, _levels(background.long)), np.uint8)
        spread = _learned(background.spread, apart, elapsed, self.spread_tau, settled)
        return replace(background, long=long, short=short, spread=spread)


def in_light_of(background: Background, grey: Grey) -> Background:
    """The background under the picture's light."""
    gain, offset = light_change(background.long, grey)
    if (gain, offset) == (1.0, 0.0):
        return background
    return replace(
        background,
        long=_lit(background.long, gain, offset),
        short=_lit(background.short, gain, offset),
    )


def light_change(place: Plane, grey: Grey) -> tuple[float, float]:
    """Gain and offset that bring a place to the picture's light: robust, for the whole picture.

    Medians of the difference over the darker and the brighter half of the place: up to half of
    each may be covered by things without any effect. A shift below 1.5 levels is left alone, so
    that noise does not walk a held background away.
    """
    place = place[::4, ::4].ravel()
    change = grey[::4, ::4].ravel() - place
    dark = place < _median(place)
    if not dark.any():
        dark[:] = True
    bright = ~dark if not dark.all() else dark
    low, high = _median(change[dark]), _median(change[bright])
    if max(abs(low), abs(high)) < LEAST_SHIFT:
        return 1.0, 0.0
    at_low, at_high = _median(place[dark]), _median(place[bright])
    gain = 1.0 + (high - low) / (at_high - at_low) if at_high - at_low > 10.0 else 1.0
    gain = min(max(gain, 0.6), 1.6)
    return gain, (low + high) / 2 - (gain - 1.0) * (at_low + at_high) / 2


def _lit(model: Plane, gain: float, offset: float) -> Plane:
    lit = model * np.float32(gain) + np.float32(offset)
    return np.asarray(np.clip(lit, 0.0, 255.0), np.float32)


def _levels(plane: Plane, gain: float = 1.0, offset: float = 0.0) -> Mask:
    """Rounded to whole grey levels: eight times as many fit into one instruction."""
    return np.asarray(cv2.convertScaleAbs(plane, alpha=gain, beta=offset), np.uint8)


def _median(values: Plane) -> float:
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


def _outside(grey: Grey, model: Plane, allowed: Mask) -> Mask:
    """Where the picture lies outside what the model shows within one pixel around.

    One small pixel is four of a 640 × 360 picture: a pole that shakes in the wind.
    """
    levels = _levels(model)
    highest = cv2.add(cv2.dilate(levels, KERNEL), allowed)
    lowest = cv2.subtract(cv2.erode(levels, KERNEL), allowed)
    return np.asarray(cv2.bitwise_not(cv2.inRange(grey, lowest, highest)), np.uint8)


def _tidy(raw: Mask) -> Mask:
    """Give back the pixel that `_outside` takes off every edge, and drop single pixels."""
    return np.asarray(cv2.medianBlur(cv2.morphologyEx(raw, cv2.MORPH_CLOSE, KERNEL), 3), np.uint8)


def _learned(
    model: Plane, grey: Grey, elapsed: float, tau: float, where: Mask | None = None
) -> Plane:
    learned = model.copy()
    cv2.accumulateWeighted(grey, learned, 1.0 - math.exp(-elapsed / tau), mask=where)
    return learned
