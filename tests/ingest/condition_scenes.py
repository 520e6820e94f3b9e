"""Pictures for the judges of a camera's picture, with a clock of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.condition.picture import PictureCondition, Trouble
from ingest.frame import Frame, small_grey

Picture = NDArray[np.uint8]
"""(height, width, 3) BGR."""
Change = Callable[[Picture], Picture]

START = 1_790_000_000.0
SCAN = 4.0
LEARNED = 900.0
"""Seconds after which a baseline has been learned."""
_NOISE = np.random.default_rng(5)


def frame_of(picture: Picture, at: float) -> Frame:
    """A scan of a picture."""
    planar = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    return Frame("cam", at, int(at * 90_000), small_grey(planar), planar)


def frames_of(pictures: Iterable[Picture]) -> list[Frame]:
    return [frame_of(picture, 0.0) for picture in pictures]


class Watched:
    """A camera's condition over simulated time; pictures are shown forth and back."""

    def __init__(self) -> None:
        self.condition = PictureCondition()
        self.now = START
        self.told: list[Trouble] = []

    def show(self, frames: list[Frame], seconds: float, *, every: float = SCAN) -> None:
        end, turn = self.now + seconds, 0
        round_trip = [*frames, *frames[-2:0:-1]]
        while self.now < end:
            frame = round_trip[turn % len(round_trip)]
            frame.captured_at = self.now
            self.condition.look(frame, keyframe=True)
            if self.condition.doubted:
                self.condition.prove(each.grey for each in frames)
            trouble = self.condition.trouble
            if trouble is not None and (not self.told or self.told[-1] != trouble):
                self.told.append(trouble)
            self.now += every
            turn += 1


def noisy(picture: Picture, deviation: float = 2.0) -> Picture:
    """With the sensor's noise."""
    noise = _NOISE.normal(0.0, deviation, (*picture.shape[:2], 1))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def covered(picture: Picture) -> Picture:
    return noisy(np.full_like(picture, 14))


def papered(picture: Picture) -> Picture:
    """White paper over the lens."""
    return noisy(np.full_like(picture, 190))


def blurred(picture: Picture) -> Picture:
    sigma = 3.0 * picture.shape[1] / 640
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def turned(picture: Picture) -> Picture:
    """A quarter of the view aside."""
    height, width = picture.shape[:2]
    matrix = np.array([[1.0, 0.0, width / 4], [0.0, 1.0, height / 10]])
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def infrared(picture: Picture) -> Picture:
    """Night mode: no colour, other contrasts, more noise."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    bent = 180.0 * (grey / 255.0) ** 0.6
    bgr = cv2.cvtColor(bent.astype(np.uint8), cv2.COLOR_GRAY2BGR)
    return noisy(np.asarray(bgr, np.uint8), 4.0)


def dimmed(part: float) -> Change:
    """With only a part of the light, and the noise that comes of it."""
    return lambda picture: noisy((picture * part).astype(np.uint8), 1.0 + 4.0 * (1.0 - part))
