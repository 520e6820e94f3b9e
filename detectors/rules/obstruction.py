"""Obstruction: something that was not there stands in a lane, a fire lane or a gate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from configs.rules import ObstructionConfig
from detectors.background import Background, View
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method
from detectors.rules.place import GROWN, Nature, Place, Sight, joined, nature, places_of, union
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.scenery import Claim
from detectors.zone_mask import Mask, ZoneMask, pixel_box

VEHICLES = ("car", "truck", "bus", "train", "boat")
TWO_WHEELERS = ("bicycle", "motorcycle")
MOST_PLACES = 6
LONGEST_HIDDEN = 15.0
"""Seconds. Traffic at walking pace passes a car's length in less."""
LEAST_PIXELS = 12
"""Four by three small pixels, 16 × 12 of a 640 × 360 picture: below it there is no outline."""


@dataclass(frozen=True, slots=True)
class ObstructionState:
    places: tuple[Place, ...] = ()
    episode: Episode = IDLE
    subject: Place | None = None
    """What the open episode is about."""


@dataclass(frozen=True, slots=True)
class ObstructionRule:
    """One rule on one zone."""

    config: ObstructionConfig
    zone: ZoneMask
    policy: Policy

    def initial(self) -> ObstructionState:
        return ObstructionState()

    def step(
        self, state: ObstructionState, observation: Observation, now: float
    ) -> Step[ObstructionState]:
        background, view = observation.background, observation.view
        if view.upset:
            told = Told(None)
            turn = hear(self.policy, state.episode, told, now)
            claim = Claim(held=union(state.places))
            findings = self._findings(turn, state.subject, observation.detections)
            return Step(replace(state, episode=turn.episode), findings, claim=claim, told=(told,))
        there, hidden = self._still_there(state.places, view, now)
        new, absorbed = self._look_for_new(background, view, (*there, *hidden))
        there = joined(there, new)
        subject = self._subject(there, observation.detections)
        places = (*there, *hidden)[:MOST_PLACES]
        told = _told(subject, observation.detections, hidden=bool(hidden))
        turn = hear(self.policy, state.episode, told, now)
        state = ObstructionState(places, turn.episode, subject or state.subject)
        return Step(
            state,
            self._findings(turn, state.subject, observation.detections),
            wants_detections=self.config.model is not None and bool(places),
            claim=Claim(union(places), absorbed),
            told=(told,),
        )

    @staticmethod
    def heeds(_episode: Episode) -> Heed:
        """Nothing: it looks alike whether its episode is open or not."""
        return ()

    def _still_there(
        self, places: tuple[Place, ...], view: View, now: float
    ) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
        """Of the known places, whose thing is there, and whose is hidden by something passing."""
        there: list[Place] = []
        hidden: list[Place] = []
        for place in places:
            match place.sight(view):
                case Sight.THERE:
                    there.append(replace(place, seen_at=now))
                case Sight.HIDDEN if now - place.seen_at <= LONGEST_HIDDEN:
                    hidden.append(place)
        return tuple(there), tuple(hidden)

    def _look_for_new(
        self, background: Background, view: View, known: tuple[Place, ...]
    ) -> tuple[tuple[Place, ...], Mask | None]:
        """Things that have come to stand; and holes, which are to be put down to the place."""
        least = round(self.config.min_area * self.config.scale * self.zone.area)
        least = max(LEAST_PIXELS, least)
        found = list(places_of(view, background, self.zone.pixels, least))
        covered = union(known) if found else None
        new: list[Place] = []
        holes: list[Place] = []
        for place in found:
            if covered is not None and place.share(covered) > 1 / GROWN:
                continue
            match nature(place, view, background):
                case Nature.THING:
                    new.append(place)
                case Nature.HOLE:
                    holes.append(place)
        return tuple(new), union(holes)

    def _subject(self, places: tuple[Place, ...], seen: Detections | None) -> Place | None:
        """The thing that has stood longest; people standing about are none."""
        things = [place for place in places if not _is_person(place, seen)]
        return min(things, key=lambda place: place.since, default=None)

    def _findings(
        self, turn: Turn, place: Place | None, seen: Detections | None
    ) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None or place is None:
            return ()
        label, score = _name(place, seen)
        confidence = _confidence(score)
        box = pixel_box(place.rectangle, label, confidence)
        return (
            Finding(
                event=self.config.event,
                phase=turn.phase,
                episode_id=turn.id,
                started_at=turn.since,
                confidence=confidence,
                method=Method.BACKGROUND if score is None else Method.FUSED,
                boxes=(box,),
                note=turn.note or label,
            ),
        )


def _told(subject: Place | None, seen: Detections | None, *, hidden: bool) -> Told:
    if subject is None:
        return Told(None if hidden else 0.0)
    return Told(1.0, subject.since, _confidence(_name(subject, seen)[1]))


def _coverage(place: Place, seen: Detections) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(N,) share of the place's pixels that each box covers."""
    height, width = place.mask.shape
    total = cv2.integral(np.minimum(place.mask, 1))
    x = np.clip(np.rint(seen.xyxy[:, [0, 2]] * width), 0, width).astype(int)
    y = np.clip(np.rint(seen.xyxy[:, [1, 3]] * height), 0, height).astype(int)
    inside = total[y[:, 1], x[:, 1]] - total[y[:, 0], x[:, 1]]
    inside = inside - total[y[:, 1], x[:, 0]] + total[y[:, 0], x[:, 0]]
    return np.asarray(inside / max(1, total[-1, -1]), np.float64)


def _is_person(place: Place, seen: Detections | None) -> bool:
    if seen is None:
        return False
    people = seen.of("person").above(0.4)
    things = seen.of(*VEHICLES, *TWO_WHEELERS).above(0.4)
    return _best(place, people) >= 0.5 and _best(place, things) < 0.5


def _best(place: Place, seen: Detections) -> float:
    return float(_coverage(place, seen).max()) if len(seen) else 0.0


def _name(place: Place, seen: Detections | None) -> tuple[str, float | None]:
    """What it is, and how sure the model is; without a model's word it is a thing."""
    if seen is not None:
        for label, names in (("vehicle", VEHICLES), ("two_wheeler", TWO_WHEELERS)):
            kind = seen.of(*names).above(0.35)
            covered = kind.where(_coverage(place, kind) >= 0.4) if len(kind) else kind
            if len(covered):
                return label, float(covered.confidence.max())
    return "thing", None


def _confidence(score: float | None) -> float:
    """Of a finding; `score` is the model's for what the thing is, where it names it."""
    return 0.7 if score is None else max(0.75, score)
