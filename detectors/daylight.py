"""Whether a camera's picture is that of day or of night, for the rules that differ between them.

The picture is asked and not the almanac: what makes a rule's night another one is a camera that has
switched to infrared, noise and headlights, and a lit street has none of it. The two lights are
those by which `ingest.condition` keeps its baselines, with its thresholds. Their distance is not
enough here: a lamp that motion switches, lightning or a pair of headlights must not turn a rule's
settings over and back, so that another light must last for `LASTS` before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from ingest.condition.baseline import Light, light_in
from ingest.frame import Frame

EVERY = 10.0
"""Seconds between two looks, which cost 0.04 ms each."""
LASTS = 60.0
"""Seconds. Lamps on a motion switch burn for 30 s or less where they are not meant to stay on; dusk
takes ten minutes from the one threshold to the other."""


@dataclass(frozen=True, slots=True)
class Daylight:
    """`light` is what counts. `other_since`: since when the looks have shown the other one."""

    light: Light
    at: float
    other_since: float | None = None

    @staticmethod
    def first(frame: Frame, now: float) -> Daylight:
        """The first picture decides at once."""
        return Daylight(_seen(frame, None), now)

    def after(self, frame: Frame, now: float) -> Daylight:
        """With one more picture; `now` is its capture time, Unix seconds."""
        if 0.0 <= now - self.at < EVERY:
            return self
        if _seen(frame, self.light) is self.light:
            return Daylight(self.light, now)
        # A clock that was set back must not put the change off for longer.
        since = now if self.other_since is None else min(self.other_since, now)
        if now - since >= LASTS:
            return Daylight(Light.DAY if self.light is Light.NIGHT else Light.NIGHT, now)
        return Daylight(self.light, now, since)


def _seen(frame: Frame, before: Light | None) -> Light:
    return light_in(float(cv2.mean(frame.grey)[0]), frame.colour(), before)
