"""Obstruction: something that was not there stands in a lane, a fire lane or a gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from configs.rules import ObstructionConfig
from detectors.background import Background, View
from detectors.detections import Detections
from detectors.episode import IDLE, Episode, Policy, Told, Turn, hear
from detectors.event import Method
from detectors.rules.distrust import TRUSTING, Distrust
from detectors.rules.naming import is_person, is_vehicle, name_of
from detectors.rules.nature import SHOWS, Nature, nature, things_in_light
from detectors.rules.place import FIRST_LOOK, GROWN, Place, Sight, joined, pieces, places_of, union
from detectors.rules.rule import Finding, Heed, Observation, Step
from detectors.rules.shade import unlike_under_local_light
from detectors.rules.stir import Stirs, stirs
from detectors.rules.tint import UNSEEN, Tint
from detectors.scenery import Claim
from detectors.zone_mask import Mask, ZoneMask, pixel_box
from ingest.frame import Frame

MOST_PLACES = 6
LONGEST_HIDDEN = 15.0
"""Seconds. Traffic at walking pace passes a car's length in less."""
TRUSTED = 60.0
"""Seconds for which a detector that has answered is waited for when it does not. One that is busy
drops a scan or two; one that is not there never answered."""
PATIENT = 14.0
"""Seconds in which four bursts are looked at. A shorter dwell asks for haste, and its policy is not
patient: whoever stands there so long without a model is told."""
WITHIN = 0.7
"""Share of a place that lies in what is light by now."""
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
    stirs: Stirs = stirs
    """What looks at a burst: a tuner remembers what was seen."""

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
        there = _without_light(there, found, background, view, tint)
        there = joined(tuple(_less_light(place, found.in_light) for place in there), found.things)
        if seen is not None:
            there = tuple(
                place.told(people=is_person(place, seen), vehicle=is_vehicle(place, seen))
                for place in there
            )
        there = self._looked_at(there, observation, now)
        asking = any(place.wants_look(now) for place in there)
        there = _asking(there, now)
        subject = _subject(there)
        places = (*there, *hidden)[:MOST_PLACES]
        answered_at = state.answered_at if seen is None else now
        trusted = 0.0 <= now - answered_at < TRUSTED
        asks = subject is not None and not subject.answers and trusted
        unknown = bool(hidden) if subject is None else asks
        told = _told(subject, seen, now, unknown=unknown)
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
        for known in places:
            place = known.as_clock_was_set(now)
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
        beyond = view.static & ~self.zone.pixels
        bodies: Mask | None = None

        def sort(place: Place) -> Nature:
            kind = nature(place, view, background, tint.change(place), beyond)
            sorts[kind].append(place)
            return kind

        for blob in places_of(view, background, self.zone.pixels, least, still):
            parts = tuple(pieces(distrust.apart(blob), view, background, least, still))
            for place in parts or (blob,):
                if sort(place) is Nature.LIGHT:
                    if bodies is None:
                        bodies = unlike_under_local_light(view.grey, background)
                    within = things_in_light(
                        place, view, background, least, still=still, bodies=bodies
                    )
                    in_light += [part for part in within if sort(part) is Nature.THING]
        covered = union(known)

        def new(kind: Nature) -> Iterator[Place]:
            for place in sorts[kind]:
                if covered is None or place.share(covered) <= 1 / GROWN:
                    yield place

        things = tuple(place for place in new(Nature.THING) if not distrust.of(place))
        hole, light = union(tuple(new(Nature.HOLE))), union(sorts[Nature.LIGHT])
        after = distrust.after(light, union(sorts[Nature.THING]), view.foreground)
        return _Found(things, hole, light, tuple(in_light), after)

    def _looked_at(
        self, places: tuple[Place, ...], observation: Observation, now: float
    ) -> tuple[Place, ...]:
        """With what the burst shows of each, if there is one."""
        if not observation.burst:
            return places
        shown, foreground = (*observation.burst, observation.frame), observation.view.foreground
        return tuple(
            place.looked(stirs=self._stirs(place, foreground, shown))
            if now - place.since >= FIRST_LOOK
            else place
            for place in places
        )

    def _stirs(self, place: Place, foreground: Mask, shown: Sequence[Frame]) -> bool | None:
        """Whether it stirs, or what it is a part of: of somebody who stands, often only shoes and a
        shadow are in the zone and still."""
        itself = self.stirs(place, shown)
        if itself:
            return True
        whole = place.whole(foreground)
        if whole.size < GROWN * place.size:
            return itself
        all_of_it = self.stirs(whole, shown)
        return itself if all_of_it is None else all_of_it

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
    in_light: tuple[Place, ...]
    """The things that stand in light and are one blob with it."""
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
    lit, within = found.light, union(found.in_light)
    if lit is None:
        return places

    def is_thing(place: Place) -> bool:
        if within is None or place.share(within) < SHOWS:
            return False
        return nature(place, view, background, tint.change(place)) is not Nature.LIGHT

    return tuple(place for place in places if place.share(lit) < WITHIN or is_thing(place))


def _less_light(place: Place, in_light: tuple[Place, ...]) -> Place:
    """A place without the light that came over it and was taken for a part of the thing."""
    for thing in in_light:
        if place.size > GROWN * thing.size and thing.share(place.mask) >= WITHIN:
            return replace(thing, since=min(thing.since, place.since)).after(place)
    return place


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


def _told(subject: Place | None, seen: Detections | None, now: float, *, unknown: bool) -> Told:
    if unknown:
        return Told(None)
    if subject is None:
        return Told(0.0)
    sure = _confidence(name_of(subject, seen)[1])
    return Told(1.0, subject.since, sure, undecided=subject.is_undecided(now))


def _confidence(score: float | None) -> float:
    """Of a finding; `score` is the model's for what the thing is, where it names it."""
    return 0.7 if score is None else max(0.75, score)
