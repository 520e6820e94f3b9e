"""One shard as the product runs it, in a process of its own, watched while it works."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import BaseModel

from command_center.bench.apart import Done, Order, answer_orders
from command_center.bench.detector import DetectorUsage, TimedDetector
from command_center.bench.looks import Watching
from command_center.bench.meter import resident_bytes
from configs.town import Camera
from detectors.evidence import EvidenceMaker
from detectors.heap import give_memory_back
from detectors.outbox import Outbox
from detectors.pipeline import Pipeline
from ingest.health import CameraState
from ingest.shard import Shard
from ingest.source import Drop

NOT_LOST = frozenset({Drop.SUPERSEDED})
"""Pictures that a newer one of the same camera replaced in the queue were received whole and lie in
the ring. A camera that is scanned too seldom for it shows in the intervals."""


class ShardPlan(BaseModel):
    """Cameras of one shard. `ring_bytes` for all of them; `detector`: a model card's name."""

    name: str
    cameras: list[Camera]
    ring_bytes: int
    decode_threads: int = 1
    detector: str | None = None
    models_dir: Path | None = None


class Online(BaseModel):
    """How many cameras deliver."""

    online: int


class ShardUsage(BaseModel):
    """What a shard did between BEGIN and END. CPU in seconds, memory in bytes."""

    cameras: int
    online: int
    seconds: float
    cpu: float
    stages: dict[str, float]
    intervals: list[float]
    lags: list[float]
    scans: int
    active: int
    units: int
    drops: dict[str, int]
    """Pictures that were not used, by reason."""
    packets: int
    packets_dropped: dict[str, int]
    grown_bytes: int
    """Resident memory over the same process before its first camera, ring included."""
    ring_bytes: int
    detector: DetectorUsage | None = None


def serve(plan: ShardPlan, pipe: Connection) -> None:
    """The child's whole life: watch the cameras, and answer."""
    give_memory_back()
    with tempfile.TemporaryDirectory() as folder:
        watched = _Watched(plan, Path(folder))
        watched.start()
        try:
            answer_orders(
                pipe,
                {Order.LOOK: watched.look, Order.BEGIN: watched.begin, Order.END: watched.end},
            )
        finally:
            watched.stop()


class _Watched:
    """A shard as `detectors.worker` builds it: pipeline, rules, evidence, outbox. Not its ticks (no
    episode ends by the clock alone), heartbeats and delivery: there is no command center."""

    def __init__(self, plan: ShardPlan, folder: Path) -> None:
        self._cameras = plan.cameras
        self._outbox = Outbox(folder / "outbox.db", clock=time.time)
        self._evidence = EvidenceMaker(self._outbox.append_evidence, clock=time.time)
        self._detector = (
            TimedDetector(plan.detector, plan.models_dir, clock=time.time)
            if plan.detector is not None and plan.models_dir is not None
            else None
        )
        self._pipeline = Pipeline(
            plan.name,
            record=self._outbox.append,
            evidence=self._evidence,
            models={plan.detector: self._detector.loaded()}
            if self._detector is not None and plan.detector is not None
            else {},
            epoch=lambda: 1,
            clock=time.time,
        )
        self._watching = Watching(self._pipeline, clock=time.time)
        self._shard = Shard(
            self._watching, ring_bytes=plan.ring_bytes, decode_threads=plan.decode_threads
        )
        self._pipeline.attach(self._shard)
        self._empty = resident_bytes()
        self._begun = _Sum.of(self)

    def start(self) -> None:
        self._evidence.start()
        if self._detector is not None:
            self._detector.start()
        for camera in self._cameras:
            self._pipeline.add(camera)
            self._shard.add(camera)
        self._shard.start()

    def stop(self) -> None:
        self._shard.stop()
        self._evidence.stop()
        if self._detector is not None:
            self._detector.stop()
        self._outbox.close()

    def look(self) -> Online:
        states = (self._shard.health(camera.id).state for camera in self._cameras)
        return Online(online=sum(state is CameraState.ONLINE for state in states))

    def begin(self) -> Done:
        self._watching.begin()
        if self._detector is not None:
            self._detector.begin()
        self._begun = _Sum.of(self)
        return Done()

    def end(self) -> ShardUsage:
        before, now = self._begun, _Sum.of(self)
        looked = self._watching.end([camera.id for camera in self._cameras])
        detector = self._detector.end() if self._detector is not None else None
        stages = {stage: cpu - before.stages[stage] for stage, cpu in now.stages.items()}
        if detector is not None:
            stages["detector"] = detector.cpu
        whole = now.cpu - before.cpu
        return ShardUsage(
            cameras=len(self._cameras),
            online=self.look().online,
            seconds=now.wall - before.wall,
            cpu=whole,
            stages=stages | {"other": max(0.0, whole - sum(stages.values()))},
            intervals=looked.intervals,
            lags=looked.lags,
            scans=len(looked.lags),
            active=looked.active,
            units=now.units - before.units,
            drops={str(reason): n for reason, n in (now.drops - before.drops).items()},
            packets=now.packets - before.packets,
            packets_dropped={
                str(reason): n
                for reason, n in (now.packets_dropped - before.packets_dropped).items()
            },
            grown_bytes=resident_bytes() - self._empty,
            ring_bytes=self._shard.stats().ring_bytes,
            detector=detector,
        )

    @property
    def pipeline(self) -> Pipeline:
        return self._pipeline

    @property
    def shard(self) -> Shard:
        return self._shard


class _Sum:
    """Everything up to a moment."""

    def __init__(self, watched: _Watched) -> None:
        stats = watched.shard.stats()
        self.wall = time.monotonic()
        self.cpu = time.process_time()
        self.stages = {
            "read": stats.cpu.read,
            "decode": stats.cpu.decode,
            "gate": stats.cpu.gate,
            "rules": watched.pipeline.stats().rule_seconds,
        }
        self.units = sum(camera.units for camera in stats.cameras.values())
        self.packets = sum(camera.packets for camera in stats.cameras.values())
        self.drops: Counter[Drop] = Counter()
        self.packets_dropped: Counter[Drop] = Counter()
        for camera in stats.cameras.values():
            self.drops.update(camera.drops)
            self.packets_dropped.update(camera.packets_dropped)

    @classmethod
    def of(cls, watched: _Watched) -> _Sum:
        return cls(watched)
