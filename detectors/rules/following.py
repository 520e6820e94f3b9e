"""What rules about people on their way share: who was followed, named, and worth a burst."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import BackgroundModel, View
from detectors.detections import Detections
from detectors.event import Box, Method
from detectors.rules.doubt import NO_DOUBTS, Doubts
from detectors.rules.movers import (
    BUSY,
    BUSY_TAU,
    FORGET,
    NOBODY_SURE,
    YOUNG,
    Movers,
    off,
    share_of,
)
from detectors.rules.occupancy import UNOCCUPIED, Occupancy
from detectors.rules.rule import Observation
from detectors.rules.shapes import LEAST_PIXELS
from detectors.tracking.boxes import NO_BOXES, Boxes, centres, overlap
from detectors.tracking.tracks import NO_TRACKS, Tracks
from detectors.zone_mask import Mask, pixel_box
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

LEAST_SCORE = 0.5
"""yolox_nano takes no bush of the shared clips for a person at this score."""
STIRRED = 0.1
"""Least part of a detected person that is foreground: statues and posters have none."""
SAME = 0.3
"""Overlap of a detection and a blob that are one."""
CONFIDENCE = 0.6
"""Of what has only moved like a walker. A detector that saw somebody says how sure it is."""


@dataclass(frozen=True, slots=True)
class Following:
    """A rule's memory of who moves. `named`: numbers of tracks that a detector called a person."""

    tracks: Tracks = NO_TRACKS
    doubts: Doubts = NO_DOUBTS
    named: frozenset[int] = frozenset()
    moved: Occupancy = UNOCCUPIED
    """For how much of the time lately something moved at each pixel."""


LONGEST_STEP = BackgroundModel().max_step
NOBODY = Following()
NO_SCORES = np.empty(0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one scan and the burst before it showed.

    `moments`: the tracks after each picture, and which of them have gone somewhere. `people`: boxes
    of a detector in small pixels, with their scores; None when none looked. `candidates`: blobs of
    this scan that may be somebody.
    """

    following: Following
    moments: tuple[tuple[Tracks, NDArray[np.bool_]], ...]
    people: Boxes | None
    scores: NDArray[np.float64]
    candidates: Boxes

    def believed(self, tracks: Tracks) -> NDArray[np.bool_]:
        """(N,) which tracks may be people: all if no detector looked, else those that it named."""
        if self.people is None:
            return np.ones(len(tracks), np.bool_)
        return np.isin(tracks.number, list(self.following.named))

    def sure(self, box: NDArray[np.float64]) -> tuple[Method, float]:
        """How somebody with this box was found, and how sure that is."""
        if self.people is None or not len(self.people):
            return Method.MOTION, CONFIDENCE
        near = overlap(box[None], self.people)[0]
        best = int(near.argmax())
        if near[best] < SAME:
            return Method.MOTION, CONFIDENCE
        return Method.FUSED, float(max(CONFIDENCE, self.scores[best]))


def look(
    movers: Movers,
    before: Following,
    observation: Observation,
    young: float = YOUNG,
    *,
    standing: bool = False,
) -> Seen:
    """Follow everybody through one scan and its burst; those who stand, too, where that is wanted.

    Nobody is told for the `young` seconds in which the place is only learned. What another rule
    with the same movers and the same memory has found in this picture is taken from there.
    """
    view, now = observation.view, observation.frame.captured_at
    age = now - observation.background.born
    moved = view.memo.once(
        partial(_moved, before, observation), _moved, before.moved, before.tracks.at
    )
    if _is_quiet(before, observation):
        followed = Following(_nobody(view, now), before.doubts.after(None, now), moved=moved)
        return Seen(followed, ((followed.tracks, NOBODY_SURE),), None, NO_SCORES, NO_BOXES)
    shown = view.fresh if standing else view.moving
    pictures = view.memo.once(
        partial(movers.follow, before.tracks, shown, observation),
        Movers.follow, movers, before.tracks, shown, observation.burst,
    )  # fmt: skip
    moments, likely = [each.tracks for each in pictures], pictures[-1].likely
    tracks = moments[-1]
    people, scores = _people(observation)
    named = before.named
    if people is not None and len(people) and len(tracks):
        seen_now = tracks.where(tracks.seen == tracks.at)
        named = named.union(int(each) for each in seen_now.number[_same(seen_now.box, people)])
    named = named.intersection(tracks.number.tolist())
    busy = view.memo.once(partial(moved.seen_for, BUSY), Occupancy.seen_for, moved)
    candidates = likely[off(busy, likely)] if age >= young else NO_BOXES
    doubts = before.doubts.after(_pixels(candidates) if len(candidates) else None, now)
    if age < young:
        walked = [np.zeros(len(each), np.bool_) for each in moments]
    else:
        walked = [
            view.memo.once(
                partial(movers.travelling, each, busy), Movers.travelling, movers, each, busy
            )
            for each in moments
        ]
    if observation.burst and not any(each.any() for each in walked):
        doubts = doubts.in_vain(now)
    # Where nobody is left, one memory is as good as another.
    followed = Following(tracks if len(tracks) else _nobody(view, now), doubts, named, moved)
    return Seen(followed, tuple(zip(moments, walked, strict=True)), people, scores, candidates)


def _is_quiet(before: Following, observation: Observation) -> bool:
    """Most scans: nothing moves and nobody is followed, which must cost next to nothing."""
    asked = observation.burst or observation.detections is not None
    view = observation.view
    return (
        not asked
        and not len(before.tracks)
        and not view.memo.once(lambda: cv2.countNonZero(view.moving) >= LEAST_PIXELS, _is_quiet)
    )


def _nobody(view: View, now: float) -> Tracks:
    return view.memo.once(partial(NO_TRACKS.after, NO_BOXES, now, forget=FORGET), _nobody)


def _moved(before: Following, observation: Observation) -> Occupancy:
    """For how much of the time something moved, with this scan."""
    now = observation.frame.captured_at
    age = now - observation.background.born
    elapsed = max(0.0, now - before.tracks.at) if np.isfinite(before.tracks.at) else 0.0
    # One picture after a pause says nothing of what moved in it.
    elapsed = min(elapsed, LONGEST_STEP)
    # The plain mean at first, or so: a branch must be known for one when the place is.
    tau = min(max(age / 2, YOUNG / 2), BUSY_TAU)
    return before.moved.after(observation.view.moving, elapsed, tau)


def box_of(box: NDArray[np.float64], label: str, confidence: float) -> Box:
    """A box in small pixels as an event's, within the picture."""
    left, top = np.clip(box[:2], 0, (GREY_WIDTH - 1, GREY_HEIGHT - 1)).round().astype(int)
    right, bottom = np.clip(box[2:], (left + 1, top + 1), (GREY_WIDTH, GREY_HEIGHT)).round()
    size = (int(right) - int(left), int(bottom) - int(top))
    return pixel_box((int(left), int(top), *size), label, confidence)


def _people(observation: Observation) -> tuple[Boxes | None, NDArray[np.float64]]:
    """Persons that a detector saw and that were not there before; None when none looked."""
    seen: Detections | None = observation.detections
    if seen is None:
        return None, NO_SCORES
    people = seen.of("person").above(LEAST_SCORE)
    boxes = people.xyxy.astype(np.float64) * (GREY_WIDTH, GREY_HEIGHT, GREY_WIDTH, GREY_HEIGHT)
    stirred = np.array([share_of(observation.view.fresh, box) >= STIRRED for box in boxes])
    keep = stirred.astype(np.bool_)
    return boxes[keep], people.confidence.astype(np.float64)[keep]


def _same(boxes: Boxes, people: Boxes) -> NDArray[np.bool_]:
    """(N,) which boxes are one of the people: legs are lost to the ground, so a middle will do."""
    middle = centres(boxes)[:, None]
    within = np.all((middle >= people[None, :, :2]) & (middle <= people[None, :, 2:]), axis=2)
    return np.asarray(((overlap(boxes, people) >= SAME) | within).any(axis=1), np.bool_)


def _pixels(boxes: Boxes) -> Mask:
    shown = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    for left, top, right, bottom in boxes.astype(int):
        shown[max(0, top) : bottom, max(0, left) : right] = 255
    return shown
