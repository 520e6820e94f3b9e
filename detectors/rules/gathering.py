"""Gathering: more people in one place than is safe. A count, never who they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from configs.rules import GatheringConfig
from detectors.background import NOTHING
from detectors.calibration import PersonSize
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method, Phase
from detectors.rules import crowd
from detectors.rules.crowd import SOME_PEOPLE
from detectors.rules.naming import VEHICLES
from detectors.rules.occupancy import UNOCCUPIED, Occupancy
from detectors.rules.restless import Restless
from detectors.rules.rule import Finding, Observation, Step
from detectors.scenery import NO_CLAIM, Claim
from detectors.zone_mask import Mask, ZoneMask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

LEAST_SCORE = 0.4
"""Where yolox_nano counts PETS09-S2L1 best: at 0.5 it misses one person in nine."""
MOST_COUNTS = 32
MEDIAN_OF = 3
"""Of so many counts: one that is wrong changes nothing, and two in a row are what the confirmation
by 3 of 4 scans is for. A median over 10 s came 5 s late."""
DENSE = 0.35
"""Where so much of a zone is restless a detector counts only the foremost, and the place itself was
never seen: yolox_nano sees 13 people of the 150 and more of a packed night market."""
PACKING = 0.25
"""How much of a restless area people cover: its window reaches around each of them."""
CONFIDENCE = {Method.MODEL: 0.85, Method.FUSED: 0.7, Method.OCCUPANCY: 0.6}
UNCERTAINTY = {Method.MODEL: 0.2, Method.FUSED: 0.5, Method.OCCUPANCY: 0.4}
"""Relative error of a count. MODEL: mean error 0.75 of 5.8 people on PETS09-S2L1, and what it
misses at a distance. The others: covered area changes with posture, overlap and shadow."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many people one scan showed, and by which method."""

    at: float
    people: float
    method: Method


@dataclass(frozen=True, slots=True)
class GatheringState:
    at: float | None = None
    """Of the last scan."""
    occupancy: Occupancy = UNOCCUPIED
    restless: Restless | None = None
    """While the detector sees some people."""
    person_height: float | None = None
    """Fraction of the picture's height: the lower quartile of the detections' heights, because
    a detector sees the nearest people of a crowd best."""
    counts: tuple[Count, ...] = ()
    episode: Episode = IDLE

    @property
    def people(self) -> float:
        """The count that is told: the median of the last few."""
        return _median(self.counts)


@dataclass(frozen=True, slots=True)
class GatheringRule:
    """One rule on one zone."""

    config: GatheringConfig
    zone: ZoneMask
    policy: Policy
    """Its levels are people, also where the config's thresholds are people per square metre."""
    area_m2: float | None = None
    """Of the zone's ground, where it was measured."""

    def initial(self) -> GatheringState:
        return GatheringState()

    def step(
        self, state: GatheringState, observation: Observation, now: float
    ) -> Step[GatheringState]:
        if state.at is None:
            return Step(replace(state, at=now), wants_detections=self.config.model is not None)
        view, elapsed = observation.view, max(0.0, now - state.at)
        covered = view.fresh & self.zone.pixels
        occupancy = state.occupancy.after(covered, elapsed, max(self.config.duration / 2, 10.0))
        seen = observation.detections
        people = None if seen is None else self._people(seen)
        height = state.person_height if people is None else _height(people, state.person_height)
        restless = _restless(state.restless, view.grey, elapsed, people)
        size = self._size(height, observation)
        if seen is None or people is None:
            count = self._covered(occupancy, covered, size, observation, now)
        else:
            bodies = NOTHING if view.upset else covered & ~_vehicles(seen)
            hidden = self._hidden(people, bodies, restless, size)
            method = Method.FUSED if hidden >= 1.0 else Method.MODEL
            count = Count(now, len(people) + hidden, method)
        counts = self._remember(state.counts, count, now)
        confidence = CONFIDENCE[counts[-1].method] if counts else 0.0
        told = Told(self._level(counts), confidence=confidence)
        turn = hear(self.policy, state.episode, told, now)
        (suspected,) = self.heeds(turn.episode)
        return Step(
            GatheringState(now, occupancy, restless, height, counts, turn.episode),
            self._findings(turn, counts),
            wants_detections=self._asks(counts, suspected=suspected),
            # Whom it counts nobody else may take for a part of the place.
            claim=Claim(held=covered) if suspected else NO_CLAIM,
            told=(told,),
        )

    @staticmethod
    def heeds(episode: Episode) -> tuple[bool]:
        """Whether there is a candidate or an open episode."""
        return (episode.since is not None,)

    def _level(self, counts: tuple[Count, ...]) -> float | None:
        """The count that decides: at sensitivity 1 all of its uncertainty is added to it, at 0 it
        is taken away."""
        if not counts:
            return None
        people = _median(counts)
        leaning = 2.0 * self.config.sensitivity - 1.0
        return people * (1.0 + leaning * UNCERTAINTY[counts[-1].method])

    def _asks(self, counts: tuple[Count, ...], *, suspected: bool) -> bool:
        """Whether the detector is to look again although the gate sees nothing move.

        So few people become many only by moving, and then the gate opens.
        """
        some = any(each.people >= self.policy.off for each in counts)
        return self.config.model is not None and (some or suspected)

    def _people(self, seen: Detections) -> Detections:
        """Those whom the detector sees with their feet in the zone."""
        people = seen.of("person").above(LEAST_SCORE)
        return people.where(self.zone.holds(people.foot_points()))

    def _size(self, seen_height: float | None, observation: Observation) -> PersonSize | None:
        height = self.config.person_height or seen_height
        if height is None:
            return None
        aspect = observation.frame.width / observation.frame.height
        return PersonSize.of(height, aspect, self.zone.polygon, self.config.horizon)

    def _covered(
        self,
        occupancy: Occupancy,
        covered: Mask,
        size: PersonSize | None,
        observation: Observation,
        now: float,
    ) -> Count | None:
        """What the covered area amounts to, where nobody looked who knows people."""
        if size is None or observation.view.upset:
            return None
        return Count(now, occupancy.people(covered, observation.background, size), Method.OCCUPANCY)

    def _hidden(
        self, people: Detections, bodies: Mask, restless: Restless | None, size: PersonSize | None
    ) -> float:
        """How many more there are than the detector tells apart."""
        if size is None:
            return 0.0
        hidden = crowd.unseen(bodies, people, self.zone, size)
        if restless is None or len(people) < SOME_PEOPLE or restless.part_of(self.zone) < DENSE:
            return hidden
        stirs = PACKING * size.people(restless.where() & self.zone.pixels)
        return max(hidden, stirs - len(people))

    def _remember(
        self, counts: tuple[Count, ...], count: Count | None, now: float
    ) -> tuple[Count, ...]:
        """The counts of the last half duration; the detector's, where it took part in any."""
        known = (*counts, count) if count else counts
        oldest = now - max(self.config.duration / 2, 10.0)
        kept = [each for each in known if oldest <= each.at <= now]
        if any(each.method is not Method.OCCUPANCY for each in kept):
            kept = [each for each in kept if each.method is not Method.OCCUPANCY]
        return tuple(kept[-MOST_COUNTS:])

    def _findings(self, turn: Turn, counts: tuple[Count, ...]) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None:
            return ()
        people = round(_median(counts)) if counts else 0
        method = counts[-1].method if counts else Method.OCCUPANCY
        confidence = CONFIDENCE[method]
        boxes = (self.zone.box("people", confidence),) if turn.phase is Phase.OPENED else ()
        return (
            Finding(
                event=self.config.event,
                phase=turn.phase,
                episode_id=turn.id,
                started_at=turn.since,
                confidence=confidence,
                method=method,
                boxes=boxes,
                count=people,
                note=turn.note or self._in_words(people, method),
            ),
        )

    def _in_words(self, people: int, method: Method) -> str:
        either_way = max(1, round(UNCERTAINTY[method] * people))
        words = f"{people} ± {either_way} people"
        if self.area_m2 is None:
            return words
        density, by = people / self.area_m2, either_way / self.area_m2
        return f"{words}, {density:.2g} ± {by:.1g} per m²"


def _median(counts: tuple[Count, ...]) -> float:
    return median(each.people for each in counts[-MEDIAN_OF:])


def _height(people: Detections, before: float | None) -> float | None:
    """The lower quartile, as a fraction of the picture's: of a crowd the nearest are seen best."""
    if len(people) < SOME_PEOPLE:
        return before
    return float(np.percentile(people.xyxy[:, 3] - people.xyxy[:, 1], 25))


def _vehicles(seen: Detections) -> Mask:
    """(90, 160): where the detector sees any."""
    where = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    boxes = seen.of(*VEHICLES).above(LEAST_SCORE).xyxy
    corners = boxes * np.array((GREY_WIDTH, GREY_HEIGHT, GREY_WIDTH, GREY_HEIGHT), np.float32)
    for left, top, right, bottom in np.rint(corners).astype(np.int64).tolist():
        where[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 255
    return where


def _restless(
    before: Restless | None, grey: Grey, elapsed: float, people: Detections | None
) -> Restless | None:
    """Followed from when there are people until nobody is left: it costs as much as a background.

    A detector sees three people of a dense crowd in one picture and two in the next.
    """
    if people is None:
        return before
    if not len(people) or (before is None and len(people) < SOME_PEOPLE):
        return None
    return Restless.first(grey) if before is None else before.after(grey, elapsed)
