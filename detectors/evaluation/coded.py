"""A clip as a camera would send it: coded anew, 15 pictures a second, a keyframe every 2 s."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.frame import PictureType

from detectors.evaluation.footage import footage_of
from detectors.evaluation.isolated import Task
from detectors.pictures import Picture, Pictures, ReplayError
from ingest.farm.camera import BITS_PER_PIXEL, Coding
from ingest.farm.encoder import ENCODERS, configure, frame_rate

FPS = 15.0
_PRESET = "veryfast"
_HALF = 0.499
"""Part of a picture's time by which it may come early: just under the middle between two."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A clip that a farm can send as it is, and how long it lasts."""

    path: Path
    seconds: float


def coded(task: Task) -> Coded:
    """Code a task's clip into the folder where it is to be kept.

    Raises:
        ReplayError: it cannot be played, or there is no folder to keep it in.
    """
    if task.kept is None:
        raise ReplayError("there is no folder for what is coded")
    target = task.kept / f"{task.case.clip.id}.mp4"
    count = encode(footage_of(task.case.clip, task.case.folder), target)
    return Coded(target, count / FPS)


def encode(pictures: Pictures, target: Path) -> int:
    """Code pictures as a camera's sub stream, in their own size; how many there were."""
    count, stream, coding = 0, None, None
    with av.open(str(target), "w", format="mp4") as output:
        for _, shown in _steady(pictures):
            picture = shown()
            if stream is None or coding is None:
                coding = _coding(picture.width, picture.height)
                rate = frame_rate(coding)
                stream = cast("av.VideoStream", output.add_stream(ENCODERS[coding.codec], rate))
                configure(stream.codec_context, coding, preset=_PRESET)
            # A copy: a picture that stands for two moments has two times.
            sized = picture.reformat(coding.width, coding.height, format="yuv420p")
            whole = av.VideoFrame.from_ndarray(sized.to_ndarray(), format="yuv420p")
            whole.pts, whole.time_base = count, Fraction(1, round(FPS))
            whole.pict_type = PictureType.NONE
            output.mux(stream.encode(whole))
            count += 1
        if stream is not None:
            output.mux(stream.encode(None))
    return count


def _coding(width: int, height: int) -> Coding:
    width, height = width - width % 2, height - height % 2
    return Coding(
        width=width, height=height, fps=FPS, bitrate=round(BITS_PER_PIXEL * width * height * FPS)
    )


def _steady(pictures: Pictures) -> Iterator[Picture]:
    """The pictures at a steady rate: doubled where they are slower, left out where faster."""
    made = 0
    for at, shown in pictures:
        while made / FPS < at + _HALF / FPS:
            yield made / FPS, shown
            made += 1
