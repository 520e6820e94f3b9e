"""Gathering: more people in one place than is safe. A count, never who they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from configs.rules import GatheringConfig
from detectors.background import NOTHING
from detectors.calibration import PersonSize
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method, Phase
from detectors.rules import crowd
from detectors.rules.bodies import bodies
from detectors.rules.certainty import FULL, Between
from detectors.rules.counts import NONE_YET, Count, Counts
from detectors.rules.crowd import SOME_PEOPLE
from detectors.rules.naming import VEHICLES
from detectors.rules.occupancy import STAYS, UNOCCUPIED, Occupancy
from detectors.rules.restless import Restless
from detectors.rules.rule import Finding, Observation, Step
from detectors.scenery import NO_CLAIM, Claim
from detectors.zone_mask import Mask, ZoneMask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

LEAST_SCORE = 0.4
"""Where yolox_nano counts PETS09-S2L1 best: at 0.5 it misses one person in nine."""
DENSE = 0.35
"""Where so much of a zone is restless a detector counts only the foremost, and the place itself was
never seen: yolox_nano sees 13 people of the 150 and more of a packed night market."""
PATIENCE = 30.0
"""Seconds without an answer for which a detector that is there is waited for, and no count is told.
One that is overloaded drops some scans; the covered area alone said 12 of 5 walkers meanwhile."""
LONGEST_STEP = 10.0
"""Seconds that one picture counts for at most: a pause must not rush anything…"""
ONE_PICTURE = 0.6
"""…and this part of the time until something is known to stay: it takes two pictures at least."""
LONGEST_MEMORY = 300.0
"""Seconds; who must stay for longer than twice this is followed by the episode."""
CONFIDENCE = {Method.MODEL: 0.85, Method.FUSED: 0.7, Method.OCCUPANCY: 0.6}


@dataclass(frozen=True, slots=True)
class GatheringState:
    at: float | None = None
    """Of the last scan."""
    occupancy: Occupancy = UNOCCUPIED
    restless: Restless | None = None
    """While there may be many."""
    person_height: float | None = None
    """Fraction of the picture's height: the lower quartile of the detections' heights, because
    a detector sees the nearest people of a crowd best."""
    counts: Counts = NONE_YET
    episode: Episode = IDLE
    answered_at: float | None = None
    """When the detector answered last, or was asked first; None: it is not there."""

    @property
    def people(self) -> float:
        """The count that is told: the median of the last few."""
        return self.counts.people


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
        view, elapsed = observation.view, self._step(now - state.at)
        seen = observation.detections
        people = None if seen is None else self._people(seen)
        height = state.person_height if people is None else _height(people, state.person_height)
        size = self._size(height, observation)
        covered = NOTHING if view.fresh is NOTHING else view.fresh & self.zone.pixels
        some = covered is not NOTHING and size is not None and size.people(covered) >= self._some
        if some and size is not None and not view.upset:
            covered = bodies(covered, view.grey, observation.background, size)
        occupancy = state.occupancy.after(covered, elapsed, self._memory)
        answered_at = state.answered_at
        if seen is not None or (answered_at is None and observation.asked):
            answered_at = now
        waits = seen is None and answered_at is not None and 0.0 <= now - answered_at <= PATIENCE
        remembered = state.counts.after(None, now, self._memory)
        restless = state.restless
        if not waits:
            restless = self._restless(restless, remembered, view.grey, now, people)
        elif restless is not None:
            restless = restless.after(view.grey, now)
        count: Count | None = None
        if seen is not None and people is not None:
            others = NOTHING if view.upset else covered & ~_vehicles(seen)
            count = self._told_apart(people, others, restless, size, now)
        elif not waits and size is not None:
            count = self._covered(occupancy, covered, restless, size, observation)
        counts = remembered.after(count, now, self._memory)
        told = Told(
            None if waits else self._level(counts),
            confidence=CONFIDENCE[counts.method] if counts else 0.0,
            late=counts.held(now, most=self._proof, max_gap=self.policy.max_gap),
        )
        turn = hear(self.policy, state.episode, told, now)
        (suspected,) = self.heeds(turn.episode)
        return Step(
            GatheringState(now, occupancy, restless, height, counts, turn.episode, answered_at),
            self._findings(turn, counts),
            wants_detections=self._asks(counts, suspected=suspected),
            # Whom it counts nobody else may take for a part of the place.
            claim=Claim(held=covered) if suspected else NO_CLAIM,
            told=(told,),
        )

    @property
    def _memory(self) -> float:
        """Seconds: of the counts, and the time constant of what was covered."""
        return min(max(self.config.duration / 2, 10.0), LONGEST_MEMORY)

    @property
    def _proof(self) -> float:
        """Seconds until what covers a place all the time is known to stay there."""
        return self._memory * math.log(1.0 / (1.0 - STAYS))

    @property
    def _some(self) -> float:
        """So many are worth a closer look: one at least, also where one alone keeps it open."""
        return max(self.policy.off, 1.0)

    def _step(self, elapsed: float) -> float:
        """For how many seconds a picture counts that came so long after the one before."""
        return min(max(0.0, elapsed), LONGEST_STEP, ONE_PICTURE * self._proof)

    @staticmethod
    def heeds(episode: Episode) -> tuple[bool]:
        """Whether there is a candidate or an open episode."""
        return (episode.since is not None,)

    def _level(self, counts: Counts) -> float | None:
        """The count that decides: at sensitivity 1 all of its uncertainty is added to it, at 0 it
        is taken away."""
        if not counts:
            return None
        return counts.leaning(2.0 * self.config.sensitivity - 1.0)

    def _asks(self, counts: Counts, *, suspected: bool) -> bool:
        """Whether the detector is to look again although the gate sees nothing move.

        So few people become many only by moving, and then the gate opens.
        """
        if self.config.model is None:
            return False
        return suspected or any(each.people >= self._some for each in counts.each)

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

    def _restless(
        self,
        before: Restless | None,
        counts: Counts,
        grey: Grey,
        now: float,
        people: Detections | None,
    ) -> Restless | None:
        """Followed while there may be many: it costs as much as a background.

        A detector sees three people of a dense crowd in one picture and two in the next.
        """
        if people is None:
            many = counts.any_might_be(self._some)
        else:
            many = len(people) >= (SOME_PEOPLE if before is None else 1)
        if not many:
            return None
        return Restless.first(grey, now) if before is None else before.after(grey, now)

    def _covered(
        self,
        occupancy: Occupancy,
        covered: Mask,
        restless: Restless | None,
        size: PersonSize,
        observation: Observation,
    ) -> Count | None:
        """What the covered area amounts to, where nobody looked who knows people.

        A crowd that fills the picture is taken for a new scene: then only what stirs is left of it.
        """
        view, now = observation.view, observation.frame.captured_at
        amid = restless is not None and observation.background.born > restless.since
        if restless is not None and (view.upset or amid) and self._is_dense(restless):
            people = self._stirring(restless, size)
            return Count(now, people, Method.OCCUPANCY, people, full=True)
        if view.upset:
            return None
        rests = self.zone.pixels if restless is None else restless.rests()
        people, might_be = occupancy.people(covered, rests, self.zone, size)
        return Count(now, people, Method.OCCUPANCY, might_be, self._is_full(covered))

    def _told_apart(
        self,
        people: Detections,
        others: Mask,
        restless: Restless | None,
        size: PersonSize | None,
        now: float,
    ) -> Count:
        """Those whom the detector saw, and those whom they hide."""
        if size is None:
            return Count(now, len(people), Method.MODEL, len(people))
        hidden, full = crowd.unseen(others, people, self.zone, size), self._is_full(others)
        if restless is not None and len(people) >= SOME_PEOPLE and self._is_dense(restless):
            hidden = max(hidden, self._stirring(restless, size) - len(people))
            full = True
        many = len(people) + hidden
        return Count(now, many, Method.FUSED if hidden >= 1.0 else Method.MODEL, many, full)

    def _is_full(self, covered: Mask) -> bool:
        return cv2.countNonZero(covered) >= FULL * self.zone.area

    def _is_dense(self, restless: Restless) -> bool:
        return restless.part_of(self.zone) >= DENSE

    def _stirring(self, restless: Restless, size: PersonSize) -> float:
        """How many people at least make so much restless."""
        return crowd.amount(restless.where() & self.zone.pixels, self.zone, size)

    def _findings(self, turn: Turn, counts: Counts) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None:
            return ()
        people, method = round(counts.people), counts.method
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
                note=turn.note or self._in_words(counts),
            ),
        )

    def _in_words(self, counts: Counts) -> str:
        people = counts.between()
        words = f"{_span(people, 0)} people"
        if self.area_m2 is None:
            return words
        return f"{words}, {_span(people.over(self.area_m2), 1)} per m²"


def _span(known: Between, digits: int) -> str:
    low = f"{known.low:.{digits}f}"
    return f"at least {low}" if known.high is None else f"{low} to {known.high:.{digits}f}"


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
