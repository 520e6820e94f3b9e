"""Dumped: a thing is left where somebody or a vehicle was, such as rubbish outside of its place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from configs.rules import DumpedConfig
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method
from detectors.rules.left import (
    PATIENCE,
    REMEMBERED,
    LeftThing,
    Passage,
    beside,
    is_new_thing,
    moving,
    recent,
    was_brought,
)
from detectors.rules.naming import is_person, name_of
from detectors.rules.place import GROWN, Place, Sight, places_of, union
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.rules.shade import seen_without_shade
from detectors.rules.tint import UNSEEN, Tint
from detectors.scenery import Claim
from detectors.zone_mask import ZoneMask, pixel_box
from ingest.frame import Frame

MOST_THINGS = 6
MOST_PASSAGES = 96
LEAST_PIXELS = 12
"""Four by three small pixels: below it there is no outline."""
LEARNED = 12.0
"""Seconds for which the place is only learned: whatever is in the picture then belongs to it."""
SELDOM = 15.0
"""Seconds between two looks at the colours of a place where nothing has moved lately."""
CONFIDENCE = 0.65
"""Of a thing that no detector calls a vehicle or a person: it might be a bicycle without one."""


@dataclass(frozen=True, slots=True)
class DumpedState:
    things: tuple[LeftThing, ...] = ()
    passages: tuple[Passage, ...] = ()
    """What moved where, lately."""
    tint: Tint = UNSEEN
    episode: Episode = IDLE
    subject: Place | None = None
    """What the open episode is about."""


@dataclass(frozen=True, slots=True)
class DumpedRule:
    """One rule on one zone."""

    config: DumpedConfig
    zone: ZoneMask
    policy: Policy

    def initial(self) -> DumpedState:
        return DumpedState()

    def step(self, state: DumpedState, observation: Observation, now: float) -> Step[DumpedState]:
        observation = seen_without_shade(observation)
        view, seen = observation.view, observation.detections
        if view.upset:
            told = Told(None)
            things = state.things
        else:
            moved = recent((*moving(view, now), *state.passages), now)[:MOST_PASSAGES]
            tint = _looked_at(state, observation.frame, now, moved)
            observation = replace(observation, view=tint.on(view))
            things = self._still_there(state.things, observation, now)
            things = self._with_new(things, moved, observation, tint)[:MOST_THINGS]
            state = replace(state, things=things, passages=moved, tint=tint)
            told = _told(things, seen, now)
        turn = hear(self.policy, state.episode, told, now)
        subject = _subject(things, seen)
        place = subject.place if subject is not None else state.subject
        return Step(
            replace(state, episode=turn.episode, subject=place),
            self._findings(turn, place),
            wants_detections=self.config.model is not None and bool(things),
            claim=Claim(held=union([each.place for each in things])),
            told=(told,),
        )

    @staticmethod
    def heeds(_episode: Episode) -> Heed:
        """Nothing: it looks alike whether its episode is open or not."""
        return ()

    def _still_there(
        self,
        things: tuple[LeftThing, ...],
        observation: Observation,
        now: float,
    ) -> tuple[LeftThing, ...]:
        kept, view = [], observation.view
        present: tuple[Passage, ...] = ()
        covered = union([each.place for each in things])
        if covered is not None and not all(each.is_alone for each in things):
            present = beside(view, observation.background, covered, now)
        for thing in things:
            place = thing.place
            if thing.sight(view) is Sight.THERE:
                place = replace(place, seen_at=now)
            if now - place.seen_at <= max(PATIENCE, self.policy.max_gap):
                kept.append(replace(thing, place=place).attended(present, now))
        return tuple(kept)

    def _with_new(
        self,
        known: tuple[LeftThing, ...],
        moved: tuple[Passage, ...],
        observation: Observation,
        tint: Tint,
    ) -> tuple[LeftThing, ...]:
        """Together with what has come to lie where somebody was. What proves to be a part of
        something larger that came at once is that."""
        if not moved:
            return known
        view, background = observation.view, observation.background
        least = max(LEAST_PIXELS, round(self.config.min_area * self.config.scale * self.zone.area))
        recently = [
            place
            for place in places_of(
                view, background, self.zone.pixels, least, tint.still(background)
            )
            if background.at - place.since <= REMEMBERED
            and place.since - background.born >= LEARNED
        ]
        if not recently:
            return known
        known = tuple(each for each in known if not any(map(each.was_a_glimpse_of, recently)))
        covered = union([each.place for each in known])
        new = (
            LeftThing.of(place, view)
            for place in recently
            if (covered is None or place.share(covered) <= 1 / GROWN)
            and was_brought(place, moved)
            and is_new_thing(place, view, background, tint.change(place))
        )
        return (*known, *new)

    def _findings(self, turn: Turn, place: Place | None) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None or place is None:
            return ()
        return (
            Finding(
                event=self.config.event,
                phase=turn.phase,
                episode_id=turn.id,
                started_at=turn.since,
                confidence=CONFIDENCE,
                method=Method.BACKGROUND,
                boxes=(pixel_box(place.rectangle, "thing", CONFIDENCE),),
                note=turn.note or "left where somebody was",
            ),
        )


def _looked_at(state: DumpedState, frame: Frame, now: float, moved: tuple[Passage, ...]) -> Tint:
    """The colours of the place, which are looked at in vain while nothing comes."""
    if not moved and 0.0 <= now - state.tint.looked_at < SELDOM:
        return state.tint
    return state.tint.after(frame, now, union([each.place for each in state.things]))


def _subject(things: tuple[LeftThing, ...], seen: Detections | None) -> LeftThing | None:
    """What has lain there by itself for longest; a person or a vehicle is no such thing."""
    left = [
        each
        for each in things
        if each.is_alone
        and not is_person(each.place, seen)
        and name_of(each.place, seen)[1] is None
    ]
    return min(left, key=lambda each: each.attended_at, default=None)


def _told(things: tuple[LeftThing, ...], seen: Detections | None, now: float) -> Told:
    subject = _subject(things, seen)
    if subject is None:
        return Told(0.0)
    # A thing that passes hides it, or it is being taken away: that scan says nothing.
    level = 1.0 if subject.place.seen_at == now else None
    return Told(level, subject.attended_at, CONFIDENCE)
