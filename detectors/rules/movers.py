"""Who moves through a zone: blobs of the foreground, followed from picture to picture.

Without a model nothing says what a blob is; how it moves does. A branch sways about one place, rain
is elsewhere in every picture, a beam or a shadow lights one ground in one ratio, a dog or a car is
wider than tall. What is left is upright, of some size, and has gone from where it was first seen to
somewhere else, at a walker's pace and on a way that is not much longer than that.

A walker crosses a zone in the time of two scans, so the pictures between them decide: of a burst
every fifth of a second, and where there is none the scans alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.values import PicturePolygon as Polygon
from detectors.background import KERNEL, NOTHING, BackgroundModel
from detectors.rules.rule import Observation
from detectors.rules.shade import bodies_in, is_shaded
from detectors.rules.shapes import shapes_in
from detectors.tracking.boxes import NO_BOXES, Boxes, overlap
from detectors.tracking.tracks import Tracks
from detectors.zone_mask import Mask, ZoneMask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame

SAMPLES = 7
"""Pictures of a burst that are looked at: five a second of a GOP of 2 s, from one to the next of
which a walker moves by half of a width."""
FORGET = 5.0
"""Seconds without being seen, after which a track is gone: one scan is missed, not two."""
MARGIN = 15
"""Small pixels around a zone in which somebody is followed already."""
UPRIGHT = 1.1
"""Least height over width. Walkers with their shadow have 1.3 to 3, dogs and cars 0.4 to 0.9."""
BUSY = 0.2
"""Part of the time for which a place is busy: a branch is off its middle for half of it, and a path
that somebody walks once a minute has 0.02."""
BUSY_TAU = 120.0
MOSTLY = 0.3
YOUNG = 30.0
"""Seconds for which a place is only learned: what sways in it is not known yet."""
PART = 0.5
"""Of the least height: what a track may be continued with."""
NET = 1.5
"""Heights from where it was seen first: a walker's way in two seconds, too far for a branch."""
STRAIGHT = 0.75
"""Least net distance as a part of the way: who walks has above 0.9, what sways 0.1 to 0.5."""
MOST_AT_ONCE = 0.6
"""Of the net distance in one step: else it is no way, but one branch taken for the next."""
CROWD = 8
"""More blobs that could be somebody than this in one picture are rain, snow or leaves, and nobody
can be followed among them."""
FASTEST = 4.0
"""Heights a second; a sprinter has 3, a beam of headlights and an insect before the lens more."""
HITS, LASTING = 6, 1.0
"""Pictures, and seconds over which they lie: nobody is decided about by less."""
FEWEST_HITS, SPARSE = 3, 4.0
"""The same of scans alone: three of them at two seconds."""

MOST_KEPT = 256
"""Zones that are kept at hand; rules that hold more than those lose nothing but time."""

_MODEL = BackgroundModel()
NOBODY_SURE = np.empty(0, np.bool_)


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture: the tracks after it, and (N, 4) `likely`, what could be somebody in it."""

    tracks: Tracks
    likely: Boxes


@dataclass(frozen=True, slots=True, eq=False)
class Movers:
    """Looks for who moves in a zone and around it.

    `least_height`: of who counts, small pixels. `net`: heights to be travelled. Rules that look in
    one place for the same have the same one, so that they find what another of them has found.
    """

    zone: ZoneMask
    region: Mask
    unmasked: Mask | None
    """None: all of it."""
    least_height: float
    net: float

    @staticmethod
    @lru_cache(maxsize=MOST_KEPT)
    def of(zone: Polygon, masks: tuple[Polygon, ...], min_height: float, scale: float) -> Movers:
        """`min_height` as a fraction of the picture's height; `scale` as sensitivity wants it."""
        within = ZoneMask.of(zone, masks)
        reach = np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8)
        region = np.asarray(cv2.dilate(within.pixels, reach), np.uint8)
        unmasked = np.full((GREY_HEIGHT, GREY_WIDTH), 255, np.uint8)
        for mask in masks:
            unmasked &= ~ZoneMask.of(mask).pixels
        least = max(4.0, min_height * scale * GREY_HEIGHT)
        return Movers(within, region, unmasked if masks else None, least, NET * scale)

    def follow(self, tracks: Tracks, shown: Mask, observation: Observation) -> tuple[Moment, ...]:
        """Each picture: those of the burst, then the scan's own, of which `shown` is looked at."""
        moments, view = list[Moment](), observation.view
        for frame in _sampled(observation.burst):
            if frame.captured_at > tracks.at:
                moving = view.memo.once(partial(_moving, frame, observation), _moving, frame)
                moments.append(self._after(tracks, moving, frame, observation))
                tracks = moments[-1].tracks
        moments.append(self._after(tracks, shown, observation.frame, observation))
        return tuple(moments)

    def travelling(self, tracks: Tracks, busy: Mask | None = None) -> NDArray[np.bool_]:
        """(N,) which tracks the last picture shows that have gone somewhere as a walker goes.

        `busy` marks where something moves all the time: nobody is told from it there.
        """
        lasted = np.maximum(tracks.seen - tracks.born, 1e-3)
        often = (tracks.hits >= HITS) & (lasted >= LASTING)
        often |= (tracks.hits >= FEWEST_HITS) & (lasted >= SPARSE)
        gone: NDArray[np.bool_] = np.asarray(often & (tracks.seen == tracks.at), np.bool_)
        if not gone.any():
            return gone
        net, tall = tracks.net(), tracks.heights
        gone &= (net >= self.net * tall) & (net >= STRAIGHT * tracks.way)
        gone &= (tracks.leap <= MOST_AT_ONCE * net) & (net <= FASTEST * tall * lasted)
        if not gone.any():
            return gone
        gone &= overlap(tracks.box, tracks.first).diagonal() == 0.0
        if busy is not None:
            gone[gone] = off(busy, tracks.box[gone])
        return gone

    def inside(self, tracks: Tracks) -> NDArray[np.bool_]:
        """(N,) which have their feet in the zone."""
        return self.zone.holds(as_fractions(tracks.feet()))

    def _after(self, tracks: Tracks, shown: Mask, frame: Frame, observation: Observation) -> Moment:
        boxes, sure = self._boxes(shown, frame, observation)
        followed = tracks.after(boxes, frame.captured_at, forget=FORGET, sure=sure)
        return Moment(followed, boxes[sure])

    def _boxes(
        self, shown: Mask, frame: Frame, observation: Observation
    ) -> tuple[Boxes, NDArray[np.bool_]]:
        """Boxes of the blobs whose feet are in the region, and which of them may be somebody; the
        others may be what is left of somebody before a wall of his own colour."""
        if self.unmasked is not None:
            shown = shown & self.unmasked
        if not cv2.countNonZero(shown & self.region):
            return NO_BOXES, NOBODY_SURE
        shapes = shapes_in(shown, frame.grey, observation)
        boxes = shapes.boxes
        left, top, right, bottom = boxes.T
        width, height = right - left, bottom - top
        foot_x = np.clip(left + width / 2, 0, GREY_WIDTH - 1).astype(int)
        foot_y = np.clip(bottom - 1, 0, GREY_HEIGHT - 1).astype(int)
        chosen = (height >= PART * self.least_height) & (self.region[foot_y, foot_x] > 0)
        sure = chosen & (height >= self.least_height) & (height >= UPRIGHT * width)
        if np.count_nonzero(sure) > CROWD:
            return NO_BOXES, NOBODY_SURE
        kept = shapes.not_lit(chosen, observation)
        return boxes[kept], sure[kept]


def as_fractions(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Small pixels as fractions of the picture; the lowest edge still lies in it."""
    scaled = points / (GREY_WIDTH, GREY_HEIGHT)
    return np.clip(scaled, 0.0, 1.0).astype(np.float32)


def _moving(frame: Frame, observation: Observation) -> Mask:
    """What of a picture of the burst is unlike the place, and not what stands in it."""
    static = observation.view.static
    moves = _MODEL.foreground(observation.background, frame.grey)
    # What shades a place does so for longer than a burst lasts: the scan's own picture tells.
    bodies = bodies_in(moves, frame.grey, observation) if is_shaded(observation) else None
    moves = moves if bodies is None else moves & bodies
    if not cv2.countNonZero(static):
        return moves
    steady = observation.view.memo.once(partial(_steady, static), _steady, static)
    return np.asarray(cv2.bitwise_and(moves, steady), np.uint8)


def _steady(static: Mask) -> Mask:
    """All but what stands."""
    return np.asarray(cv2.bitwise_not(cv2.dilate(static, KERNEL)), np.uint8)


def off(busy: Mask, boxes: Boxes) -> NDArray[np.bool_]:
    """(N,) which boxes lie where little is busy."""
    if busy is NOTHING:
        return np.ones(len(boxes), np.bool_)
    return np.array([share_of(busy, box) < MOSTLY for box in boxes], np.bool_)


def share_of(mask: Mask, box: NDArray[np.float64]) -> float:
    """The part of a box in small pixels that is marked, 0 to 1."""
    left, top = np.floor(np.maximum(box[:2], 0)).astype(int)
    right, bottom = np.ceil(np.maximum(box[2:], 1)).astype(int)
    inside = mask[top:bottom, left:right]
    return float(np.count_nonzero(inside)) / max(1, inside.size)


def _sampled(burst: Sequence[Frame]) -> Sequence[Frame]:
    if len(burst) <= SAMPLES:
        return burst
    return [burst[int(index)] for index in np.linspace(0, len(burst) - 1, SAMPLES)]
