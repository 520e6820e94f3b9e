"""One stream or file watched by itself: rules tried out, with no command center and no outbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from configs.hardware import WHATEVER_IS_THERE, HardwareOfModels
from configs.town import Camera
from detectors.detections import Detections
from detectors.engine import Engine, EngineError, open_engine
from detectors.event import Event, EvidenceKind
from detectors.evidence import EvidenceMaker
from detectors.outbox import Evidence
from detectors.pictures import VideoFile
from detectors.pipeline import Pipeline
from detectors.rack import ModelRack
from detectors.replay import Replay, Replayed
from detectors.watched import LoadedModel
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import CameraState, Health
from ingest.shard import Shard
from models.store import ModelStore

Tell = Callable[[Event], None]
Say = Callable[[str], None]

_ENDINGS = {EvidenceKind.CLIP: ".mp4"}
_HOPELESS = frozenset({CameraState.OFFLINE, CameraState.UNAUTHORISED, CameraState.UNSUPPORTED})


class WatchError(Exception):
    """The stream cannot be watched; the message says why and what to do."""


class EngineNow:
    """A Detector that answers before it returns: a file waits for its detector."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        done(self._engine.infer([frame.bgr()])[0])


def watch_file(
    path: Path,
    camera: Camera,
    *,
    store: ModelStore,
    every: float,
    tell: Tell,
    say: Say,
    stop: threading.Event,
    save: Path | None = None,
    hardware: HardwareOfModels = WHATEVER_IS_THERE,
) -> Replayed:
    """Watch a file as fast as it decodes; `tell` gets its events, times counted from its start.

    Raises:
        ReplayError: it is no video file.
    """
    replay = Replay(VideoFile(path), camera.id, every=every, stop=stop.is_set)
    evidence = EvidenceMaker(_keeper(save), clock=lambda: 0.0)
    models = load_engines(store, models_of(camera), say, hardware=hardware)
    pipeline = _pipeline(tell, evidence, models, lambda: replay.at)
    pipeline.attach(replay)
    pipeline.add(camera)
    evidence.start()
    try:
        return replay.run(pipeline)
    finally:
        evidence.stop()


def watch_stream(
    camera: Camera,
    password: SecretStr | None,
    *,
    store: ModelStore,
    tell: Tell,
    say: Say,
    stop: threading.Event,
    seconds: float | None = None,
    save: Path | None = None,
    hardware: HardwareOfModels = WHATEVER_IS_THERE,
) -> int:
    """Watch a stream until `stop` or for `seconds`; the number of pictures looked at.

    Raises:
        WatchError: it could not be opened at all. Later failures are said, and tried again.
    """
    rack = ModelRack(store, hardware=hardware)
    rack.load(models_of(camera))
    _say_missing(store, rack.missing, say)
    evidence = EvidenceMaker(_keeper(save), clock=time.time, people_in=rack.people_in)
    pipeline = _pipeline(tell, evidence, rack.models, time.time)
    eye = _Eye(pipeline, say, stop)
    secret = password.get_secret_value() if password is not None else None
    shard = Shard(eye, password_of=lambda _camera: secret)
    pipeline.attach(shard)
    pipeline.add(camera)
    evidence.start()
    shard.add(camera)
    shard.start()
    stop.wait(seconds)
    shard.stop()
    evidence.stop()
    rack.stop()
    if not eye.was_online:
        raise WatchError(f"{camera.url}: {eye.trouble or 'no picture came in this time'}")
    return pipeline.stats().scans


class _Eye:
    """A FrameSink before the pipeline: says how the stream is, gives up on a hopeless one."""

    def __init__(self, pipeline: Pipeline, say: Say, stop: threading.Event) -> None:
        self.was_online = False
        self.trouble = ""
        self._pipeline = pipeline
        self._say = say
        self._stop = stop

    def scanned(self, frame: Frame, activity: Activity) -> None:
        self._pipeline.scanned(frame, activity)

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self._pipeline.burst_decoded(camera_id, frames)

    def health_changed(self, health: Health) -> None:
        self._pipeline.health_changed(health)
        if health.state is CameraState.ONLINE:
            self.was_online = True
            self._say(health.reason or "the stream is there")
        elif health.state in _HOPELESS and not self.was_online:
            self.trouble = f"{health.state}: {health.reason}"
            self._stop.set()
        elif health.state is not CameraState.CONNECTING:
            self._say(f"{health.state}: {health.reason}; trying again")


def models_of(camera: Camera) -> tuple[str, ...]:
    """The models that a camera's rules name, sorted."""
    return tuple(sorted(camera.models))


def _pipeline(
    tell: Tell,
    evidence: EvidenceMaker,
    models: Mapping[str, LoadedModel],
    clock: Callable[[], float],
) -> Pipeline:
    return Pipeline(
        "watch", record=tell, evidence=evidence, models=models, epoch=lambda: 0, clock=clock
    )


def load_engines(
    store: ModelStore,
    names: Iterable[str],
    say: Say,
    *,
    hardware: HardwareOfModels = WHATEVER_IS_THERE,
) -> dict[str, LoadedModel]:
    """Those models that are there and run, each answering at once; `say` hears of the others."""
    wanted = sorted(set(names))
    _say_missing(store, store.missing(wanted), say)
    loaded = {}
    for name in wanted:
        weights = store.find(name)
        if weights is None:
            continue
        card = store.card(name)
        try:
            engine = open_engine(card, weights, hardware=hardware.of(name))
        except EngineError as error:
            say(f"{error}: the classical method alone is used")
            continue
        if hardware.of(name).asked_for not in {None, engine.provider}:
            say(f"{name} runs on {engine.provider.value}: {'; '.join(engine.passed_over)}")
        loaded[name] = LoadedModel(EngineNow(engine), card.fingerprint, engine.names)
    return loaded


def _say_missing(store: ModelStore, missing: Iterable[str], say: Say) -> None:
    for name in missing:
        say(f"{store.explain(name)}: the classical method alone is used")


def _keeper(folder: Path | None) -> Callable[[Evidence], None]:
    if folder is None:
        return lambda _evidence: None
    folder.mkdir(parents=True, exist_ok=True)

    def keep(evidence: Evidence) -> None:
        ending = _ENDINGS.get(evidence.kind, ".jpg")
        (folder / f"{evidence.event_id}-{evidence.kind.value}{ending}").write_bytes(evidence.data)

    return keep
