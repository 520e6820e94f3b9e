"""A small multi-object tracker: constant velocity, sure boxes first, then the others.

Made for pictures 0.1 to 4 s apart. Each track is a box with a Kalman filter over its centre; what
is not known of where it is now, which grows with the time since it was seen, widens the search.
Boxes that are sure are matched first; those that are not may continue a track and never begin one
(the idea of ByteTrack, Zhang et al. 2022). A number, a box and a way are all that is kept of
anybody: nothing of how they look, and all of it is gone when they were not seen for `forget`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.tracking.association import matches
from detectors.tracking.boxes import (
    NO_BOXES,
    Boxes,
    Points,
    centres,
    feet,
    heads,
    sizes,
)

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


@dataclass(frozen=True, slots=True)
class Tracks:
    """N tracks as of `at`, Unix seconds. Positions in the unit of the boxes.

    `number` (N,) int64. `box` (N, 4) now, `first` (N, 4) when it was seen first. `velocity` (N, 2)
    a second. `variance` (N, 2, 2) of position and velocity along either axis. `born`, `seen` (N,)
    Unix seconds. `hits` (N,) pictures. `way` (N,) length of the path of the centre, `leap` (N,)
    its longest step from one picture to the next.
    """

    number: NDArray[np.int64]
    box: Boxes
    first: Boxes
    velocity: Points
    variance: NDArray[np.float64]
    born: NDArray[np.float64]
    seen: NDArray[np.float64]
    hits: NDArray[np.int64]
    way: NDArray[np.float64]
    leap: NDArray[np.float64]
    at: float = 0.0
    next_number: int = 0

    def __len__(self) -> int:
        return len(self.number)

    @property
    def heights(self) -> NDArray[np.float64]:
        return np.asarray(np.maximum(self.box[:, 3] - self.box[:, 1], 1.0), np.float64)

    def feet(self) -> Points:
        return feet(self.box)

    def net(self) -> NDArray[np.float64]:
        """(N,) how far each is from where it was seen first: its feet or its head, whichever is
        less, since a blob that falls apart moves one of them."""
        below = np.linalg.norm(self.feet() - feet(self.first), axis=1)
        above = np.linalg.norm(heads(self.box) - heads(self.first), axis=1)
        return np.asarray(np.minimum(below, above), np.float64)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Tracks:
        kept = {name: array[keep] for name, array in self._arrays().items()}
        return Tracks(**kept, at=self.at, next_number=self.next_number)

    def after(
        self, boxes: Boxes, now: float, *, forget: float, sure: NDArray[np.bool_] | None = None
    ) -> Tracks:
        """With one more picture, taken at `now`, and what was seen in it.

        `sure` (M,) marks the boxes that may begin a track; None: all. Tracks that have not been
        seen for `forget` seconds are gone, those that are hardly known at once, and all of them
        when the clock was set back.
        """
        if not len(self) and not len(boxes):
            return Tracks(**self._arrays(), at=now, next_number=self.next_number)
        if now < self.at:
            return NO_TRACKS.after(boxes, now, forget=forget, sure=sure)
        # Before anything is matched: what is not known of where a track is now grows with the time
        # since it was seen, until it takes any box.
        tracks = self._only(now - self.seen <= forget)._predicted(now)
        certain = np.ones(len(boxes), np.bool_) if sure is None else sure.copy()
        pairs = tracks._pairs(boxes, certain) if len(tracks) and len(boxes) else []
        if pairs:
            rows, columns = np.array(pairs, np.int64).T
            tracks = tracks._updated(rows, boxes[columns], now)
            certain[columns] = False
        known = tracks._only((tracks.hits >= KNOWN_WELL) | (tracks.seen == now))
        return known._with_new(boxes[certain], now)

    def _only(self, keep: NDArray[np.bool_]) -> Tracks:
        return self if keep.all() else self.where(keep)

    def _arrays(self) -> dict[str, Any]:
        """All that have a row a track."""
        return {each.name: getattr(self, each.name) for each in fields(self)[:10]}

    def _predicted(self, now: float) -> Tracks:
        dt = now - self.at if len(self) else 0.0
        box = self.box.copy()
        box[:, :2] += self.velocity * dt
        box[:, 2:] += self.velocity * dt
        step = np.array([[1.0, dt], [0.0, 1.0]])
        noise = np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]])
        push = (ACCELERATION * self.heights) ** 2
        variance = step @ self.variance @ step.T + push[:, None, None] * noise
        return Tracks(
            self.number, box, self.first, self.velocity, variance,
            self.born, self.seen, self.hits, self.way, self.leap, now, self.next_number,
        )  # fmt: skip

    def _pairs(self, boxes: Boxes, certain: NDArray[np.bool_]) -> list[tuple[int, int]]:
        """Which box continues which track: those that are known well and sure boxes first."""
        affinity, pairs = self._affinity(boxes), list[tuple[int, int]]()
        wanted, rest = certain.copy(), ~certain
        known_well = self.hits >= KNOWN_WELL
        for kind, those in ((known_well, wanted), (~known_well, wanted), (known_well, rest)):
            rows, columns = kind.nonzero()[0], those.nonzero()[0]
            if not len(rows) or not len(columns):
                continue
            for one, other in matches(affinity[rows[:, None], columns]):
                row, column = int(rows[one]), int(columns[other])
                pairs.append((row, column))
                kind[row] = those[column] = False
        return pairs

    def _affinity(self, boxes: Boxes) -> NDArray[np.float64]:
        """(N, M), 0 where it cannot be.

        The density of a Gaussian: whoever is known to be here goes before who may be anywhere.
        """
        apart = centres(self.box)[:, None] - centres(boxes)
        squared = apart[..., 0] ** 2 + apart[..., 1] ** 2
        tall, other = self.heights, sizes(boxes)[:, 1]
        slack = ABOUT * tall
        sigma = np.sqrt(self.variance[:, 0, 0] + slack**2)
        relative = squared / (sigma**2)[:, None]
        affinity = np.exp(relative / -2.0) * (slack / sigma)[:, None]
        taller = np.maximum(tall[:, None], other)
        alike = np.minimum(tall[:, None], other) >= LEAST_ALIKE * taller
        return np.where((relative <= GATE**2) & alike, affinity, 0.0)

    def _updated(self, rows: NDArray[np.int64], boxes: Boxes, now: float) -> Tracks:
        tall = sizes(boxes)[:, 1]
        variance = self.variance[rows]
        gain = variance[:, :, 0] / (variance[:, 0, 0] + (EDGES * tall) ** 2)[:, None]
        before = centres(self.box[rows])
        missed = centres(boxes) - before
        centre = before + gain[:, :1] * missed
        velocity, box = self.velocity.copy(), self.box.copy()
        seen, hits, way = self.seen.copy(), self.hits.copy(), self.way.copy()
        all_variance = self.variance.copy()
        elapsed = np.asarray(now - seen[rows])
        came_from = before - velocity[rows] * elapsed[:, None]
        step = np.linalg.norm(centre - came_from, axis=1)
        way[rows] += step
        leap = self.leap.copy()
        leap[rows] = np.maximum(leap[rows], step)
        velocity[rows] += gain[:, 1:] * missed
        half = sizes(boxes) / 2
        box[rows] = np.concatenate((centre - half, centre + half), axis=1)
        all_variance[rows] = variance - gain[:, :, None] * variance[:, :1, :]
        seen[rows] = now
        hits[rows] += 1
        return Tracks(
            self.number, box, self.first, velocity, all_variance,
            self.born, seen, hits, way, leap, now, self.next_number,
        )  # fmt: skip

    def _with_new(self, boxes: Boxes, now: float) -> Tracks:
        boxes = boxes[: max(0, MOST_TRACKS - len(self))]
        if not len(boxes):
            return self
        many, tall = len(boxes), np.maximum(sizes(boxes)[:, 1], 1.0)
        variance = np.zeros((many, 2, 2))
        variance[:, 0, 0], variance[:, 1, 1] = (EDGES * tall) ** 2, (FIRST_SPEED * tall) ** 2
        fresh = (
            np.arange(self.next_number, self.next_number + many), boxes, boxes,
            np.zeros((many, 2)), variance, np.full(many, now), np.full(many, now),
            np.ones(many, np.int64), np.zeros(many), np.zeros(many),
        )  # fmt: skip
        joined = {
            name: np.concatenate((known, new))
            for (name, known), new in zip(self._arrays().items(), fresh, strict=True)
        }
        return Tracks(**joined, at=now, next_number=self.next_number + many)


NO_TRACKS = Tracks(
    np.empty(0, np.int64), NO_BOXES, NO_BOXES, np.empty((0, 2)), np.empty((0, 2, 2)),
    np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0), np.empty(0), float("-inf"),
)  # fmt: skip
