"""Gathering: more people in one place than is safe. A count, never who they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from configs.rules import GatheringConfig
from detectors.calibration import PersonSize
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method, Phase
from detectors.rules.occupancy import UNOCCUPIED, Occupancy
from detectors.rules.restless import Restless
from detectors.rules.rule import Finding, Observation, Step
from detectors.scenery import NO_CLAIM, Claim
from detectors.zone_mask import ZoneMask
from ingest.frame import Grey

LEAST_SCORE = 0.4
"""Where yolox_nano counts PETS09-S2L1 best: at 0.5 it misses one person in nine."""
MOST_COUNTS = 32
DENSE = 0.35
"""Where so much of a zone is restless, or is covered for most of the time, a detector counts only
the foremost: yolox_nano sees 13 people of the 150 and more of a packed night market."""
PACKING = 0.25
"""How much of a restless area people cover: its window reaches around each of them."""
SOME_PEOPLE = 3
"""…and the covering must be people: the detector has to see some of them."""
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
        people, height = self._people(observation.detections, state.person_height)
        restless = _restless(state.restless, view.grey, elapsed, people)
        size = self._size(height, observation)
        area = None
        if size and not view.upset:
            area = occupancy.people(covered, observation.background, size)
        if size and people is not None and self._is_dense(people, occupancy, restless):
            area = max(area or 0.0, self._crowd(restless, size))
            count: Count | None = Count(now, max(area, people), Method.FUSED)
        else:
            count = _count(people, area, now)
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
        people = median(each.people for each in counts)
        leaning = 2.0 * self.config.sensitivity - 1.0
        return people * (1.0 + leaning * UNCERTAINTY[counts[-1].method])

    def _asks(self, counts: tuple[Count, ...], *, suspected: bool) -> bool:
        """Whether the detector is to look again although the gate sees nothing move.

        So few people become many only by moving, and then the gate opens.
        """
        some = any(each.people >= self.policy.off for each in counts)
        return self.config.model is not None and (some or suspected)

    def _people(
        self, seen: Detections | None, height: float | None
    ) -> tuple[int | None, float | None]:
        """How many people the detector sees in the zone, and how tall people are there."""
        if seen is None:
            return None, height
        people = seen.of("person").above(LEAST_SCORE)
        people = people.where(self.zone.holds(people.foot_points()))
        if len(people) >= SOME_PEOPLE:
            height = float(np.percentile(people.xyxy[:, 3] - people.xyxy[:, 1], 25))
        return len(people), height

    def _size(self, seen_height: float | None, observation: Observation) -> PersonSize | None:
        height = self.config.person_height or seen_height
        if height is None:
            return None
        aspect = observation.frame.width / observation.frame.height
        return PersonSize.of(height, aspect, self.zone.polygon, self.config.horizon)

    def _is_dense(self, people: int, occupancy: Occupancy, restless: Restless | None) -> bool:
        if people < SOME_PEOPLE:
            return False
        stirs = restless is not None and restless.part_of(self.zone) >= DENSE
        return stirs or occupancy.packed(self.zone) >= DENSE

    def _crowd(self, restless: Restless | None, size: PersonSize) -> float:
        if restless is None:
            return 0.0
        return PACKING * size.people(restless.where() & self.zone.pixels)

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
        people = round(median(each.people for each in counts)) if counts else 0
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


def _count(people: int | None, area: float | None, now: float) -> Count | None:
    """The detector's count where it looked, else the covered area's."""
    if people is not None:
        return Count(now, float(people), Method.MODEL)
    return None if area is None else Count(now, area, Method.OCCUPANCY)


def _restless(
    before: Restless | None, grey: Grey, elapsed: float, people: int | None
) -> Restless | None:
    """Followed from when there are people until nobody is left: it costs as much as a background.

    A detector sees three people of a dense crowd in one picture and two in the next.
    """
    if people is None:
        return before
    if people == 0 or (before is None and people < SOME_PEOPLE):
        return None
    return Restless.first(grey) if before is None else before.after(grey, elapsed)
