"""Finds or makes what each camera plays; cameras that play the same share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.farm.camera import FarmCamera, coding_for
from ingest.farm.clip import ClipError, Progress, load_clip
from ingest.farm.drawing import DrawnLoop
from ingest.farm.scenes import SCENES, scene
from ingest.farm.scenes.lens import HEIGHT, WIDTH
from ingest.farm.source import Source

SCENE_FPS = 15.0
"""Pictures a second of a scene, unless asked otherwise."""


class SourceShelf:
    """Makes each distinct source once: a hundred cameras on one clip hold it in memory once."""

    def __init__(
        self, *, cache: Path | None, progress: Progress, clock: Callable[[], float]
    ) -> None:
        self._cache = cache
        self._progress = progress
        self._clock = clock
        self._made: dict[FarmCamera, Source] = {}

    def source_for(self, camera: FarmCamera) -> Source:
        """What the camera plays.

        Raises:
            ClipError: the clip cannot be played, or `source` is neither a clip nor a scene.
        """
        drawn = str(camera.source) in SCENES
        key = _what_is_played(camera, drawn=drawn)
        if key not in self._made:
            self._made[key] = self._drawn(camera) if drawn else self._clip(camera)
        return self._made[key]

    def _drawn(self, camera: FarmCamera) -> Source:
        coding = coding_for(camera, WIDTH, HEIGHT, SCENE_FPS)
        name = str(camera.source)
        self._progress(name, 0.0)
        loop = DrawnLoop(scene(name), coding, camera.label or camera.name, clock=self._clock)
        self._progress(name, 1.0)
        return loop

    def _clip(self, camera: FarmCamera) -> Source:
        if isinstance(camera.source, str) and not Path(camera.source).is_file():
            raise ClipError(
                f"{camera.name}: {camera.source!r} is neither a clip file nor a scene; "
                f"scenes are {', '.join(SCENES)}"
            )
        return load_clip(camera, cache=self._cache, progress=self._progress)


def _what_is_played(camera: FarmCamera, *, drawn: bool) -> FarmCamera:
    """The camera without what does not change its pictures."""
    label = (camera.label or camera.name) if drawn else None
    return replace(
        camera,
        name="",
        label=label,
        username=None,
        password=None,
        schemes=(),
        faults=(),
        head_start=0.0,
    )
