"""The pictures of a clip: of a file or a drawn scene, a part of it, once or in a loop."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import av

from configs.suite import SuiteClip
from detectors.pictures import Picture, Pictures, ReplayError, VideoFile
from ingest.farm.scenes import PERIOD, SCENES, render
from ingest.farm.scenes.scene import times

SCENE_FPS = 15.0
"""Pictures a second of a drawn scene: what the farm sends."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def footage_of(clip: SuiteClip, folder: Path) -> Pictures:
    """What a clip shows; `folder` is the suite's. Drawn scenes are drawn as they are looked at.

    Raises:
        ReplayError: there is no such scene, or an environment variable is not set. A file is
            opened when it is played.
    """
    if clip.scene is not None:
        part: Pictures = Drawn(drawn_name(clip.scene), clip.start, clip.length or PERIOD)
    else:
        part = VideoFile(file_of(clip, folder))
        if clip.start or clip.length is not None:
            part = Part(part, clip.start, clip.length)
    return Loop(part, clip.repeat) if clip.repeat > 1 else part


def file_of(clip: SuiteClip, folder: Path) -> Path:
    """Where the file of a clip lies.

    Raises:
        ReplayError: an environment variable in it is not set.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if not found:
            raise ReplayError(f"{clip.file}: {match[1]} is not set; set it to the folder it means")
        return found

    return folder / _VARIABLE.sub(value, clip.file or "")


def unset_variables(clips: Iterable[SuiteClip]) -> dict[str, tuple[str, ...]]:
    """Environment variables that are not set, and the files of clips that lie where they say."""
    files: dict[str, tuple[str, ...]] = {}
    for clip in clips:
        for name in _VARIABLE.findall(clip.file or ""):
            if not os.environ.get(name):
                files[name] = (*files.get(name, ()), clip.file or "")
    return files


def drawn_name(scene: str) -> str:
    """The name of a scene that there is.

    Raises:
        ReplayError: there is none of that name.
    """
    if scene not in SCENES:
        raise ReplayError(f"there is no scene {scene!r}; there are {', '.join(SCENES)}")
    return scene


class Drawn:
    """A part of a drawn scene, from `start` on. Not coded: what a camera's coding loses is here."""

    damaged = 0

    def __init__(self, scene: str, start: float, seconds: float) -> None:
        self._scene = scene
        self._start = start
        self._seconds = seconds

    def __iter__(self) -> Iterator[Picture]:
        for at in times(SCENE_FPS, 0.0, self._seconds):
            yield at, partial(_drawn, self._scene, self._start + at)


def _drawn(scene: str, second: float) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(render(scene, second), format="bgr24")
    return picture.reformat(format="yuv420p")


class Part:
    """From second `start` of other pictures on, `seconds` of them; None: to their end."""

    def __init__(self, pictures: Pictures, start: float, seconds: float | None) -> None:
        self._pictures = pictures
        self._start = start
        self._end = float("inf") if seconds is None else start + seconds

    @property
    def damaged(self) -> int:
        return self._pictures.damaged

    def __iter__(self) -> Iterator[Picture]:
        any_picture, last = False, 0.0
        for at, shown in self._pictures:
            if at >= self._end:
                break
            last = at
            if at >= self._start:
                any_picture = True
                yield at - self._start, shown
        if not any_picture:
            raise ReplayError(f"starts at {self._start:g} s, and its source ends at {last:.1f} s")


class Loop:
    """Other pictures several times, one after the other, in one time."""

    def __init__(self, pictures: Pictures, rounds: int) -> None:
        self._pictures = pictures
        self._rounds = rounds

    @property
    def damaged(self) -> int:
        return self._pictures.damaged

    def __iter__(self) -> Iterator[Picture]:
        begin = 0.0
        for _ in range(self._rounds):
            last = step = 0.0
            for at, shown in self._pictures:
                step, last = at - last, at
                yield begin + at, shown
            begin += last + step
