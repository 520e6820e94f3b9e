"""Who moves through a zone: blobs of the foreground, followed from picture to picture.

Without a model nothing says what a blob is; how it moves does. A branch sways about one place, rain
is elsewhere in every picture, a beam or a shadow lights one ground in one ratio, a dog or a car is
wider than tall. What is left is upright, of some size, and has gone from where it was first seen to
somewhere else, at a walker's pace and on a way that is not much longer than that.

A walker crosses a zone in the time of two scans, so the pictures between them decide: of a burst
every fifth of a second, and where there is none the scans alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import KERNEL, NOTHING, Background, BackgroundModel
from detectors.blobs import Blobs
from detectors.light import Plane
from detectors.rules.place import around, is_light
from detectors.rules.rule import Observation
from detectors.tracking.boxes import NO_BOXES, Boxes, overlap
from detectors.tracking.tracks import Tracks
from detectors.zone_mask import Mask, ZoneMask, mask_of
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame, Grey

SAMPLES = 10
"""Pictures of a burst that are looked at: five a second of a GOP of 2 s, from one to the next of
which a walker moves by half of a width."""
FORGET = 5.0
"""Seconds without being seen, after which a track is gone: one scan is missed, not two."""
MARGIN = 15
"""Small pixels around a zone in which somebody is followed already."""
UPRIGHT = 1.1
"""Least height over width. Walkers with their shadow have 1.3 to 3, dogs and cars 0.4 to 0.9."""
LEAST_PIXELS = 20
LEAST_GRAIN = 1.0
"""Grey levels; where the ground has less there is nothing to recognise it by."""
SAME_GRAIN, SOME_GRAIN = 0.5, 0.25
"""Correlation of the grain: 0.7 to 1 under a beam or a shadow, within 0.3 of 0 under a body."""
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

_MODEL = BackgroundModel()


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture: the tracks after it, and (N, 4) `likely`, what could be somebody in it."""

    tracks: Tracks
    likely: Boxes


@dataclass(frozen=True, slots=True)
class Movers:
    """Looks for who moves in a zone and around it.

    `least_height`: of who counts, small pixels. `net`: heights to be travelled.
    """

    zone: ZoneMask
    region: Mask
    unmasked: Mask
    least_height: float
    net: float
    standing: bool = False

    @staticmethod
    def of(zone: ZoneMask, min_height: float, scale: float, *, standing: bool = False) -> Movers:
        """`min_height` as a fraction of the picture's height; `scale` as sensitivity wants it.
        `standing`: those who stand are followed too."""
        reach = np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8)
        region = np.asarray(cv2.dilate(zone.pixels, reach), np.uint8)
        unmasked = np.full((GREY_HEIGHT, GREY_WIDTH), 255, np.uint8)
        for mask in zone.masks:
            unmasked &= ~ZoneMask.of(mask).pixels
        least = max(4.0, min_height * scale * GREY_HEIGHT)
        return Movers(zone, region, unmasked, least, NET * scale, standing)

    def follow(self, tracks: Tracks, observation: Observation) -> Iterator[Moment]:
        """Each picture: those of the burst, then the scan's own."""
        background, view = observation.background, observation.view
        steady = NOTHING
        if cv2.countNonZero(view.static):
            steady = np.asarray(cv2.dilate(view.static, KERNEL), np.uint8)
        for frame in _sampled(observation.burst):
            if frame.captured_at > tracks.at:
                foreground = _MODEL.foreground(background, frame.grey) & ~steady
                moment = self._after(tracks, foreground, frame.grey, background, frame.captured_at)
                tracks = moment.tracks
                yield moment
        now = observation.frame.captured_at
        shown = view.fresh if self.standing else view.moving
        yield self._after(tracks, shown, view.grey, background, now)

    def travelling(self, tracks: Tracks, busy: Mask | None = None) -> NDArray[np.bool_]:
        """(N,) which tracks the last picture shows that have gone somewhere as a walker goes.

        `busy` marks where something moves all the time: nobody is told from it there.
        """
        lasted = np.maximum(tracks.seen - tracks.born, 1e-3)
        net, tall = tracks.net(), tracks.heights
        often = (tracks.hits >= HITS) & (lasted >= LASTING)
        often |= (tracks.hits >= FEWEST_HITS) & (lasted >= SPARSE)
        apart = overlap(tracks.box, tracks.first).diagonal() == 0.0 if len(tracks) else often
        if busy is not None:
            apart &= off(busy, tracks.box)
        return np.asarray(
            (tracks.seen == tracks.at)
            & often
            & (net >= self.net * tall)
            & (net >= STRAIGHT * tracks.way)
            & (tracks.leap <= MOST_AT_ONCE * net)
            & (net <= FASTEST * tall * lasted)
            & apart,
            np.bool_,
        )

    def inside(self, tracks: Tracks) -> NDArray[np.bool_]:
        """(N,) which have their feet in the zone."""
        return self.zone.holds(as_fractions(tracks.feet()))

    def _after(
        self, tracks: Tracks, foreground: Mask, grey: Grey, background: Background, now: float
    ) -> Moment:
        boxes, sure = self._boxes(foreground, grey, background)
        return Moment(tracks.after(boxes, now, forget=FORGET, sure=sure), boxes[sure])

    def _boxes(
        self, foreground: Mask, grey: Grey, background: Background
    ) -> tuple[Boxes, NDArray[np.bool_]]:
        """Boxes of the blobs whose feet are in the region, and which of them may be somebody; the
        others may be what is left of somebody before a wall of his own colour."""
        seen = foreground & self.unmasked
        if not cv2.countNonZero(seen & self.region):
            return NO_BOXES, np.empty(0, np.bool_)
        blobs = Blobs.of(seen)
        left, top, width, height = blobs.boxes.T.astype(np.float64)
        foot_x = np.clip(left + width / 2, 0, GREY_WIDTH - 1).astype(int)
        foot_y = np.clip(top + height - 1, 0, GREY_HEIGHT - 1).astype(int)
        chosen = (
            (blobs.areas >= LEAST_PIXELS)
            & (height >= PART * self.least_height)
            & (self.region[foot_y, foot_x] > 0)
        )
        sure = chosen & (height >= self.least_height) & (height >= UPRIGHT * width)
        if np.count_nonzero(sure) > CROWD:
            return NO_BOXES, np.empty(0, np.bool_)
        kept = [i for i in np.flatnonzero(chosen) if not _lit(blobs, int(i), grey, background)]
        boxes = np.column_stack((left, top, left + width, top + height))[kept]
        return boxes, np.asarray(sure[kept], np.bool_)


def as_fractions(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Small pixels as fractions of the picture; the lowest edge still lies in it."""
    scaled = points / (GREY_WIDTH, GREY_HEIGHT)
    return np.clip(scaled, 0.0, 1.0).astype(np.float32)


def _lit(blobs: Blobs, index: int, grey: Grey, background: Background) -> bool:
    """Whether it is the same ground under another light: a beam, a shadow."""
    near = around(blobs.rectangle(index))
    inside = mask_of(blobs.labels[near] == index + 1)
    ground = background.long(near)
    kept = _grain_kept(inside, grey[near], ground)
    if kept is None:
        return is_light(inside, grey[near], ground)
    return kept >= SAME_GRAIN or (kept >= SOME_GRAIN and is_light(inside, grey[near], ground))


def _grain_kept(inside: Mask, grey: Grey, ground: Plane) -> float | None:
    """Correlation of the grain with the ground's; None where the ground has none.

    A beam's edge has every ratio, and what it lights is still the ground. A dark coat has one
    ratio, and hides it.
    """
    core = inside > 0
    now, before = (_grain(plane.astype(np.float32))[core] for plane in (grey, ground))
    if before.std() < LEAST_GRAIN:
        return None
    return float(np.corrcoef(now, before)[0, 1]) if now.std() > 0.0 else 0.0


def _grain(plane: Plane) -> Plane:
    return np.asarray(plane - cv2.blur(plane, (5, 5)), np.float32)


def off(busy: Mask, boxes: Boxes) -> NDArray[np.bool_]:
    """(N,) which boxes lie where little is busy."""
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
