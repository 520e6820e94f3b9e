"""A video in which a lane is blocked, small enough to be made for every test."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FPS = 5
WIDTH, HEIGHT = 320, 180
ARRIVES, STANDS = 10.0, 11.2
"""Seconds: a box drives in from the left, and stands in the middle from then on."""

Picture = NDArray[np.uint8]


def lane_video(path: Path, *, seconds: float, codec: str = "mpeg4", infrared: bool = False) -> Path:
    """A lane at 5 pictures a second, into which a box drives at ARRIVES to stand there."""
    dice = np.random.default_rng(1)
    ground = _texture(dice, 324, HEIGHT, 60, 120)[:, :WIDTH]
    box = _texture(dice, 84, 60, 150, 250)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.bit_rate = WIDTH, HEIGHT, 2_000_000
        for number in range(round(seconds * FPS)):
            picture = ground.copy()
            left = min(120, round((number / FPS - ARRIVES) * 100))
            if left >= 0:
                picture[90:150, left : left + 84] = box
            shown = av.VideoFrame.from_ndarray(picture, format="bgr24")
            # By way of grey: swscale's own conversion leaves colour of one level.
            output.mux(stream.encode(shown.reformat(format="gray") if infrared else shown))
        output.mux(stream.encode())
    return path


def _texture(dice: np.random.Generator, width: int, height: int, low: int, high: int) -> Picture:
    """Soft random shades, as ground and bodywork have them."""
    coarse = dice.integers(low, high, (height // 12, width // 12, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
