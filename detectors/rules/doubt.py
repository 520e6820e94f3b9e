"""When a suspicion is worth a burst: a whole GOP costs as much as ten scans.

In a street with red cars something is suspected in every fourth scan, and none of it burns. What
passes through is not in one place for two scans; and where a burst has shown nothing, the next one
rests, twice as long each time, unless what is suspected there outlasts by far whatever proved
harmless before. So a lane full of brake lights costs a burst in two minutes, a fire that begins in
it is looked at when it has burnt for longer than a queue stands, and anywhere else at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.event import Box
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

CELL = 5
"""Small pixels. With its neighbours, in which a suspicion counts too, 15 × 15: flames sway."""
LASTS = 2
"""Scans. What passes through is elsewhere in the next one. A place that was never looked at in vain
need not last."""
STRONGER = 2
"""A streak this many times as long as one that proved harmless is another thing."""
FIRST_REST = 2
LONGEST_REST = 120
"""Seconds. A fire that has just begun shows too little in its first burst, so the next one comes
soon. One where something harmless flickers all the time waits for the longest rest at most."""

Cells = NDArray[np.uint8]
"""(18, 32) uint8."""
Moments = NDArray[np.float64]
"""(18, 32) float64, seconds."""

_ROWS, _COLUMNS = GREY_HEIGHT // CELL, GREY_WIDTH // CELL
_NOWHERE: Cells = np.zeros((_ROWS, _COLUMNS), np.uint8)
_NOWHERE.setflags(write=False)
_NEVER: Moments = np.full((_ROWS, _COLUMNS), np.inf)
_NEVER.setflags(write=False)
_ONE: Cells = np.ones((_ROWS, _COLUMNS), np.uint8)
_AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Doubts:
    """Where one kind of thing has been suspected.

    `streak`: in how many scans in a row, less those without. `harmless`: the longest streak at
    which a burst showed nothing there. `rest`: seconds from a burst that showed nothing, `looked`,
    until the next is worth it.
    """

    streak: Cells
    harmless: Cells
    rest: Cells
    looked: float
    began: Moments
    """Since when each place is suspected; a burst that shows nothing there begins it anew."""

    def after(self, suspected: Mask | None, now: float) -> Doubts:
        """With one more scan, and what it made suspicious."""
        if suspected is None:
            return self._with(_less(self.streak), now) if self.streak.any() else self
        here = _cells(suspected)
        longer = np.asarray(cv2.add(self.streak, _ONE), np.uint8)
        streak = np.asarray(cv2.copyTo(longer, here, _less(self.streak)), np.uint8)
        return self._with(streak, now)

    def _with(self, streak: Cells, now: float) -> Doubts:
        began = np.where(streak > 0, np.minimum(self.began, now), np.inf)
        return replace(self, streak=streak, began=began)

    def resumed(self, gap: float) -> Doubts:
        """Over a pause of the stream: nothing is known to have been there meanwhile."""
        return replace(self, began=self.began + gap)

    def since(self, box: Box) -> float:
        """Since when anything in a box is suspected; infinity where nothing is."""
        rows = slice(int(box.y1 * _ROWS), int(np.ceil(box.y2 * _ROWS)))
        columns = slice(int(box.x1 * _COLUMNS), int(np.ceil(box.x2 * _COLUMNS)))
        return float(self.began[rows, columns].min(initial=np.inf))

    def are_worth_a_look(self, now: float, lasts: int = LASTS) -> bool:
        """Whether a burst could tell more than the last one did about what so long `lasts`."""
        lasting = (self.streak >= lasts) | ((self.streak > 0) & (self.rest == 0))
        if not lasting.any():
            return False
        since = now - self.looked
        # A clock that was set back must not make anything rest for longer.
        rested = self.rest <= np.uint8(since if 0.0 <= since < LONGEST_REST else LONGEST_REST)
        return bool(np.any(lasting & (rested | (self.streak // STRONGER >= self.harmless))))

    def in_vain(self, now: float, asked: Doubts | None = None) -> Doubts:
        """A burst showed nothing. It showed it everywhere, so every place rests from now on; those
        too that made the rule ask for it, and where nothing is suspected any more."""
        streak = self.streak if asked is None else np.maximum(self.streak, asked.streak)
        reached = np.asarray(cv2.dilate(streak, _AROUND), np.uint8)
        longer = np.clip(self.rest.astype(np.int16) * 2, FIRST_REST, LONGEST_REST)
        return Doubts(
            self.streak,
            np.maximum(self.harmless, reached),
            np.where(reached > 0, longer, self.rest).astype(np.uint8),
            now,
            np.where(self.streak > 0, now, np.inf),
        )


NO_DOUBTS = Doubts(_NOWHERE, _NOWHERE, _NOWHERE, float("-inf"), _NEVER)


def _less(streak: Cells) -> Cells:
    return np.asarray(cv2.subtract(streak, _ONE), np.uint8)


def _cells(suspected: Mask) -> Cells:
    """255 in the cells that hold anything suspected, and in their neighbours."""
    # One pixel of a cell's 25 is a mean of 10.
    mean = cv2.resize(suspected, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    around = cv2.dilate(mean, _AROUND)
    return np.asarray(cv2.threshold(around, 0, 255, cv2.THRESH_BINARY)[1], np.uint8)
