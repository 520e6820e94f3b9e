"""How the light over a whole picture has changed since its place was learned."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.frame import Grey

Plane = NDArray[np.float32]
"""(90, 160) float32."""

LEAST_SHIFT = 1.5
"""Grey levels. A smaller shift is left alone, so that noise does not walk a held place away."""
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

    def on_levels(self, plane: Grey) -> Grey:
        """The same in whole grey levels."""
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

    def under(self, light: Light) -> LightMeter:
        """The same place's under another light, which changes no order."""
        at_low, at_high = (
            level * light.gain + light.offset for level in (self.at_low, self.at_high)
        )
        return LightMeter(light.on(self.levels), self.order, self.dark, at_low, at_high)

    def change(self, grey: Grey) -> Light | None:
        """The light of a picture of this place; None where it is the place's own.

        Medians of the difference over the darker and the brighter half of the place: up to half of
        each may be covered by things without any effect.
        """
        change = grey[::EVERY, ::EVERY].ravel()[self.order] - self.levels
        low, high = _median(change[: self.dark]), _median(change[self.dark :])
        if max(abs(low), abs(high)) < LEAST_SHIFT:
            return None
        apart = self.at_high - self.at_low
        gain = 1.0 + (high - low) / apart if apart > 10.0 else 1.0
        gain = min(max(gain, 0.6), 1.6)
        return Light(gain, (low + high) / 2 - (gain - 1.0) * (self.at_low + self.at_high) / 2)


def _median(values: NDArray[np.float32]) -> float:
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])
