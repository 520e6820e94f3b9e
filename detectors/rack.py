"""The models that are loaded in this process, each behind its batcher."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import structlog

from configs.hardware import WHATEVER_IS_THERE, Hardware, HardwareOfModels
from detectors.batching import Batcher, BatcherStats
from detectors.detections import Detections
from detectors.engine import EngineError, PlacedEngine, open_engine
from detectors.watched import LoadedModel
from ingest.frame import Frame
from models.store import ModelStore

log = structlog.get_logger(__name__)

ANSWER_WITHIN = 3.0
"""Seconds that a snapshot waits to learn where people are, before it does without: an operator has
60 s for a fire, and the batcher answers within 2 s or drops the picture."""


class ModelRack:
    """Loads models by the names of their cards. Not for several threads at once."""

    def __init__(
        self, store: ModelStore, *, hardware: HardwareOfModels = WHATEVER_IS_THERE
    ) -> None:
        self._store = store
        self._hardware = hardware
        self._refused: dict[str, int] = {}
        """Models whose weights are there and do not run, by when the weights were written."""
        self._loaded: dict[str, LoadedModel] = {}
        self._batchers: dict[str, Batcher] = {}
        self._missing: frozenset[str] = frozenset()
        self._for_rules: set[str] = set()

    @property
    def models(self) -> Mapping[str, LoadedModel]:
        """What is loaded; the view grows as more is."""
        return MappingProxyType(self._loaded)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names that were asked for and cannot be used, sorted."""
        return tuple(sorted(self._missing))

    def load(self, names: Iterable[str], *, beside: Iterable[str] = ()) -> None:
        """Load those that are not loaded; one that is missing or does not run is said, loudly.

        `beside`: those that shadows alone ask for; snapshots are made as if they were not there.
        """
        names = set(names)
        self._for_rules |= names
        self._load_all(names | set(beside))

    def _load_all(self, names: Iterable[str]) -> None:
        for name in sorted(set(names) - self._loaded.keys() - self._missing):
            try:
                self._load(name)
            except EngineError as error:
                self._gone(name, str(error))
            except Exception as error:  # noqa: BLE001 no model is worth a camera, or the shard
                self._gone(name, f"{type(error).__name__}: {error}")

    def look_again(self) -> None:
        """Load what was missing and has come meanwhile, silently where it has not."""
        come = {name for name in self._missing if self._has_come(name)}
        self._missing = self._missing - come
        self._load_all(come)

    def people_in(self, frame: Frame) -> Detections | None:
        """Where people are, by whichever model knows; None when none does or answers in time."""
        loaded = (m for name, m in self._loaded.items() if name in self._for_rules)
        knows = next((m for m in loaded if "person" in m.names), None)
        if knows is None:
            return None
        answered = threading.Event()
        answer: list[Detections | None] = []

        def done(detections: Detections | None) -> None:
            answer.append(detections)
            answered.set()

        # Under another name than the camera's: a batcher keeps one picture a camera.
        knows.detector.submit(f"{frame.camera_id}#evidence", frame, done)
        return answer[0] if answered.wait(ANSWER_WITHIN) else None

    def stats(self) -> dict[str, BatcherStats]:
        """Model → what it has done so far. Any thread may call."""
        return {name: batcher.stats() for name, batcher in tuple(self._batchers.items())}

    def stop(self) -> None:
        for batcher in self._batchers.values():
            batcher.stop()

    def _load(self, name: str) -> None:
        weights = self._store.find(name)
        if weights is None:
            self._gone(name, self._store.explain(name))
            return
        card, hardware = self._store.card(name), self._hardware.of(name)
        self._refused[name] = weights.stat().st_mtime_ns
        engine = open_engine(card, weights, hardware=hardware)
        del self._refused[name]
        _say_other_hardware(engine, hardware)
        if card.licence_warning is not None:
            log.warning("model.licence", model=name, licence=card.licence_warning)
        batcher = Batcher(engine)
        batcher.start()
        self._batchers[name] = batcher
        self._loaded[name] = LoadedModel(batcher, card.fingerprint, engine.names, batcher.is_idle)
        log.info("model.loaded", model=name, version=card.version, on=engine.provider.value)

    def _has_come(self, name: str) -> bool:
        """Whether there are weights that were not refused already."""
        try:
            weights = self._store.find(name)
            return weights is not None and self._refused.get(name) != weights.stat().st_mtime_ns
        except OSError:
            return False

    def _gone(self, name: str, why: str) -> None:
        self._missing = self._missing | {name}  # a heartbeat may be reading the old one
        log.error(
            "model.missing",
            model=name,
            why=why,
            what_was_done="its rules work by their classical methods",
        )


def _say_other_hardware(engine: PlacedEngine, hardware: Hardware) -> None:
    if hardware.asked_for not in {None, engine.provider}:
        log.warning(
            "model.on_other_hardware",
            model=engine.card.name,
            on=engine.provider.value,
            why="; ".join(engine.passed_over),
        )
