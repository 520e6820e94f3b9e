"""Clips as live streams: the farm serves each as a camera, a real shard watches them all at once.

What a file cannot show is in it: RTSP, the ring, keyframes as the only cheap pictures, scans that
come when the shard has time, detectors that answer in batches. A clip takes its own time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from configs.load import shipped_catalogue
from configs.town import Camera
from detectors.evaluation.case import Case, models_named
from detectors.evaluation.coded import Coded
from detectors.evaluation.notebook import Notebook
from detectors.evaluation.played import Failed, Outcome, Played
from detectors.evaluation.player import refuse_broken
from detectors.evaluation.truth import as_played
from detectors.event import Event
from detectors.evidence import EvidenceMaker
from detectors.outbox import Evidence
from detectors.pictures import ReplayError
from detectors.pipeline import NO_TOWN, Pipeline
from detectors.rack import ModelRack
from detectors.watched import Sight
from ingest.farm import Farm, FarmCamera
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health
from ingest.shard import Shard
from models.store import ModelStore

PATIENCE = 30.0
"""Seconds for a stream to begin, and by which it may end late: what takes longer is lost."""
_LOOK = 0.2
"""Seconds between looks at which streams are over."""


@dataclass(slots=True, eq=False)
class _Stream:
    """One clip on the air. `begin` is its first scan's capture, Unix seconds."""

    case: Case
    seconds: float
    notebook: Notebook
    begin: float | None = None
    scans: int = 0
    over: bool = False
    trouble: str = ""
    why: str = ""
    """How its camera is, where it is not well."""


def play_live(
    clips: Sequence[tuple[Case, Coded]],
    store: ModelStore | None,
    *,
    stop: threading.Event,
    over: Callable[[Case], None] = lambda _case: None,
) -> tuple[tuple[Case, Outcome], ...]:
    """Play these clips, all at once, each once; `over` hears of each that ends. Without a store
    the classical methods play alone."""
    streams = {case.camera.id: _Stream(case, it.seconds, Notebook(case)) for case, it in clips}
    rack = ModelRack(store) if store is not None else None
    if rack is not None:
        rack.load(models_named(case for case, _ in clips))
    audience = _Audience(streams)
    evidence = EvidenceMaker(
        audience.keep, clock=time.time, people_in=rack.people_in if rack is not None else None
    )
    audience.pipeline = pipeline = Pipeline(
        "evaluation",
        record=audience.record,
        evidence=evidence,
        models=rack.models if rack is not None else {},
        epoch=lambda: 0,
        clock=time.time,
        town=NO_TOWN.model_copy(update={"catalogue_version": shipped_catalogue().version}),
        seen=audience.seen,
    )
    shard = Shard(audience)
    pipeline.attach(shard)
    with Farm([FarmCamera(case.camera.id, it.path) for case, it in clips]) as farm:
        for case, _ in clips:
            camera = case.camera.model_copy(update={"url": farm.url(case.camera.id)})
            pipeline.add(camera)
            shard.add(camera)
        evidence.start()
        shard.start()
        _wait(streams, shard, stop, over)
        shard.stop()
        if rack is not None:
            rack.stop()
        evidence.stop()
    return tuple((stream.case, _outcome(stream)) for stream in streams.values())


def _wait(
    streams: Mapping[str, _Stream],
    shard: Shard,
    stop: threading.Event,
    over: Callable[[Case], None],
) -> None:
    """Until every stream is over, or has had its time."""
    began, waiting = time.time(), dict(streams)
    while waiting and not stop.wait(_LOOK):
        now = time.time()
        for camera_id, stream in tuple(waiting.items()):
            late = now - (stream.begin or began) > PATIENCE + (
                stream.seconds if stream.begin else 0
            )
            if late:
                stream.trouble = f"it did not come, or not to its end: {stream.why or 'no reason'}"
            if late or stream.over or stream.trouble:
                shard.remove(camera_id)
                del waiting[camera_id]
                over(stream.case)


def _outcome(stream: _Stream) -> Outcome:
    case = stream.case
    try:
        if stream.trouble or not stream.over:
            raise ReplayError(stream.trouble or "it was stopped before its end")
        as_played(case.truths, stream.seconds)
    except ReplayError as error:
        return Failed(case.clip.id, 0.0, str(error))
    notebook = stream.notebook
    return Played(
        case.clip.id,
        0.0,
        stream.seconds,
        stream.scans,
        0,
        notebook.openings,
        notebook.views,
        notebook.nights.spans,
    )


class _Audience:
    """A FrameSink before the pipeline: knows when each stream began, and hears no more of it once
    its clip has been played, for the farm would begin it again."""

    pipeline: Pipeline

    def __init__(self, streams: Mapping[str, _Stream]) -> None:
        self._streams = streams

    def scanned(self, frame: Frame, activity: Activity) -> None:
        stream = self._streams[frame.camera_id]
        if stream.begin is None:
            stream.begin = stream.notebook.begin = frame.captured_at
        if frame.captured_at - stream.begin >= stream.seconds:
            stream.over = True
            return
        stream.scans += 1
        self.pipeline.scanned(frame, activity)
        try:
            refuse_broken(self.pipeline, frame.camera_id)
        except ReplayError as error:
            stream.trouble = str(error)

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self.pipeline.burst_decoded(camera_id, frames)

    def health_changed(self, health: Health) -> None:
        self._streams[health.camera_id].why = health.reason
        self.pipeline.health_changed(health)

    def record(self, event: Event) -> None:
        self._streams[event.data.camera_id or ""].notebook.record(event)

    def keep(self, evidence: Evidence) -> None:
        self._streams[evidence.camera_id].notebook.keep(evidence)

    def seen(self, camera: Camera, sight: Sight) -> None:
        self._streams[camera.id].notebook.seen(camera, sight)
