"""Makes a recording of a clip: it is decoded once, and every model looks at every scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from configs.suite import SuiteClip
from detectors.chroma import Chroma
from detectors.detections import Detections
from detectors.pictures import Pictures, ReplayError
from detectors.replay import Replay
from detectors.tuning.recording import (
    BOXES,
    CLASSES,
    COUNTS,
    MANIFEST,
    PICTURES,
    SCORES,
    Manifest,
    ScanEntry,
)
from detectors.watched import LoadedModel
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health


def record(
    clip: SuiteClip,
    pictures: Pictures,
    models: Mapping[str, LoadedModel],
    folder: Path,
    *,
    phase: float,
    bursts: bool,
) -> None:
    """Write a recording into an empty folder, its first scan `phase` seconds after the first
    picture. `bursts`: with the small pictures in between.

    Raises:
        ReplayError: it cannot be played.
    """
    replay = Replay(pictures, clip.id, every=clip.every, first=phase)
    with (folder / PICTURES).open("wb") as file:
        sink = _Sink(file, models, replay, bursts=bursts)
        done = replay.run(sink)
    if sink.size is None:
        raise ReplayError(f"{clip.id} is over before its first scan")
    for name, array in sink.arrays().items():
        np.save(folder / name, array)
    manifest = Manifest(
        seconds=done.seconds,
        damaged=done.damaged,
        width=sink.size[0],
        height=sink.size[1],
        bursts=bursts,
        at=tuple(sink.at),
        between=tuple(sink.between),
        scans=tuple(sink.scans),
        models={name: models[name].names for name in models},
    )
    # Last: a folder without it is no recording.
    (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")


class _Sink:
    """A FrameSink that writes down what it is shown, and always wants the next burst."""

    def __init__(
        self, file: BinaryIO, models: Mapping[str, LoadedModel], replay: Replay, *, bursts: bool
    ) -> None:
        self.at: list[float] = []
        self.between: list[tuple[float, ...]] = []
        self.scans: list[ScanEntry] = []
        self.size: tuple[int, int] | None = None
        self._file = file
        self._models = models
        self._replay = replay
        self._bursts = bursts
        self._burst: Sequence[Frame] = ()
        self._seen: dict[str, list[Detections]] = {name: [] for name in models}

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self._burst = frames[:-1]  # the last one is the scan's own

    def scanned(self, frame: Frame, activity: Activity) -> None:
        self.between.append(tuple(each.captured_at for each in self._burst))
        for each in self._burst if self._bursts else ():
            self._write(each)
        self._burst = ()
        self._write(frame)
        self.size = frame.width, frame.height
        self.scans.append(
            ScanEntry(
                picture=len(self.at) - 1,
                changed=activity.changed,
                active=activity.active,
                light_change=activity.light_change,
                colour=frame.colour(),
            )
        )
        for name, model in self._models.items():
            model.detector.submit(frame.camera_id, frame, partial(self._keep, name))
        self._replay.request_burst(frame.camera_id)

    def health_changed(self, health: Health) -> None:
        pass

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """By the names of their files: how much every model saw in each scan, and all of it."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for model, seen in self._seen.items():
            parts = (Detections.empty(), *seen)
            arrays[COUNTS.format(model)] = np.array([len(each) for each in seen], np.int64)
            arrays[BOXES.format(model)] = np.concatenate([each.xyxy for each in parts])
            arrays[SCORES.format(model)] = np.concatenate([each.confidence for each in parts])
            arrays[CLASSES.format(model)] = np.concatenate([each.class_id for each in parts])
        return arrays

    def _keep(self, model: str, seen: Detections | None) -> None:
        if seen is None:
            raise ReplayError(f"{model} gave no answer")
        self._seen[model].append(seen)

    def _write(self, frame: Frame) -> None:
        colour = Chroma.of(frame)
        for plane in (colour.y, colour.cb, colour.cr):
            self._file.write(np.ascontiguousarray(plane).data)
        self.at.append(frame.captured_at)
