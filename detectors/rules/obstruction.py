"""Obstruction: something that was not there stands in a lane, a fire lane or a gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from configs.rules import ObstructionConfig
from detectors.background import Background, View
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method
from detectors.rules.distrust import TRUSTING, Distrust
from detectors.rules.naming import is_person, is_vehicle, name_of
from detectors.rules.place import (
    FIRST_LOOK,
    GROWN,
    Nature,
    Place,
    Sight,
    joined,
    nature,
    pieces,
    places_of,
    things_in_light,
    union,
)
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.rules.stir import stirs
from detectors.rules.tint import UNSEEN, Tint
from detectors.scenery import Claim
from detectors.zone_mask import Mask, ZoneMask, pixel_box

MOST_PLACES = 6
LONGEST_HIDDEN = 15.0
"""Seconds. Traffic at walking pace passes a car's length in less."""
TRUSTED = 60.0
"""Seconds for which a detector that has answered is waited for when it does not. One that is busy
drops a scan or two; one that is not there never answered."""
WITHIN = 0.7
"""Share of a place that lies in what is light by now."""
SHOWS = 0.1
"""Share of such a place that shows itself in the light: a thing has an outline there as well."""
LEAST_PIXELS = 12
"""Four by three small pixels, 16 × 12 of a 640 × 360 picture: below it there is no outline."""


@dataclass(frozen=True, slots=True)
class ObstructionState:
    places: tuple[Place, ...] = ()
    episode: Episode = IDLE
    subject: Place | None = None
    """What the open episode is about."""
    tint: Tint = UNSEEN
    distrust: Distrust = TRUSTING
    answered_at: float = float("-inf")
    """When a detector last said what it sees."""


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
        seen, held = observation.detections, union(state.places)
        tint = state.tint.after(observation.frame, now, held)
        if observation.view.upset:
            told = Told(None)
            turn = hear(self.policy, state.episode, told, now)
            findings = self._findings(turn, state.subject, seen)
            state = replace(state, episode=turn.episode, tint=tint)
            return Step(state, findings, claim=Claim(held=held), told=(told,))
        background, view = observation.background, tint.on(observation.view)
        there, hidden = self._still_there(state.places, view, background.born, now)
        found = self._look_for_new(background, view, tint, state.distrust, (*there, *hidden))
        there = joined(_without_light(there, found, background, view, tint), found.things)
        if seen is not None:
            there = tuple(
                place.told(people=is_person(place, seen), vehicle=is_vehicle(place, seen))
                for place in there
            )
        there = _looked_at(there, observation, now)
        asking = any(place.wants_look(now) for place in there)
        there = _asking(there, now)
        subject = _subject(there)
        places = (*there, *hidden)[:MOST_PLACES]
        answered_at = state.answered_at if seen is None else now
        trusted = 0.0 <= now - answered_at < TRUSTED
        asks = subject is not None and not subject.answers and trusted
        unknown = bool(hidden) if subject is None else asks
        told = _told(subject, seen, unknown=unknown)
        turn = hear(self.policy, state.episode, told, now)
        if found.hole is not None:
            tint = tint.absorb(found.hole)
        subject = subject or state.subject
        state = ObstructionState(places, turn.episode, subject, tint, found.distrust, answered_at)
        return Step(
            state,
            self._findings(turn, subject, seen),
            wants_burst=asking,
            wants_detections=self.config.model is not None and bool(places),
            claim=Claim(union(places), found.hole),
            told=(told,),
        )

    @staticmethod
    def heeds(_episode: Episode) -> Heed:
        """Nothing: it looks alike whether its episode is open or not."""
        return ()

    def _still_there(
        self, places: tuple[Place, ...], view: View, learned_at: float, now: float
    ) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
        """Of the known places, whose thing is there, and whose is hidden by something passing."""
        there: list[Place] = []
        hidden: list[Place] = []
        for place in places:
            match place.sight(view, learned_at):
                case Sight.THERE:
                    there.append(replace(place, seen_at=now))
                case Sight.HIDDEN if now - place.seen_at <= LONGEST_HIDDEN:
                    hidden.append(place)
        return tuple(there), tuple(hidden)

    def _look_for_new(
        self,
        background: Background,
        view: View,
        tint: Tint,
        distrust: Distrust,
        known: tuple[Place, ...],
    ) -> _Found:
        """What has come to stand still and is no part of a place that is known."""
        least = round(self.config.min_area * self.config.scale * self.zone.area)
        least = max(LEAST_PIXELS, least)
        still = tint.still(background)
        sorts: dict[Nature, list[Place]] = {kind: [] for kind in Nature}
        in_light: list[Place] = []

        def sort(place: Place) -> Nature:
            kind = nature(place, view, background, tint.change(place))
            sorts[kind].append(place)
            return kind

        for blob in places_of(view, background, self.zone.pixels, least, still):
            parts = tuple(pieces(distrust.apart(blob), view, background, least, still))
            for place in parts or (blob,):
                if sort(place) is Nature.LIGHT:
                    within = things_in_light(place, view, background, least, still)
                    in_light += [part for part in within if sort(part) is Nature.THING]
        covered = union(known)

        def new(kind: Nature) -> Iterator[Place]:
            for place in sorts[kind]:
                if covered is None or place.share(covered) <= 1 / GROWN:
                    yield place

        things = tuple(place for place in new(Nature.THING) if not distrust.of(place))
        hole, light = union(tuple(new(Nature.HOLE))), union(sorts[Nature.LIGHT])
        after = distrust.after(light, union(sorts[Nature.THING]), view.foreground)
        return _Found(things, hole, light, union(in_light), after)

    def _findings(
        self, turn: Turn, place: Place | None, seen: Detections | None
    ) -> tuple[Finding, ...]:
        if turn.phase is None or turn.id is None or place is None:
            return ()
        label, score = name_of(place, seen)
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


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands still in one picture: things; a `hole`, which is to be put down to the place; and
    light."""

    things: tuple[Place, ...]
    hole: Mask | None
    light: Mask | None
    in_light: Mask | None
    """What of the light is steep in every direction: a thing stands in it."""
    distrust: Distrust


def _without_light(
    places: tuple[Place, ...],
    found: _Found,
    background: Background,
    view: View,
    tint: Tint,
) -> tuple[Place, ...]:
    """Places but for those that are seen to be light by now: the first patch of a shadow, or what
    it leaves behind, may look like a thing until the rest has come and nothing marks it off."""
    lit, within = found.light, found.in_light
    if lit is None:
        return places

    def is_thing(place: Place) -> bool:
        if within is None or place.share(within) < SHOWS:
            return False
        return nature(place, view, background, tint.change(place)) is not Nature.LIGHT

    return tuple(place for place in places if place.share(lit) < WITHIN or is_thing(place))


def _looked_at(
    places: tuple[Place, ...], observation: Observation, now: float
) -> tuple[Place, ...]:
    """With what the burst shows of each, if there is one."""
    if not observation.burst:
        return places
    shown = (*observation.burst, observation.frame)
    return tuple(
        place.looked(stirs=stirs(place, shown)) if now - place.since >= FIRST_LOOK else place
        for place in places
    )


def _asking(places: tuple[Place, ...], now: float) -> tuple[Place, ...]:
    """With the note that a burst is asked for, of those that want one."""
    return tuple(
        replace(place, asked=place.asked + 1, asked_at=now) if place.wants_look(now) else place
        for place in places
    )


def _subject(places: tuple[Place, ...]) -> Place | None:
    """The thing that has stood longest; people standing about are none."""
    things = [place for place in places if not place.is_people]
    return min(things, key=lambda place: place.since, default=None)


def _told(subject: Place | None, seen: Detections | None, *, unknown: bool) -> Told:
    if unknown:
        return Told(None)
    if subject is None:
        return Told(0.0)
    return Told(1.0, subject.since, _confidence(name_of(subject, seen)[1]))


def _confidence(score: float | None) -> float:
    """Of a finding; `score` is the model's for what the thing is, where it names it."""
    return 0.7 if score is None else max(0.75, score)
