"""Intrusion: somebody enters a zone in which nobody has to be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.rules import IntrusionConfig
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method, Phase
from detectors.rules.following import CONFIDENCE, NOBODY, Following, Seen, box_of, look
from detectors.rules.movers import Movers, as_fractions
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.rules.shade import seen_without_shade
from detectors.rules.shapes import LEAST_PIXELS
from detectors.tracking.boxes import feet
from detectors.zone_mask import ZoneMask


@dataclass(frozen=True, slots=True)
class Intruder:
    """Where somebody was in the zone, in small pixels, and how that is known."""

    box: NDArray[np.float64]
    method: Method
    confidence: float


@dataclass(frozen=True, slots=True)
class IntrusionState:
    following: Following = NOBODY
    episode: Episode = IDLE
    intruder: Intruder | None = None
    """Who was seen in the zone last."""


@dataclass(frozen=True, slots=True)
class IntrusionRule:
    """One rule on one zone."""

    config: IntrusionConfig
    zone: ZoneMask
    policy: Policy
    movers: Movers

    def initial(self) -> IntrusionState:
        return IntrusionState()

    def step(
        self, state: IntrusionState, observation: Observation, now: float
    ) -> Step[IntrusionState]:
        if observation.view.upset:
            told = Told(None)
            turn = hear(self.policy, state.episode, told, now)
            state = replace(state, following=NOBODY, episode=turn.episode)
            return Step(state, self._findings(turn, state.intruder), told=(told,))
        observation = seen_without_shade(observation)
        seen = look(self.movers, state.following, observation)
        intruder = self._intruder(seen)
        level = self._level(intruder, seen, state, observation)
        confidence = intruder.confidence if intruder is not None else 0.0
        told = Told(level, None, confidence)
        turn = hear(self.policy, state.episode, told, now)
        intruder = intruder or state.intruder
        followed = seen.following
        silent = now < turn.episode.silent_until
        waits = not turn.episode.is_open and not silent and len(seen.candidates) > 0
        return Step(
            IntrusionState(followed, turn.episode, intruder),
            self._findings(turn, intruder),
            # A detector that looks decides by itself.
            wants_burst=waits
            and observation.detections is None
            and followed.doubts.are_worth_a_look(now, lasts=1),
            wants_detections=self.config.model is not None
            and (waits or turn.episode.since is not None),
            told=(told,),
        )

    @staticmethod
    def heeds(episode: Episode) -> Heed:
        """Whether there is a candidate, and whether it is open: then presence is enough."""
        return (episode.since is not None, episode.is_open)

    def _intruder(self, seen: Seen) -> Intruder | None:
        """The one whom a detector sees in the zone, else the last who went there."""
        if seen.people is not None and len(seen.people):
            inside = self.zone.holds(as_fractions(feet(seen.people)))
            if inside.any():
                best = int(np.where(inside, seen.scores, 0.0).argmax())
                return Intruder(seen.people[best], Method.FUSED, float(seen.scores[best]))
        for tracks, walked in reversed(seen.moments):
            if not walked.any():
                continue
            there = walked & self.movers.inside(tracks) & seen.believed(tracks)
            if there.any():
                box = tracks.box[int(np.flatnonzero(there)[0])]
                return Intruder(box, *seen.sure(box))
        return None

    def _level(
        self,
        intruder: Intruder | None,
        seen: Seen,
        state: IntrusionState,
        observation: Observation,
    ) -> float | None:
        if intruder is not None:
            return 1.0
        if state.episode.is_open:
            # Who stands still in the zone is still there.
            there = cv2.countNonZero(observation.view.fresh & self.zone.pixels)
            return 1.0 if there >= LEAST_PIXELS else 0.0
        return None if len(seen.candidates) and seen.people is None else 0.0

    def _findings(self, turn: Turn, intruder: Intruder | None) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None:
            return ()
        opened = turn.phase is Phase.OPENED and intruder is not None
        return (
            Finding(
                event=self.config.event,
                phase=turn.phase,
                episode_id=turn.id,
                started_at=turn.since,
                confidence=intruder.confidence if intruder is not None else CONFIDENCE,
                method=intruder.method if intruder is not None else Method.MOTION,
                boxes=(box_of(intruder.box, "person", intruder.confidence),)
                if opened and intruder is not None
                else (),
                note=turn.note or "somebody in the zone",
            ),
        )
