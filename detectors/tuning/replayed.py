"""All rules of a camera over a recording, in the very `WatchedCamera` of a shard: nothing of what
they do to each other, by claims, bursts and detections, is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from configs.rules import Burst, ZoneRule
from configs.town import Camera, Zone
from detectors.detections import Detections
from detectors.episode import Told
from detectors.event import Phase
from detectors.finding import Finding
from detectors.hours import Hours
from detectors.pictures import ReplayError
from detectors.rules.build import build
from detectors.rules.obstruction import ObstructionRule
from detectors.rules.rule import Observation, Rule, Step
from detectors.tuning.recording import Recording
from detectors.watched import LoadedModel, Sight, WatchedCamera
from detectors.zone_watch import ZoneWatch
from ingest.frame import Frame

ANY_TIME = ZoneInfo("UTC")
"""Clips have no time of day, and their rules no schedule."""


class Spell(NamedTuple):
    """An episode, in seconds of what is played."""

    zone: str
    event: str
    at: float
    started_at: float
    cleared_at: float | None


class Hearing(NamedTuple):
    """What a rule told its episodes of one scan, and whether it was the one for the night."""

    now: float
    night: bool
    told: tuple[Told, ...]


@dataclass(slots=True)
class Overheard:
    """One rule on one zone, as it was played."""

    zone: Zone
    config: ZoneRule
    hearings: list[Hearing] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    _open: dict[UUID, int] = field(default_factory=dict)

    def found(self, finding: Finding, at: float) -> None:
        """Take a finding."""
        if finding.phase is Phase.OPENED:
            self._open[finding.episode_id] = len(self.spells)
            spell = Spell(self.zone.id, finding.event, at, finding.started_at, None)
            self.spells.append(spell)
        else:
            index = self._open.pop(finding.episode_id)
            self.spells[index] = self.spells[index]._replace(cleared_at=at)


def replayed(camera: Camera, recording: Recording) -> tuple[Overheard, ...]:
    """Play a recording to a camera's rules.

    Raises:
        ReplayError: a rule fails, or asks for what was not recorded.
    """
    overheard = [Overheard(zone, rule) for zone in camera.zones for rule in zone.rules]
    watches = [_watch(each, camera, recording) for each in overheard]
    by_watch = dict(zip(map(id, watches), overheard, strict=True))
    wanted = _Wanted()

    def found(watch: ZoneWatch, finding: Finding, sight: Sight) -> None:
        by_watch[id(watch)].found(finding, sight.frame.captured_at)

    watched = WatchedCamera(
        camera.model_copy(update={"blur_people": False}),
        watches,
        models=_models(recording),
        found=found,
        request_burst=wanted.ask,
        cpu_clock=lambda: 0.0,
    )
    for index in range(len(recording)):
        if wanted.taken():
            watched.burst_decoded(recording.burst(index))
        watched.scanned(*recording.scan(index))
        for watch in watches:
            if watch.broken:
                raise ReplayError(
                    f"the rule {watch.config.rule} of zone {watch.zone.id} failed: {watch.broken}"
                )
    return tuple(overheard)


class _Wanted:
    """Whether a burst was asked for."""

    def __init__(self) -> None:
        self._is = False

    def ask(self, _camera_id: str) -> None:
        self._is = True

    def taken(self) -> bool:
        was, self._is = self._is, False
        return was


class _Listening:
    """A rule, whose words to its episodes are written down."""

    def __init__(
        self, rule: Rule[Any], hearings: list[Hearing], *, night: bool, has_bursts: bool
    ) -> None:
        self._rule = rule
        self._hearings = hearings
        self._night = night
        self._has_bursts = has_bursts

    def initial(self) -> object:
        return self._rule.initial()

    def step(self, state: Any, observation: Observation, now: float) -> Step[Any]:
        step = self._rule.step(state, observation, now)
        if step.wants_burst and not self._has_bursts:
            raise ReplayError("it asks for a burst; its config must say so (looks_at_bursts)")
        self._hearings.append(Hearing(now, self._night, step.told))
        return step


def _watch(overheard: Overheard, camera: Camera, recording: Recording) -> ZoneWatch:
    def listening(config: ZoneRule, hours: Hours) -> Rule[Any]:
        rule = build(config, overheard.zone, camera, hours)
        if isinstance(rule, ObstructionRule):
            rule = replace(rule, stirs=recording.looks.stirs)
        night = config is overheard.config.night
        looks = config.looks_at_bursts
        has_bursts = looks is Burst.FULL or (looks is Burst.SMALL and recording.manifest.bursts)
        return _Listening(rule, overheard.hearings, night=night, has_bursts=has_bursts)

    hours = Hours(overheard.config.schedule, ANY_TIME)
    return ZoneWatch.of(overheard.zone, overheard.config, hours, listening)


def _models(recording: Recording) -> Mapping[str, LoadedModel]:
    return {
        name: LoadedModel(_Remembered(partial(recording.seen, name)), "recorded", names)
        for name, names in recording.manifest.models.items()
    }


class _Remembered:
    """A Detector that answers what was seen when the clip was recorded."""

    def __init__(self, seen: Callable[[float], Detections]) -> None:
        self._seen = seen

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        done(self._seen(frame.captured_at))
