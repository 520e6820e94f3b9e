"""The light over a whole picture, against that in which its place was learned.

A light is fitted anew to each picture, and never to the light before it: a cloud's shadow that lies
on the brighter half of a place looks like a light of less contrast, and what was once taken so must
not stay. (Each picture's change was put onto the last one's before, and learned with it: under
clouds a pavement's known contrast fell to a quarter within a minute and did not come back.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.frame import Grey

Plane = NDArray[np.float32]
"""(90, 160) float32."""

LEAST_SHIFT = 1.5
"""Grey levels. A smaller shift is left alone: it is noise."""
FITS = 12.0
"""Grey levels beyond which a pixel is under no light of the whole picture; how far beyond does not
matter (the truncated squares of MSAC: Torr and Zisserman 2000)."""
BETTER = 0.95
"""A change of light must leave less than this of what does not fit: a cloud that covers a half fits
no light better than another, and then there has been no change."""
LEAST_APART = 10.0
"""Grey levels between the halves' medians, below which their changes say nothing of contrast."""
LEAST_GAIN = 0.2
"""Of a light: below it nothing of a place is left but its noise."""
EVERY = 4
"""Every fourth pixel of every fourth row: 920 of 14,400, enough for a median."""


@dataclass(frozen=True, slots=True)
class Light:
    """Gain and offset, in grey levels, from the light of what was learned to a picture's."""

    gain: float = 1.0
    offset: float = 0.0

    def on(self, plane: Plane) -> Plane:
        """What a place shows under this light, a copy."""
        if self is SAME:
            return plane.copy()
        lit = plane * np.float32(self.gain)
        lit += np.float32(self.offset)
        np.maximum(lit, np.float32(0.0), out=lit)
        return np.asarray(np.minimum(lit, np.float32(255.0), out=lit), np.float32)

    def then(self, later: Light) -> Light:
        """Both changes, one after the other."""
        return Light(self.gain * later.gain, self.offset * later.gain + later.offset)

    def since(self, before: Light) -> Light:
        """The change from the light before to this one."""
        gain = self.gain / before.gain
        return Light(gain, self.offset - before.offset * gain)

    def taken_off(self, plane: Plane) -> Plane:
        """What shows `plane` under this light, a copy."""
        return np.asarray((plane - np.float32(self.offset)) / np.float32(self.gain), np.float32)

    def on_levels(self, plane: Grey) -> Grey:
        """The same as `on` in whole grey levels."""
        lit = cv2.addWeighted(plane, self.gain, plane, 0.0, self.offset)
        return np.asarray(lit, np.uint8)


SAME = Light()


@dataclass(frozen=True, slots=True)
class LightMeter:
    """A place's own light, sampled: `levels` (920,), the `dark` darker ones first.

    `order` finds them in a picture's sample; `at_low` and `at_high` are the medians of the halves.
    """

    levels: NDArray[np.float32]
    order: NDArray[np.int32]
    dark: int
    at_low: float
    at_high: float

    @staticmethod
    def of(place: Plane) -> LightMeter:
        sample = place[::EVERY, ::EVERY].ravel()
        dark = len(sample) // 2
        order = np.argpartition(sample, dark).astype(np.int32)
        levels = sample[order]
        at_low, at_high = _median(levels[:dark]), _median(levels[dark:])
        return LightMeter(levels, order, dark, at_low, at_high)

    def light_of(self, grey: Grey, before: Light = SAME) -> Light:
        """The light of a picture of this place, the last one of which was under `before`; that one
        itself where it has not changed."""
        shown = grey[::EVERY, ::EVERY].ravel()[self.order].astype(np.float32)
        change = shown - before.on(self.levels)
        low, high = _median(change[: self.dark]), _median(change[self.dark :])
        if max(abs(low), abs(high)) < LEAST_SHIFT:
            return before
        new = min(self._lights(shown, before, low, high), key=partial(self._misfit, shown))
        is_better = self._misfit(shown, new) < BETTER * self._misfit(shown, before)
        return new if is_better else before

    def _lights(
        self, shown: NDArray[np.float32], before: Light, low: float, high: float
    ) -> Iterator[Light]:
        """What the change may be: that of the medians of the darker and of the brighter half, of
        each of which things may cover a half; a gain alone, as of exposure; an offset alone."""
        at_low, at_high = (at * before.gain + before.offset for at in (self.at_low, self.at_high))
        apart = at_high - at_low
        if apart > LEAST_APART:
            gain = min(max(1.0 + (high - low) / apart, 0.6), 1.6)
            offset = (low + high) / 2 - (gain - 1.0) * (at_low + at_high) / 2
            yield before.then(Light(gain, offset))
        gains = np.asarray(shown / np.maximum(self.levels, np.float32(1.0)), np.float32)
        yield Light(min(max(_median(gains), LEAST_GAIN), 1.0 / LEAST_GAIN))
        yield before.then(Light(1.0, (low + high) / 2))

    def _misfit(self, shown: NDArray[np.float32], light: Light) -> float:
        apart = shown - light.on(self.levels)
        return float(np.minimum(apart * apart, np.float32(FITS * FITS)).sum())


def _median(values: NDArray[np.float32]) -> float:
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])
