"""Fire and smoke: colour and change propose, the whole GOP decides, time confirms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from configs.rules import FireSmokeConfig
from detectors.background import KERNEL
from detectors.background import NOTHING as NOWHERE
from detectors.chroma import Chroma
from detectors.detections import Detections
from detectors.episode import IDLE, NEVER, Episode, Policy, Told, Turn, hear
from detectors.event import Box, Method, Phase
from detectors.rules.doubt import NO_DOUBTS, Doubts
from detectors.rules.flame import (
    LEAST_FLAME,
    changed,
    find_flame,
    hot,
    stirred,
    stirs_like_flames,
)
from detectors.rules.flicker import LEAST_FRAMES
from detectors.rules.rule import Finding, Observation, Step
from detectors.rules.smoke import Plume, Veil, billows, find_veil, may_veil, veiled
from detectors.scenery import NO_CLAIM, Claim
from detectors.zone_mask import Mask, ZoneMask, box_mask, pixel_box
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

LEAST_SCORE = 0.4
"""At this score both fire models flag none of 152 pictures of nine quiet clips as fire."""
SURE_SCORE = 0.6
"""A model alone, without a flicker to support it, must be surer."""
LEAST_SMOKE = 60
SEEN_AT_ONCE = 0.5
"""Of the least area: one picture shows half of what all pictures of a slender flame show."""
TRUSTED = 30.0
"""Seconds for which no burst rests after a candidate that was seen twice: a third of the bursts of
a burning car before a camera that is carried about show nothing."""
LINGERS = 15.0
"""Seconds for which the ground under a veil stays what it was: five scans without it."""
SWAYS = 4 / GREY_WIDTH, 4 / GREY_HEIGHT
"""Fractions of the picture. What burns stays where it is: boxes further beside each other's middle
are two things, such as the lamps of two cars, and the later one has its own time to last."""
HEAD_START, HEAD_START_PART = 8.0, 0.5
"""Seconds. Flames and smoke count from when they were suspected, and from so long ago at most, or
this part of their dwell: what flickers all day has been suspected since the morning."""
CHURNS = np.ones((5, 5), np.uint8)
"""How far from one scan to the next what thin smoke hides is elsewhere in it."""
GROUND = np.ones((7, 7), np.uint8)
"""How far around a veil: its thin rim is foreground too, and hides the texture behind it."""


@dataclass(frozen=True, slots=True)
class FireState:
    before: Grey | None = None
    """The last scan's picture."""
    hidden: Mask | None = None
    """…and what could lie behind a veil in it."""
    flames: Doubts = NO_DOUBTS
    veils: Doubts = NO_DOUBTS
    fire: Episode = IDLE
    smoke: Episode = IDLE
    plume: Plume | None = None
    """The smoke of the candidate, since when there, and for how long it was suspected then."""
    plume_since: float = NEVER
    plume_late: float = 0.0
    ground: Mask | None = None
    """Where a veil was seen last, at `veiled_at`."""
    veiled_at: float = NEVER
    shown_at: float = NEVER
    """When there was last a candidate that two scans had shown."""
    flame: Box | None = None
    """Where a flame was seen last, since when there, and for how long it was suspected then."""
    flame_since: float = NEVER
    flame_late: float = 0.0
    at: float = NEVER
    """The last scan."""
    again: bool = False
    """Whether it was unsure of a flame. Twice in a row is no flame: cars may queue for hours."""

    def resumed(self, now: float, max_gap: float) -> FireState:
        """Over a pause of the stream times stand still, as those of an episode do."""
        gap = now - self.at
        if self.at == NEVER or 0.0 <= gap <= max_gap:
            return self
        return replace(
            self,
            flames=self.flames.resumed(gap),
            flame_since=self.flame_since + gap,
            plume_since=self.plume_since + gap,
            veils=self.veils.resumed(gap),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one scan says: `level` 1 seen, 0 not seen, None nothing either way. `again`: another
    burst would tell."""

    level: float | None
    method: Method = Method.COLOUR_MOTION
    confidence: float = 0.0
    box: Box | None = None
    again: bool = False


NOTHING = Evidence(0.0)
UNKNOWN = Evidence(None)
UNSURE = Evidence(None, again=True)


@dataclass(frozen=True, slots=True)
class FireSmokeRule:
    """One rule on one zone."""

    config: FireSmokeConfig
    zone: ZoneMask
    fire_policy: Policy
    smoke_policy: Policy

    def initial(self) -> FireState:
        return FireState()

    def step(self, state: FireState, observation: Observation, now: float) -> Step[FireState]:
        if state.before is None:
            return Step(replace(state, before=observation.frame.grey, at=now))
        state = state.resumed(now, self.fire_policy.max_gap)
        view, background = observation.view, observation.background
        hidden = view.memo.once(partial(veiled, view, background), veiled, background)
        stays, lately = _beside(hidden, state.hidden)
        suspect, veil = self._suspicions(state, hidden, stays, lately, observation)
        flame = self._sure(self._flame(observation, suspect is not None))
        if flame.again and (state.again or state.fire.since is not None):
            flame = NOTHING
        smoke, shown = self._smoke(observation, veil, state.plume)
        smoke = self._sure(smoke)
        flames = state.flames.after(suspect, now)
        where, since, late = _since(state, flame, flames, now)
        veils = state.veils.after(None if veil is None else veil.mask, self._before(state, now))
        plume, plume_since, plume_late = _plume(
            state, shown if smoke.level else None, lately, veils, now
        )
        told = (
            Told(flame.level, since, late=late) if flame.level else Told(flame.level),
            Told(smoke.level, plume_since, late=plume_late) if smoke.level else Told(smoke.level),
        )
        fire_turn = hear(self.fire_policy, state.fire, told[0], now)
        smoke_turn = hear(self.smoke_policy, state.smoke, told[1], now)
        burns, smokes, shown_twice = self.heeds(fire_turn.episode, smoke_turn.episode)
        # A candidate or an open fire is looked at in every GOP, whatever one keyframe shows of it.
        pending = burns or (smokes and veil is not None)
        shown_at = now if shown_twice else state.shown_at
        idle = not (burns or smokes)
        if observation.burst and idle and not flame.again and not 0.0 <= now - shown_at <= TRUSTED:
            flames, veils = flames.in_vain(now, state.flames), veils.in_vain(now)
        # A veil keeps its place from one scan to the next by its nature (`find_veil`).
        worth_it = flames.are_worth_a_look(now) or veils.are_worth_a_look(now, lasts=1)
        ground, veiled_at = _ground(state, veil, now)
        state = FireState(
            observation.frame.grey, hidden, flames, veils,
            fire_turn.episode, smoke_turn.episode,
            plume if smokes else None, plume_since, plume_late, ground, veiled_at, shown_at,
            where, since, late, now, flame.again,
        )  # fmt: skip
        return Step(
            state,
            (
                *_findings(self.config.event, "flame", fire_turn, flame),
                *_findings(self.config.smoke_event, "smoke", smoke_turn, smoke),
            ),
            wants_burst=pending or worth_it or flame.again,
            # Where nothing stirs the gate is shut, and nothing burns.
            wants_detections=self.config.model is not None
            and (pending or suspect is not None or veil is not None),
            claim=NO_CLAIM if ground is None else Claim(held=ground),
            told=told,
        )

    @staticmethod
    def heeds(fire: Episode, smoke: Episode) -> tuple[bool, bool, bool]:
        """Whether there is a candidate or an open episode of each; whether two scans showed one."""
        shown_twice = sum(fire.recent) > 1 or sum(smoke.recent) > 1
        return fire.since is not None, smoke.since is not None, shown_twice

    def _least(self, floor: int) -> int:
        return max(floor, round(self.config.min_area * self.config.scale * self.zone.area))

    def _suspicions(
        self, state: FireState, hidden: Mask, stays: Mask, lately: Mask, observation: Observation
    ) -> tuple[Mask | None, Veil | None]:
        """What could be flames, and what could be smoke; most pictures need no colour for that."""
        least = max(LEAST_FLAME, round(SEEN_AT_ONCE * self._least(LEAST_FLAME)))
        least_smoke = self._least(LEAST_SMOKE)
        before = observation.frame.grey if state.before is None else state.before
        change = changed(observation.frame.grey, before, least)
        may_smoke = may_veil(hidden, stays, least_smoke)
        if change is None and not may_smoke:
            return None, None
        colour = Chroma.of(observation.frame)
        suspect = None if change is None else self._suspects_flame(colour, change, least)
        if not may_smoke:
            return suspect, None
        inside = lately & self.zone.pixels
        known = None if state.plume is None else state.plume.whole
        veil = find_veil(inside, stays, observation.background, colour, least_smoke, known=known)
        return suspect, veil

    def _before(self, state: FireState, now: float) -> float:
        """Since when what is veiled now is: a veil was there in the last scan already."""
        gap = now - state.at
        return state.at if 0.0 <= gap <= self.smoke_policy.max_gap else now

    def _suspects_flame(self, colour: Chroma, change: Mask, least: int) -> Mask | None:
        candidates = hot(colour) & self.zone.pixels
        if not cv2.countNonZero(candidates):
            return None
        return stirred(np.asarray(cv2.dilate(candidates, KERNEL), np.uint8), change, least)

    def _flame(self, observation: Observation, suspect: bool) -> Evidence:
        burst = observation.burst
        told = self._told(observation.detections, "fire")
        decided = len(burst) >= LEAST_FRAMES
        least = self._least(LEAST_FLAME)
        seen = find_flame(burst, self.zone.pixels, least) if decided else None
        if seen is not None and not seen.unsure:
            box = pixel_box(seen.rectangle, "flame", seen.score)
            if told is None:
                return Evidence(1.0, Method.COLOUR_MOTION, seen.score, box)
            return Evidence(1.0, Method.FUSED, max(seen.score, told.confidence), box)
        if told is not None and told.confidence >= SURE_SCORE:
            # What a model takes for fire and stands still is a lamp, a sunset or a red wall.
            if decided and not stirs_like_flames(burst, self.zone.pixels & box_mask(told)):
                return NOTHING
            return Evidence(1.0, Method.MODEL, told.confidence, told)
        if seen is not None:
            return UNSURE
        return UNKNOWN if suspect and not decided else NOTHING

    def _smoke(
        self, observation: Observation, veil: Veil | None, known: Plume | None
    ) -> tuple[Evidence, Veil | None]:
        """What a veil says, and what of it is smoke."""
        if veil is None:
            return NOTHING, None
        told = self._told(observation.detections, "smoke")
        if told is None and len(observation.burst) < LEAST_FRAMES:
            return UNKNOWN, None
        plume = billows(observation.burst, veil, self.zone.pixels, self._least(LEAST_SMOKE))
        if plume is None and told is None:
            return NOTHING, None
        shown = plume or veil
        grown = 0.15 if known is not None and shown.area >= 1.3 * known.first.area else 0.0
        confidence = 0.6 + grown
        box = pixel_box(shown.rectangle, "smoke", confidence)
        if told is not None:
            return Evidence(1.0, Method.FUSED, max(confidence, told.confidence), box), shown
        return Evidence(1.0, Method.COLOUR_MOTION, confidence, box), shown

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


def _beside(hidden: Mask, before: Mask | None) -> tuple[Mask, Mask]:
    """What is hidden where it was in the scan before, or beside; and what was hidden in either."""
    if before is None or not cv2.countNonZero(before):
        return NOWHERE, hidden
    return hidden & np.asarray(cv2.dilate(before, CHURNS), np.uint8), hidden | before


def _rows(seen: Detections) -> Iterator[tuple[tuple[float, float, float, float], float]]:
    for corners, score in zip(np.clip(seen.xyxy, 0.0, 1.0), seen.confidence, strict=True):
        x1, y1, x2, y2 = (float(each) for each in corners)
        yield (x1, y1, x2, y2), float(score)


def _plume(
    state: FireState, shown: Veil | None, hidden: Mask, suspected: Doubts, now: float
) -> tuple[Plume | None, float, float]:
    """The smoke of the candidate, since when it is there, and for how long it was suspected then;
    what is another one begins anew."""
    if shown is None:
        return state.plume, state.plume_since, state.plume_late
    also = None if state.plume is None else state.plume.also(shown, hidden)
    if also is not None:
        return also, state.plume_since, state.plume_late
    if state.smoke.since is not None:
        # Another smoke than the candidate's has all its time to last.
        return Plume.of(shown), now, 0.0
    late = now - suspected.since(pixel_box(shown.rectangle, "smoke", 1.0))
    return Plume.of(shown), now, min(max(late, 0.0), HEAD_START)


def _since(
    state: FireState, flame: Evidence, suspected: Doubts, now: float
) -> tuple[Box | None, float, float]:
    """Where a flame was seen last, since when there, and for how long it was suspected then."""
    if flame.box is None:
        return state.flame, state.flame_since, state.flame_late
    if state.fire.since is None or state.flame is None:
        late = now - suspected.since(flame.box)
        return flame.box, now, min(max(late, 0.0), HEAD_START)
    if _is_in_place(flame.box, state.flame):
        return flame.box, state.flame_since, state.flame_late
    # Another flame than the candidate's has all its time to last.
    return flame.box, now, 0.0


def _is_in_place(one: Box, other: Box) -> bool:
    """Whether the middle of one of them lies in the other, or hardly beside it."""
    across = abs(one.x1 + one.x2 - other.x1 - other.x2) / 2
    down = abs(one.y1 + one.y2 - other.y1 - other.y2) / 2
    wide = max(one.x2 - one.x1, other.x2 - other.x1)
    tall = max(one.y2 - one.y1, other.y2 - other.y1)
    return across <= wide / 2 + SWAYS[0] and down <= tall / 2 + SWAYS[1]


def _ground(state: FireState, veil: Veil | None, now: float) -> tuple[Mask | None, float]:
    """The ground that smoke hides now or did a moment ago, and when it was seen last.

    Thin smoke that stands looks to another rule like a thing that was taken away.
    """
    if veil is not None:
        return np.asarray(cv2.dilate(veil.mask, GROUND), np.uint8), now
    lingers = 0.0 <= now - state.veiled_at <= LINGERS
    return (state.ground, state.veiled_at) if lingers else (None, NEVER)


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
            note=turn.note or label,
        ),
    )
