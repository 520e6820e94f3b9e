"""A pipeline whose rules, detector, clock and disk are the test's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Barrier

from configs.rules import GatheringConfig, ObstructionConfig, ZoneRule
from configs.town import Camera, Zone
from detectors.detections import Detections
from detectors.event import Box, Event, Method, Phase
from detectors.event_id import compose
from detectors.evidence import EvidenceMaker
from detectors.hours import Hours
from detectors.outbox import Evidence
from detectors.pipeline import Pipeline
from detectors.rules.rule import Finding, Observation, Rule, Step
from detectors.town_wide import TownWide
from detectors.watched import LoadedModel, Sight
from ingest.clip import Clip
from ingest.frame import Frame
from tests.detectors.pictures import ACTIVE, STILL, frame_at

NOW = 1_790_000_000.0
OBSTRUCTION = ObstructionConfig(rule="obstruction", model="eyes")
GATHERING = GatheringConfig(rule="gathering", model="eyes")
SMOKE = Box(x1=0.1, y1=0.1, x2=0.5, y2=0.5, label="thing", confidence=0.9)


def finding(phase: Phase = Phase.OPENED, method: Method = Method.BACKGROUND) -> Finding:
    return Finding("lane_blocked", phase, compose(1, 1), NOW - 60, 0.9, method, (SMOKE,))


@dataclass
class Script:
    """A rule that answers as the test says and remembers what it was shown."""

    answer: Callable[[Observation], Step[int]] = lambda _seen: Step(0)
    seen: list[Observation] = field(default_factory=list)
    states: list[int] = field(default_factory=list)

    def initial(self) -> int:
        return 0

    def step(self, state: int, observation: Observation, now: float) -> Step[int]:
        assert now == observation.frame.captured_at
        self.seen.append(observation)
        self.states.append(state)
        return self.answer(observation)


@dataclass
class Eyes:
    """A detector that answers when the test says so."""

    asked: list[Callable[[Detections | None], None]] = field(default_factory=list)

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        self.asked.append(done)


class CrossedEyes(Eyes):
    """Answers each of two cameras from the other's `submit`, when both are in it."""

    def __init__(self) -> None:
        super().__init__()
        self.both = Barrier(2)

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        self.asked.append(done)
        self.both.wait(5.0)
        next(other for other in self.asked if other is not done)(None)


@dataclass
class NoFootage:
    bursts: list[str] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        self.cuts.append((start, end))
        return None

    def request_burst(self, camera_id: str) -> None:
        self.bursts.append(camera_id)


class Bench:
    """A pipeline on which rules, detector, clock and outbox are the test's own."""

    def __init__(self, scripts: Sequence[Script], *, floor: float = 0.0) -> None:
        self.now = NOW
        self.recorded: list[Event] = []
        self.disk_trouble: Exception | None = None
        self.seen_trouble: Exception | None = None
        self.kept: list[Evidence] = []
        self.eyes = Eyes()
        self.models = {"eyes": LoadedModel(self.eyes, "0123456789ab", ("person", "car"))}
        self.footage = NoFootage()
        self.built: list[ZoneRule] = []
        self.scripts = iter(scripts)
        self.evidence = EvidenceMaker(self.kept.append, clock=lambda: self.now)
        self.pipeline = Pipeline(
            "shard-0",
            record=self._record,
            evidence=self.evidence,
            models=self.models,
            epoch=lambda: 5,
            clock=lambda: self.now,
            town=TownWide(confidence_floor=floor, timezone="UTC", catalogue_version="2026.1"),
            seen=self._seen,
            build_rule=self._build,
        )
        self.pipeline.attach(self.footage)

    def _record(self, event: Event) -> None:
        if self.disk_trouble is not None:
            raise self.disk_trouble
        self.recorded.append(event)

    def _seen(self, _camera: Camera, _sight: Sight) -> None:
        if self.seen_trouble is not None:
            raise self.seen_trouble

    def _build(self, config: ZoneRule, _zone: Zone, _camera: Camera, _hours: Hours) -> Rule[int]:
        self.built.append(config)
        return next(self.scripts)

    def show(self, at: float, camera_id: str = "lane-1", *, active: bool = False) -> None:
        self.pipeline.scanned(frame_at(camera_id, at), ACTIVE if active else STILL)


def tell(
    *findings: Finding, wants_burst: bool = False, wants_detections: bool = False
) -> Callable[[Observation], Step[int]]:
    return lambda _seen: Step(0, findings, wants_burst, wants_detections)
