"""Colour at the size of the small grey picture, straight from the decoder's planes."""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np

from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame, Grey

_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"}


@dataclass(frozen=True, slots=True)
class Chroma:
    """(90, 160) uint8 planes of a picture: luma `y`, and `cb`, `cr` around 128."""

    y: Grey
    cb: Grey
    cr: Grey

    @staticmethod
    def of(frame: Frame) -> Chroma:
        picture = frame.picture
        if picture.format.name not in _PLANAR:
            picture = picture.reformat(format="yuv420p")
        _, blue, red = picture.planes
        return Chroma(frame.grey, _small(blue), _small(red))


def _small(plane: av.video.plane.VideoPlane) -> Grey:
    raw = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    # Chroma is smooth: every n-th pixel and a linear step cost a fifth of averaging them all.
    stride = max(1, plane.height // (2 * GREY_HEIGHT))
    pixels = raw[: plane.height : stride, : plane.width : stride]
    small = cv2.resize(pixels, (GREY_WIDTH, GREY_HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray(small, np.uint8)
