"""Where in a picture somebody could be, whether or not a model is there that knows people.

Movement alone does not say: whoever stands still would be left recognisable (first seen on the
demo's square, where half of a crowd was sharp). So each camera learns slowly what its place looks
like when nobody is there, and a pixel is shown only once it has both looked like the place and
stood still for a while. The error is meant to lie on one side: a swaying tree, a parked car and a
shadow's edge are hidden too, a person is not shown. That is also why this is not the background of
the rules, which takes for the place what a rule tells it to, and a new scene after twenty seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import NOTHING, TICK
from detectors.light import LightMeter, Plane
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey
from ingest.gate import PIXEL_CHANGE

Where = NDArray[np.bool_]
"""(90, 160) bool."""

QUIET = 20.0
"""Seconds for which a pixel must have stood still before it is shown: people who stand and talk
shift a foot, turn or nod within that (the drawn ones every 8 s, those of PETS09 sooner). It is also
the cold start: at first no pixel has stood still for so long, and the whole picture is hidden."""
FOLLOWS = 180.0
"""Time constant, seconds, with which the place follows what looks like it: the sun and its shadows
(an edge crosses a small pixel in minutes)."""
ABSORBS = 1200.0
"""…and what does not look like it: a person on a bench, 60 grey levels from it, is hidden for
ABSORBS × ln(60 / APART), 38 minutes, and a parked car as long, which is the price."""
APART = 9.0
"""Grey levels by which a pixel must differ from its place: H.264 at 512 kb/s leaves up to 7 on flat
asphalt (BackgroundModel.floor)."""
STRANGE = 0.7
"""Where more of the picture than this differs, it is another scene (a turned camera, the night's
infrared lamp), which is learned with FOLLOWS: after ABSORBS it would be blurred for an hour. No
crowd covers so much: people in front of a camera hide a third of the ground between them."""
LEARNS_EVERY = 8.0
"""Seconds; what changes over minutes need not be learned from every scan."""
LONGEST_STEP = 10.0
"""Seconds that a longer gap counts for: a pause must not rush anything."""
AROUND, ABOVE = 3, 5
"""Cells (of 90 × 160) hidden on either side of, and above and below, what differs. A face of the
wall's colour differs nowhere, but hair and coat do: five cells are the upper half of a person a
ninth of the picture high."""

_SPREAD = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * AROUND + 1, 2 * ABOVE + 1))


@dataclass(frozen=True, slots=True)
class Suspected:
    """Where people may be: everywhere they could stand (`anybody`), and what stirs just now."""

    anybody: Where
    moving: Where


EVERYWHERE = Suspected(
    np.ones((GREY_HEIGHT, GREY_WIDTH), np.bool_), np.zeros((GREY_HEIGHT, GREY_WIDTH), np.bool_)
)
"""Where nothing is known of a place."""


@dataclass(frozen=True, slots=True)
class Familiarity:
    """How well one camera's place is known. Each picture makes a new one; no plane is ever changed.

    `place` is grey levels, in the light that was when it last learned; `quiet` for how many ticks
    each pixel has not moved, 255 at most; `moving` 255 where the last picture, `grey`, differs from
    the one before. What looks unlike the place is worked out only when somebody asks.
    """

    place: Plane
    meter: LightMeter
    quiet: Grey
    grey: Grey
    moving: Grey
    seconds: float
    """For how long it has been looked at, pauses taken out."""
    unlearned: float
    """Seconds of it that the place has yet to learn from."""
    at: float

    @staticmethod
    def first(grey: Grey, now: float) -> Familiarity:
        """`now` is the picture's capture time, Unix seconds."""
        place = grey.astype(np.float32)
        return Familiarity(place, LightMeter.of(place), NOTHING, grey, NOTHING, 0.0, 0.0, now)

    def after(self, grey: Grey, now: float) -> Familiarity:
        """With one more picture (90, 160) taken into account."""
        elapsed = min(max(now - self.at, 0.0), LONGEST_STEP)
        seconds, unlearned = self.seconds + elapsed, self.unlearned + elapsed
        moving = _differs(grey, self.grey, PIXEL_CHANGE)
        quiet = self._quiet(moving, int(seconds // TICK - self.seconds // TICK))
        seen = Familiarity(self.place, self.meter, quiet, grey, moving, seconds, unlearned, now)
        return seen._learned() if self.seconds < QUIET or unlearned >= LEARNS_EVERY else seen

    def suspected(self) -> Suspected:
        """Where somebody may be in the last picture."""
        restless = np.asarray(self.quiet < QUIET / TICK, np.uint8) * np.uint8(255)
        unlike = _unlike(self.grey, self._lit())
        return Suspected(_widened(unlike | restless), _widened(self.moving))

    def _lit(self) -> Plane:
        """The place in the light of the last picture, a copy."""
        return self.meter.light_of(self.grey).on(self.place)

    def _learned(self) -> Familiarity:
        place = self._lit()
        unlike = _unlike(self.grey, place)
        _learn(place, self.grey, unlike, self.unlearned, self.seconds - self.unlearned)
        return replace(self, place=place, meter=LightMeter.of(place), unlearned=0.0)

    def _quiet(self, moving: Grey, ticks: int) -> Grey:
        quiet = cv2.add(self.quiet, np.full_like(self.quiet, ticks))
        return np.asarray(cv2.bitwise_and(quiet, cv2.bitwise_not(moving)), np.uint8)


def _unlike(grey: Grey, place: Plane) -> Grey:
    return _differs(grey, np.asarray(cv2.convertScaleAbs(place), np.uint8), APART)


def _differs(grey: Grey, other: Grey, levels: float) -> Grey:
    """255 where two pictures differ by more; lone pixels are noise."""
    _, apart = cv2.threshold(cv2.absdiff(grey, other), levels, 255, cv2.THRESH_BINARY)
    if not cv2.countNonZero(apart):
        return NOTHING
    return np.asarray(cv2.medianBlur(apart, 3), np.uint8)


def _learn(place: Plane, grey: Grey, unlike: Grey, elapsed: float, age: float) -> None:
    """Let `place` follow the picture. At first it is the mean of all pictures: who walks through
    is a tenth of it, and who comes to stand is never all of it."""
    follows = _weight(elapsed, FOLLOWS)
    if age < QUIET:
        cv2.accumulateWeighted(grey, place, max(follows, elapsed / (age + 2 * elapsed or 1.0)))
        return
    strange = cv2.countNonZero(unlike) > STRANGE * unlike.size
    cv2.accumulateWeighted(grey, place, follows, mask=cv2.bitwise_not(unlike))
    absorbs = follows if strange else _weight(elapsed, ABSORBS)
    cv2.accumulateWeighted(grey, place, absorbs, mask=unlike)


def _weight(elapsed: float, tau: float) -> float:
    return 1.0 - math.exp(-elapsed / tau)


def _widened(mask: Grey) -> Where:
    return np.asarray(cv2.dilate(mask, _SPREAD) > 0, np.bool_)
