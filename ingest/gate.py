"""The activity gate: decides whether a detector is worth running on a picture, nothing more.

Every camera is still scanned every N seconds whatever the gate says, so that nothing which stands
still is missed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ingest.frame import Grey

PIXEL_CHANGE = 18
"""Grey levels by which a pixel must differ, after the light is evened out. A still road with
sensor noise of 12 levels, coded at 512 kb/s, had no pixel above 18 and one above 12 (2026-11)."""
ACTIVE_FRACTION = 0.0015
"""Fraction of the picture: 22 of 14,400 pixels, a person 1/20 of the picture high. Of the shared
clips at 2 s steps, all pictures with something moving are active (least 0.0101), and those of
the empty car park (0.0000 to 0.0003) and the empty corridor are not."""
LIGHT_SHIFT = 12.0
"""Grey levels of the mean by which the whole picture changed: a lamp, a cloud, the night mode."""
LOOK_EVERY = 30.0
"""Seconds after which a picture counts as active however still it is, so that no calibration can
silence a camera."""


@dataclass(frozen=True, slots=True)
class Activity:
    """How much of a (90, 160) grey picture changed since the last scan.

    `changed` is a fraction of the picture, 0 to 1, after a global change of light is taken out.
    `active` says whether detectors should look; `light_change` whether the whole picture shifted.
    """

    changed: float
    active: bool
    light_change: bool = False


class Gate:
    """One camera's gate: remembers one small picture (14 kB) and when it last let one through."""

    __slots__ = ("_last", "_light", "_looked_at")

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._light = (0.0, 0.0)
        self._looked_at = float("-inf")

    def look(self, grey: Grey, captured_at: float) -> Activity:
        """Compare a (90, 160) grey picture with the one before; the first is always active."""
        last, self._last = self._last, grey
        before, self._light = self._light, _light(grey)
        if last is None:
            self._looked_at = captured_at
            return Activity(1.0, active=True)
        changed = _changed(last, grey, before, self._light)
        light_change = abs(self._light[0] - before[0]) >= LIGHT_SHIFT
        due = captured_at - self._looked_at >= LOOK_EVERY
        active = changed >= ACTIVE_FRACTION or light_change or due
        if active:
            self._looked_at = captured_at
        return Activity(changed, active, light_change)


def _light(grey: Grey) -> tuple[float, float]:
    """Mean and deviation of a picture, in grey levels."""
    mean, spread = cv2.meanStdDev(grey)
    return float(mean[0, 0]), float(spread[0, 0])


def _changed(
    last: Grey, grey: Grey, before: tuple[float, float], now: tuple[float, float]
) -> float:
    """The fraction of pixels that changed beyond the light.

    A change of light is a gain and an offset for the whole picture: mean and deviation of the
    last picture (`before`) are brought to those of this one before the two are compared.
    """
    gain = min(2.0, max(0.5, now[1] / before[1])) if before[1] > 1.0 else 1.0
    evened = cv2.addWeighted(last, gain, last, 0.0, now[0] - gain * before[0])
    difference = cv2.absdiff(evened, grey)
    return float(np.count_nonzero(difference > PIXEL_CHANGE) / grey.size)
