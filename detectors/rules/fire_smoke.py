"""Fire and smoke: colour and change propose, the whole GOP decides, time confirms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from configs.rules import FireSmokeConfig
from detectors.background import KERNEL, Background, BackgroundModel
from detectors.chroma import Chroma
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Turn
from detectors.episode import step as episode_step
from detectors.event import Box, Method, Phase
from detectors.rules.flame import find_flame, hot, stirred
from detectors.rules.flicker import LEAST_FRAMES
from detectors.rules.rule import Finding, Observation, Step
from detectors.rules.smoke import Veil, billows, find_veil
from detectors.zone_mask import Mask, ZoneMask, pixel_box

LEAST_SCORE = 0.4
"""At this score both fire models flag none of 152 pictures of nine quiet clips as fire."""
SURE_SCORE = 0.6
"""A model alone, without a flicker to support it, must be surer."""
LEAST_FLAME = 8
"""Small pixels; the texture of less cannot be told from one block of the codec."""
LEAST_SMOKE = 60
REST = 3
"""Scans without a burst after one that showed nothing: decoding every GOP of a market full of
lamps would cost as much as ten cameras."""


@dataclass(frozen=True, slots=True)
class FireState:
    background: Background | None = None
    colour: Chroma | None = None
    rest: int = 0
    fire: Episode = IDLE
    smoke: Episode = IDLE
    first_veil: int = 0
    """Small pixels of the smoke when its candidate began; 0 while there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one scan says: `level` 1 seen, 0 not seen, None nothing either way."""

    level: float | None
    method: Method = Method.COLOUR_MOTION
    confidence: float = 0.0
    box: Box | None = None


NOTHING = Evidence(0.0)
UNKNOWN = Evidence(None)


@dataclass(frozen=True, slots=True)
class FireSmokeRule:
    """One rule on one zone."""

    config: FireSmokeConfig
    zone: ZoneMask
    fire_policy: Policy
    smoke_policy: Policy
    model: BackgroundModel

    def initial(self) -> FireState:
        return FireState()

    def step(self, state: FireState, observation: Observation, now: float) -> Step[FireState]:
        grey, colour = observation.frame.grey, Chroma.of(observation.frame)
        if state.background is None or state.colour is None:
            return Step(replace(state, background=self.model.first(grey, now), colour=colour))
        background, view = self.model.step(state.background, grey, now)
        suspect = self._suspects_flame(colour, state.colour)
        veil = find_veil(view, background, colour, self.zone.pixels, self._least(LEAST_SMOKE))
        flame = self._sure(self._flame(observation, suspect))
        smoke = self._sure(self._smoke(observation, veil, state.first_veil))
        fire_turn = episode_step(self.fire_policy, state.fire, flame.level, now)
        smoke_turn = episode_step(self.smoke_policy, state.smoke, smoke.level, now)
        # A candidate or an open fire is looked at in every GOP, whatever one keyframe shows of it.
        busy = suspect or veil is not None or fire_turn.episode.since is not None
        rest = self._rest(state, observation, flame, smoke)
        state = FireState(
            background, colour, rest, fire_turn.episode, smoke_turn.episode,
            _first_veil(state, smoke_turn.episode, veil),
        )  # fmt: skip
        return Step(
            state,
            (
                *_findings(self.config.event, "flame", fire_turn, flame),
                *_findings(self.config.smoke_event, "smoke", smoke_turn, smoke),
            ),
            wants_burst=busy and rest == 0,
            wants_detections=self.config.model is not None,
        )

    def _least(self, floor: int) -> int:
        return max(floor, round(self.config.min_area * self.zone.area))

    def _suspects_flame(self, colour: Chroma, before: Chroma) -> bool:
        candidates = hot(colour) & self.zone.pixels
        if not candidates.any():
            return False
        region: Mask = np.asarray(cv2.dilate(candidates, KERNEL), np.uint8)
        return stirred(region, colour, before, self._least(LEAST_FLAME))

    def _flame(self, observation: Observation, suspect: bool) -> Evidence:
        burst = observation.burst
        told = self._told(observation.detections, "fire")
        decided = len(burst) >= LEAST_FRAMES
        least = self._least(LEAST_FLAME)
        seen = find_flame(burst, self.zone.pixels, least) if decided else None
        if seen is not None:
            box = pixel_box(seen.rectangle, "flame", seen.score)
            if told is None:
                return Evidence(1.0, Method.COLOUR_MOTION, seen.score, box)
            return Evidence(1.0, Method.FUSED, max(seen.score, told.confidence), box)
        if told is not None and told.confidence >= SURE_SCORE:
            return Evidence(1.0, Method.MODEL, told.confidence, told)
        return UNKNOWN if suspect and not decided else NOTHING

    def _smoke(self, observation: Observation, veil: Veil | None, first: int) -> Evidence:
        if veil is None:
            return NOTHING
        told = self._told(observation.detections, "smoke")
        grown = 0.15 if first and veil.area >= 1.3 * first else 0.0
        confidence = 0.6 + grown
        box = pixel_box(veil.rectangle, "smoke", confidence)
        if told is not None:
            return Evidence(1.0, Method.FUSED, max(confidence, told.confidence), box)
        if len(observation.burst) < LEAST_FRAMES:
            return UNKNOWN
        if not billows(observation.burst, veil):
            return NOTHING
        return Evidence(1.0, Method.COLOUR_MOTION, confidence, box)

    def _sure(self, evidence: Evidence) -> Evidence:
        """What is below the least confidence of an event is nothing."""
        below = evidence.level is not None and evidence.confidence < self.config.confidence
        return NOTHING if below else evidence

    def _told(self, seen: Detections | None, name: str) -> Box | None:
        """The model's surest box of that name that touches the zone."""
        if seen is None:
            return None
        boxes = [
            Box(x1=x1, y1=y1, x2=x2, y2=y2, label=name, confidence=score)
            for (x1, y1, x2, y2), score in _rows(seen.of(name).above(LEAST_SCORE))
            if self.zone.touches(x1, y1, x2, y2)
        ]
        return max(boxes, key=lambda box: box.confidence, default=None)

    def _rest(
        self, state: FireState, observation: Observation, flame: Evidence, smoke: Evidence
    ) -> int:
        """Scans to go before a burst is worth its cost again."""
        pending = state.fire.since is not None or state.smoke.since is not None
        if pending or flame.level or smoke.level:
            return 0
        return REST if observation.burst else max(0, state.rest - 1)


def _rows(seen: Detections) -> Iterator[tuple[tuple[float, float, float, float], float]]:
    for corners, score in zip(np.clip(seen.xyxy, 0.0, 1.0), seen.confidence, strict=True):
        x1, y1, x2, y2 = (float(each) for each in corners)
        yield (x1, y1, x2, y2), float(score)


def _first_veil(state: FireState, smoke: Episode, veil: Veil | None) -> int:
    if smoke.since is None:
        return 0
    return state.first_veil or (veil.area if veil else 0)


def _findings(event: str, label: str, turn: Turn, evidence: Evidence) -> tuple[Finding, ...]:
    if turn.phase is None or turn.id is None:
        return ()
    return (
        Finding(
            event=event,
            phase=turn.phase,
            episode_id=turn.id,
            started_at=turn.since,
            confidence=evidence.confidence if turn.phase is Phase.OPENED else 1.0,
            method=evidence.method,
            boxes=() if evidence.box is None else (evidence.box,),
            note=label,
        ),
    )
