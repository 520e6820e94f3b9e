"""Line crossing: people who go over a line, counted by the direction in which they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from configs.rules import Direction, LineCrossingConfig
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Box, Method, Phase
from detectors.rules.following import CONFIDENCE, NOBODY, Following, Seen, box_of, look
from detectors.rules.movers import Movers
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.rules.shade import seen_without_shade
from detectors.tracking.boxes import Boxes, Points, feet, sizes
from detectors.tracking.tracks import Tracks
from detectors.zone_mask import ZoneMask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

CLEAR = 0.15
"""Heights from the line, from which a foot is on one side of it: it shakes by less."""
PACE, LEAST_REACH, LONGEST = 1.5, 2.0, 4.0
"""Heights a second of somebody in a hurry (walkers have 0.8), heights, and seconds of a scan."""


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline in small pixels, (P, 2). Along it from its first point, side a is on the left hand
    and side b on the right, as the picture shows it."""

    points: NDArray[np.float64]

    def side(self, feet: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N,) distances from the line, and 1.0 on side b, -1.0 on side a."""
        best = np.full(len(feet), np.inf)
        side = np.ones(len(feet))
        for start, end in pairwise(self.points):
            along, to = end - start, feet - start
            share = np.clip(to @ along / (along @ along), 0.0, 1.0)
            distance = np.linalg.norm(to - share[:, None] * along, axis=1)
            right = along[0] * to[:, 1] - along[1] * to[:, 0]
            side = np.where(distance < best, np.where(right > 0.0, 1.0, -1.0), side)
            best = np.minimum(distance, best)
        return best, side

    def is_crossed(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
        """Whether the straight way from one point to the other goes over the line, not around."""
        return any(
            _turn(start, end, one) * _turn(start, end, other) <= 0.0
            and _turn(one, other, start) * _turn(one, other, end) <= 0.0
            for start, end in pairwise(self.points)
        )


def _turn(
    start: NDArray[np.float64], end: NDArray[np.float64], point: NDArray[np.float64]
) -> float:
    """Positive where `point` lies to the right of the way from start to end, y being down."""
    along, to = end - start, point - start
    return float(along[0] * to[1] - along[1] * to[0])


@dataclass(frozen=True, slots=True)
class Stand:
    """On which side of the line a track was last, and where its feet were."""

    side: float
    foot: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Crossing:
    number: int
    to_b: bool
    box: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LineCrossingState:
    following: Following = NOBODY
    stands: Mapping[int, Stand] = field(default_factory=dict)
    episode: Episode = IDLE
    to_b: int = 0
    to_a: int = 0
    """Crossings of the episode that is open, both directions that are watched."""


@dataclass(frozen=True, slots=True)
class LineCrossingRule:
    """One rule on one zone."""

    config: LineCrossingConfig
    zone: ZoneMask
    policy: Policy
    movers: Movers
    line: Line

    @staticmethod
    def line_of(config: LineCrossingConfig) -> Line:
        return Line(np.array(config.line, np.float64) * (GREY_WIDTH, GREY_HEIGHT))

    def initial(self) -> LineCrossingState:
        return LineCrossingState()

    def step(
        self, state: LineCrossingState, observation: Observation, now: float
    ) -> Step[LineCrossingState]:
        if observation.view.upset:
            told = Told(None)
            turn = hear(self.policy, state.episode, told, now)
            known = Method.MOTION, CONFIDENCE
            findings = self._findings(turn, state.to_a, state.to_b, known, ())
            state = replace(state, following=NOBODY, stands={}, episode=turn.episode)
            return Step(state, findings, told=(told,))
        observation = seen_without_shade(observation)
        seen = look(self.movers, state.following, observation)
        stands, crossings = self._crossings(state.stands, seen)
        to_b = state.to_b + sum(each.to_b for each in crossings)
        to_a = state.to_a + sum(not each.to_b for each in crossings)
        method, confidence = seen.sure(crossings[0].box) if crossings else (Method.MOTION, 0.0)
        told = Told(1.0 if crossings else 0.0, None, confidence)
        turn = hear(self.policy, state.episode, told, now)
        box = (box_of(crossings[0].box, "person", confidence),) if crossings else ()
        findings = self._findings(turn, to_a, to_b, (method, max(confidence, CONFIDENCE)), box)
        if not turn.episode.is_open:
            to_a = to_b = 0
        followed = seen.following
        return Step(
            LineCrossingState(followed, stands, turn.episode, to_b, to_a),
            findings,
            wants_burst=self._may_cross(seen.candidates, now - state.following.tracks.at)
            and followed.doubts.are_worth_a_look(now, lasts=1),
            wants_detections=self.config.model is not None and len(seen.candidates) > 0,
            told=(told,),
        )

    @staticmethod
    def heeds(_episode: Episode) -> Heed:
        """Nothing: it counts whether its episode is open or not."""
        return ()

    def _may_cross(self, candidates: Boxes, interval: float) -> bool:
        """Whether somebody is so near the line that he may be over it before the next scan, or has
        just been."""
        if not len(candidates):
            return False
        distances, _ = self.line.side(feet(candidates))
        reach = max(LEAST_REACH, PACE * min(interval, LONGEST)) * sizes(candidates)[:, 1]
        return bool((distances <= reach).any())

    def _crossings(
        self, stands: Mapping[int, Stand], seen: Seen
    ) -> tuple[dict[int, Stand], list[Crossing]]:
        if not stands and not any(len(tracks) for tracks, _ in seen.moments):
            return {}, []
        known, crossings = dict(stands), list[Crossing]()
        for tracks, walked in seen.moments:
            if len(tracks):
                crossings += self._crossed(known, tracks, walked & seen.believed(tracks))
        living = {int(each) for each in seen.following.tracks.number}
        return {number: known[number] for number in known if number in living}, crossings

    def _crossed(
        self, stands: dict[int, Stand], tracks: Tracks, counts: NDArray[np.bool_]
    ) -> list[Crossing]:
        found, at = [], tracks.feet()
        distances, sides = self.line.side(at)
        clear = (tracks.seen == tracks.at) & (distances >= CLEAR * tracks.heights)
        for index in clear.nonzero()[0]:
            number, foot, side = int(tracks.number[index]), at[index], float(sides[index])
            stand = stands.get(number)
            if stand is None:
                stands[number] = Stand(side, foot)
            elif counts[index]:
                stands[number] = Stand(side, foot)
                crossed = side != stand.side and self.line.is_crossed(stand.foot, foot)
                if crossed and self._is_watched(to_b=side > 0.0):
                    found.append(Crossing(number, side > 0.0, tracks.box[index]))
        return found

    def _is_watched(self, *, to_b: bool) -> bool:
        wanted = Direction.A_TO_B if to_b else Direction.B_TO_A
        return self.config.direction in {Direction.BOTH, wanted}

    def _findings(
        self,
        turn: Turn,
        to_a: int,
        to_b: int,
        known: tuple[Method, float],
        boxes: tuple[Box, ...],
    ) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None:
            return ()
        method, confidence = known
        return (
            Finding(
                event=self.config.event,
                phase=turn.phase,
                episode_id=turn.id,
                started_at=turn.since,
                confidence=confidence,
                method=method,
                boxes=boxes if turn.phase is Phase.OPENED else (),
                count=to_a + to_b,
                note=turn.note or f"a to b {to_b}, b to a {to_a}",
            ),
        )
