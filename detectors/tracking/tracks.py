"""A small multi-object tracker: constant velocity, sure boxes first, then the others.

Made for pictures 0.1 to 4 s apart. Each track is a box with a Kalman filter over its centre; what
is not known of where it is now, which grows with the time since it was seen, widens the search.
Boxes that are sure are matched first; those that are not may continue a track and never begin one
(the idea of ByteTrack, Zhang et al. 2022). A number, a box and a way are all that is kept of
anybody: nothing of how they look, and all of it is gone when they were not seen for `forget`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.tracking.association import matches
from detectors.tracking.boxes import Boxes, Points, centres, feet, sizes

ACCELERATION = 0.3
"""Heights a second²: a walker who stops within three seconds."""
EDGES = 0.1
"""Heights by which a blob's centre is wrong."""
FIRST_SPEED = 0.6
"""Heights a second that a thing may move when it is seen for the first time; walkers have 0.8."""
MOST_TRACKS = 32
KNOWN_WELL = 3
"""Pictures. Younger tracks are matched after the others and are gone when one picture lacks them:
else each stray blob would be a rival to whoever walks by for seconds."""
GATE = 2.5
"""Times the deviation of where it is."""
ABOUT = 0.25
"""Heights, which are less than a width: so far from where it is expected nothing is odd."""
LEAST_ALIKE = 0.4
"""Of two heights, the smaller as a part of the larger: blobs lose their legs to the ground."""


Rows = NDArray[np.float64]
"""(N, 19) a track a row: of few tracks one array is copied sooner than ten."""

_BOX, _FIRST, _VELOCITY = slice(0, 4), slice(4, 8), slice(8, 10)
_PLACE, _BOTH, _SPEED = 10, 11, 12
"""What is not known of position and velocity along either axis: variance, covariance, variance."""
_BORN, _SEEN, _WAY, _LEAP, _HITS, _NUMBER = range(13, 19)
_COLUMNS = 19


@dataclass(frozen=True, slots=True)
class Tracks:
    """N tracks as of `at`, Unix seconds. Positions in the unit of the boxes.

    `number` (N,) int64. `box` (N, 4) now, `first` (N, 4) when it was seen first. `velocity` (N, 2)
    a second. `born`, `seen` (N,) Unix seconds. `hits` (N,) pictures. `way` (N,) length of the path
    of the centre, `leap` (N,) its longest step from one picture to the next.
    """

    rows: Rows
    at: float = 0.0
    next_number: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def number(self) -> NDArray[np.int64]:
        return self.rows[:, _NUMBER].astype(np.int64)

    @property
    def box(self) -> Boxes:
        return self.rows[:, _BOX]

    @property
    def first(self) -> Boxes:
        return self.rows[:, _FIRST]

    @property
    def velocity(self) -> Points:
        return self.rows[:, _VELOCITY]

    @property
    def born(self) -> NDArray[np.float64]:
        return self.rows[:, _BORN]

    @property
    def seen(self) -> NDArray[np.float64]:
        return self.rows[:, _SEEN]

    @property
    def hits(self) -> NDArray[np.float64]:
        return self.rows[:, _HITS]

    @property
    def way(self) -> NDArray[np.float64]:
        return self.rows[:, _WAY]

    @property
    def leap(self) -> NDArray[np.float64]:
        return self.rows[:, _LEAP]

    @property
    def heights(self) -> NDArray[np.float64]:
        return np.asarray(np.maximum(self.rows[:, 3] - self.rows[:, 1], 1.0), np.float64)

    def feet(self) -> Points:
        return feet(self.box)

    def net(self) -> NDArray[np.float64]:
        """(N,) how far each is from where it was seen first: its feet or its head, whichever is
        less, since a blob that falls apart moves one of them."""
        apart = self.rows[:, _BOX] - self.rows[:, _FIRST]
        across = (apart[:, 0] + apart[:, 2]) / 2
        nearer = np.minimum(np.abs(apart[:, 1]), np.abs(apart[:, 3]))
        return np.asarray(np.hypot(across, nearer), np.float64)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Tracks:
        return Tracks(self.rows[keep], self.at, self.next_number)

    def after(
        self, boxes: Boxes, now: float, *, forget: float, sure: NDArray[np.bool_] | None = None
    ) -> Tracks:
        """With one more picture, taken at `now`, and what was seen in it.

        `sure` (M,) marks the boxes that may begin a track; None: all. Tracks that have not been
        seen for `forget` seconds are gone, those that are hardly known at once, and all of them
        when the clock was set back.
        """
        if not len(self) and not len(boxes):
            return Tracks(self.rows, now, self.next_number)
        if now < self.at:
            return NO_TRACKS.after(boxes, now, forget=forget, sure=sure)
        # Before anything is matched: what is not known of where a track is now grows with the time
        # since it was seen, until it takes any box.
        rows = _predicted(_only(self.rows, now - self.seen <= forget), now - self.at)
        certain = np.ones(len(boxes), np.bool_) if sure is None else sure.copy()
        pairs = _pairs(rows, boxes, certain) if len(rows) and len(boxes) else []
        if pairs:
            which, columns = np.array(pairs, np.int64).T
            rows[which] = _updated(rows[which], boxes[columns], now)
            certain[columns] = False
        rows = _only(rows, (rows[:, _HITS] >= KNOWN_WELL) | (rows[:, _SEEN] == now))
        new = _new(boxes[certain][: max(0, MOST_TRACKS - len(rows))], now, self.next_number)
        if len(new):
            rows = np.concatenate((rows, new))
        return Tracks(rows, now, self.next_number + len(new))


NO_TRACKS = Tracks(np.empty((0, _COLUMNS)), float("-inf"))


def _only(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    return rows if keep.all() else rows[keep]


def _heights(rows: Rows) -> NDArray[np.float64]:
    return np.asarray(np.maximum(rows[:, 3] - rows[:, 1], 1.0), np.float64)


def _predicted(rows: Rows, dt: float) -> Rows:
    """Where they are so many seconds later; a copy."""
    later = rows.copy()
    if not len(rows):
        return later
    moved = rows[:, _VELOCITY] * dt
    later[:, 0:2] += moved
    later[:, 2:4] += moved
    push = (ACCELERATION * _heights(rows)) ** 2
    both, speed = rows[:, _BOTH], rows[:, _SPEED]
    later[:, _PLACE] += dt * (2.0 * both + dt * (speed + push * (dt * dt / 4)))
    later[:, _BOTH] += dt * (speed + push * (dt * dt / 2))
    later[:, _SPEED] += push * (dt * dt)
    return later


def _pairs(rows: Rows, boxes: Boxes, certain: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Which box continues which track: those that are known well and sure boxes first."""
    affinity, pairs = _affinity(rows, boxes), list[tuple[int, int]]()
    wanted, rest = certain.copy(), ~certain
    known_well = rows[:, _HITS] >= KNOWN_WELL
    for kind, those in ((known_well, wanted), (~known_well, wanted), (known_well, rest)):
        tracks, columns = kind.nonzero()[0], those.nonzero()[0]
        if not len(tracks) or not len(columns):
            continue
        for one, other in matches(affinity[tracks[:, None], columns]):
            row, column = int(tracks[one]), int(columns[other])
            pairs.append((row, column))
            kind[row] = those[column] = False
    return pairs


def _affinity(rows: Rows, boxes: Boxes) -> NDArray[np.float64]:
    """(N, M), 0 where it cannot be.

    The density of a Gaussian: whoever is known to be here goes before who may be anywhere.
    """
    here, there = centres(rows[:, _BOX]), centres(boxes)
    across = here[:, 0, None] - there[:, 0]
    down = here[:, 1, None] - there[:, 1]
    tall, other = _heights(rows), boxes[:, 3] - boxes[:, 1]
    slack = ABOUT * tall
    spread = rows[:, _PLACE] + slack * slack
    relative = (across * across + down * down) / spread[:, None]
    alike = tall[:, None] / np.maximum(other, 1e-9)
    can_be = (relative <= GATE**2) & (alike >= LEAST_ALIKE) & (alike <= 1.0 / LEAST_ALIKE)
    if not can_be.any():
        return np.zeros_like(relative)
    affinity = np.exp(relative / -2.0) * (slack / np.sqrt(spread))[:, None]
    return np.where(can_be, affinity, 0.0)


def _updated(rows: Rows, boxes: Boxes, now: float) -> Rows:
    """These tracks with the box in which each is seen now; changes `rows`, which are a copy."""
    size = sizes(boxes)
    place, both = rows[:, _PLACE].copy(), rows[:, _BOTH].copy()
    noise = place + (EDGES * size[:, 1]) ** 2
    gain, push = place / noise, both / noise
    before = centres(rows[:, _BOX])
    missed = centres(boxes) - before
    centre = before + gain[:, None] * missed
    came_from = before - rows[:, _VELOCITY] * (now - rows[:, _SEEN])[:, None]
    step = np.hypot(*(centre - came_from).T)
    rows[:, 0:2], rows[:, 2:4] = centre - size / 2, centre + size / 2
    rows[:, _VELOCITY] += push[:, None] * missed
    rows[:, _PLACE] -= gain * place
    rows[:, _BOTH] -= gain * both
    rows[:, _SPEED] -= push * both
    rows[:, _WAY] += step
    rows[:, _LEAP] = np.maximum(rows[:, _LEAP], step)
    rows[:, _SEEN] = now
    rows[:, _HITS] += 1
    return rows


def _new(boxes: Boxes, now: float, number: int) -> Rows:
    rows = np.zeros((len(boxes), _COLUMNS))
    if not len(boxes):
        return rows
    tall = np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
    rows[:, _BOX] = rows[:, _FIRST] = boxes
    rows[:, _PLACE], rows[:, _SPEED] = (EDGES * tall) ** 2, (FIRST_SPEED * tall) ** 2
    rows[:, _BORN] = rows[:, _SEEN] = now
    rows[:, _HITS] = 1
    rows[:, _NUMBER] = np.arange(number, number + len(boxes))
    return rows
