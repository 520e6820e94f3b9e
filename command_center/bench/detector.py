"""A detector with a stopwatch: what it costs, how long answers take, what is dropped and why."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel

from command_center.bench.spread import Spread, spread_of
from detectors.batching import Batcher
from detectors.detections import Detections
from detectors.engine import Engine, open_engine
from detectors.engine.protocol import Picture
from detectors.watched import LoadedModel
from ingest.frame import Frame
from models.card import ModelCard
from models.store import ModelStore


class DetectorUsage(BaseModel):
    """What a detector did in a window. `latencies`: seconds from a picture's capture until it was
    answered with detections; `dropped`: pictures answered with nothing, by reason."""

    asked: int = 0
    answered: int = 0
    dropped: dict[str, int] = {}
    cpu: float = 0.0
    latencies: list[float] = []

    def latency(self) -> Spread:
        return spread_of(self.latencies)

    def plus(self, other: DetectorUsage) -> DetectorUsage:
        reasons = self.dropped.keys() | other.dropped.keys()
        return DetectorUsage(
            asked=self.asked + other.asked,
            answered=self.answered + other.answered,
            dropped={r: self.dropped.get(r, 0) + other.dropped.get(r, 0) for r in sorted(reasons)},
            cpu=self.cpu + other.cpu,
            latencies=[*self.latencies, *other.latencies],
        )


class _TimedEngine:
    """An engine that counts the CPU of the thread that calls it, which does all of its work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.cpu = 0.0

    @property
    def card(self) -> ModelCard:
        return self._engine.card

    @property
    def names(self) -> tuple[str, ...]:
        return self._engine.names

    @property
    def batches(self) -> bool:
        return self._engine.batches

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        began = time.thread_time()
        try:
            return self._engine.infer(pictures)
        finally:
            self.cpu += time.thread_time() - began


class TimedDetector:
    """A batcher as a shard has it, watched from outside. Any thread may call."""

    def __init__(self, name: str, models_dir: Path, *, clock: Callable[[], float]) -> None:
        """Load the model of this name.

        Raises:
            ModelError, EngineError: it is not there, or does not run; the message says what to do.
        """
        store = ModelStore(models_dir)
        card = store.card(name)
        self._engine = _TimedEngine(open_engine(card, models_dir / card.file))
        self._batcher = Batcher(self._engine)
        self._version = card.fingerprint
        self._clock = clock
        self._lock = threading.Lock()
        self._latencies: list[float] = []
        self._before = DetectorUsage()

    def start(self) -> None:
        self._batcher.start()

    def stop(self) -> None:
        self._batcher.stop()

    def loaded(self) -> LoadedModel:
        return LoadedModel(self, self._version, self._engine.names)

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        def answered(detections: Detections | None) -> None:
            if detections is not None:
                with self._lock:
                    self._latencies.append(self._clock() - frame.captured_at)
            done(detections)

        self._batcher.submit(camera_id, frame, answered)

    def begin(self) -> None:
        """Count from now on."""
        self._before = self._up_to_now()
        with self._lock:
            self._latencies = []

    def end(self) -> DetectorUsage:
        """What was done since `begin`."""
        now, before = self._up_to_now(), self._before
        with self._lock:
            latencies = list(self._latencies)
        return DetectorUsage(
            asked=now.asked - before.asked,
            answered=now.answered - before.answered,
            dropped={r: n - before.dropped.get(r, 0) for r, n in now.dropped.items()},
            cpu=now.cpu - before.cpu,
            latencies=latencies,
        )

    def _up_to_now(self) -> DetectorUsage:
        stats = self._batcher.stats()
        return DetectorUsage(
            asked=stats.submitted,
            answered=stats.inferred,
            dropped={str(reason): count for reason, count in stats.dropped.items()},
            cpu=self._engine.cpu,
        )
