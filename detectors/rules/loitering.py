"""Loitering: one person stays in a zone for long, moving about or standing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from configs.rules import LoiteringConfig
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method, Phase
from detectors.rules.following import CONFIDENCE, NOBODY, Following, Seen, box_of, look
from detectors.rules.movers import BUSY, Movers, off
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.rules.shade import seen_without_shade
from detectors.rules.stay import NOBODY_STAYS, Stays
from detectors.zone_mask import ZoneMask

LEARNED = 12.0
"""Seconds: the place is known, if not what sways in it; a branch does not come walking."""


@dataclass(frozen=True, slots=True)
class Loiterer:
    """Where he was last, in small pixels, and how that is known."""

    box: NDArray[np.float64]
    method: Method
    confidence: float


@dataclass(frozen=True, slots=True)
class LoiteringState:
    following: Following = NOBODY
    stays: Stays = NOBODY_STAYS
    episode: Episode = IDLE
    loiterer: Loiterer | None = None


@dataclass(frozen=True, slots=True)
class LoiteringRule:
    """One rule on one zone."""

    config: LoiteringConfig
    zone: ZoneMask
    policy: Policy
    movers: Movers

    def initial(self) -> LoiteringState:
        return LoiteringState()

    def step(
        self, state: LoiteringState, observation: Observation, now: float
    ) -> Step[LoiteringState]:
        if observation.view.upset:
            told = Told(None)
            turn = hear(self.policy, state.episode, told, now)
            state = replace(state, episode=turn.episode)
            return Step(state, self._findings(turn, state.loiterer, now), told=(told,))
        if not 0.0 <= now - state.following.tracks.at <= self.policy.max_gap:
            # Nobody is followed across a pause, or a clock that was set back.
            state = replace(
                state, following=replace(state.following, tracks=NOBODY.tracks), stays=NOBODY_STAYS
            )
        observation = seen_without_shade(observation)
        seen = look(self.movers, state.following, observation, LEARNED, standing=True)
        tracks, walked = seen.moments[-1]
        stays = state.stays.after(
            state.following.tracks,
            tracks,
            observation,
            self.movers,
            somebody=walked & seen.believed(tracks),
            untrodden=off(seen.following.moved.seen_for(BUSY), tracks.box),
            named=seen.following.named,
            dwell=self.config.dwell,
        )
        told, loiterer = self._told(stays, seen, state, now)
        turn = hear(self.policy, state.episode, told, now)
        loiterer = loiterer or state.loiterer
        return Step(
            LoiteringState(seen.following, stays, turn.episode, loiterer),
            self._findings(turn, loiterer, now),
            wants_detections=self.config.model is not None and bool(stays.of),
            told=(told,),
        )

    @staticmethod
    def heeds(episode: Episode) -> Heed:
        """Whether it is open: then only those who have stayed for long keep it so."""
        return (episode.is_open,)

    def _told(
        self, stays: Stays, seen: Seen, state: LoiteringState, now: float
    ) -> tuple[Told, Loiterer | None]:
        tracks = seen.following.tracks
        people = sorted(stays.people(), key=lambda one: (one[1].entered, one[0]))
        if seen.people is not None:
            people = [one for one in people if one[0] in seen.following.named]
        if state.episode.is_open:
            people = [one for one in people if now - one[1].entered >= self.config.dwell]
        if not people:
            return Told(0.0), None
        number, stay = people[0]
        box = tracks.box[int(np.flatnonzero(tracks.number == number)[0])]
        method, confidence = seen.sure(box)
        if number in seen.following.named:
            method = Method.FUSED
        return Told(1.0, stay.entered, confidence), Loiterer(box, method, confidence)

    def _findings(self, turn: Turn, who: Loiterer | None, now: float) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None:
            return ()
        opened = turn.phase is Phase.OPENED
        return (
            Finding(
                event=self.config.event,
                phase=turn.phase,
                episode_id=turn.id,
                started_at=turn.since,
                confidence=CONFIDENCE if who is None else who.confidence,
                method=Method.MOTION if who is None else who.method,
                boxes=(box_of(who.box, "person", who.confidence),) if opened and who else (),
                note=turn.note or f"somebody for {now - turn.since:.0f} s",
            ),
        )
