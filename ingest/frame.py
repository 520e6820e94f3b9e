"""One decoded picture, converted only as far as somebody asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

GREY_WIDTH, GREY_HEIGHT = 160, 90
"""The size at which gates and background models work: 14,400 pixels cost about 0.1 ms a pass."""

Grey = NDArray[np.uint8]

CHROMA_STEP = 8
"""Every 8th line of the colour planes is enough to see whether there is any colour."""


class _Swscale(threading.local):
    """One scaler a thread. Left to itself, PyAV makes one a picture, which starts a thread a core
    (0.13 ms of CPU instead of 0.09 at 640x360) and is kept as long as the picture is."""

    def __init__(self) -> None:
        self.reformatter = VideoReformatter()


_swscale = _Swscale()


@dataclass(slots=True)
class Frame:
    """A picture of one camera at one moment.

    `grey` is (90, 160) uint8 luma. `luma()` is full-size; `bgr()` is made once, on first demand.
    `captured_at` is Unix seconds; `timestamp` is the stream's 90 kHz clock.
    """

    camera_id: str
    captured_at: float
    timestamp: int
    grey: Grey
    picture: av.VideoFrame
    _bgr: NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    @property
    def nbytes(self) -> int:
        """Memory of the decoded planes, half of what `bgr()` takes for the usual 4:2:0."""
        return sum(plane.buffer_size for plane in self.picture.planes)

    @property
    def is_converted(self) -> bool:
        """Whether `bgr()` was asked for already."""
        return self._bgr is not None

    def luma(self) -> NDArray[np.uint8]:
        """Full-size luma (height, width) uint8, a view into the decoder's buffer: do not write."""
        return luma_of(self.picture)

    def colour(self) -> float:
        """Mean distance of both colour planes from grey, in grey levels; 0 for a grey picture."""
        planes = self.picture.planes
        if len(planes) < 3:
            return 0.0
        distance = 0.0
        for plane in planes[1:3]:
            pixels: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8)
            lines = pixels.reshape(-1, plane.line_size)[::CHROMA_STEP, : plane.width]
            distance += float(np.abs(lines.astype(np.int16) - 128).mean())
        return distance

    def bgr(self) -> NDArray[np.uint8]:
        """Full-size colour (height, width, 3) uint8, BGR."""
        if self._bgr is None:
            converted = _swscale.reformatter.reformat(self.picture, format="bgr24", threads=1)
            self._bgr = np.asarray(converted.to_ndarray(), dtype=np.uint8)
        return self._bgr


def luma_of(picture: av.VideoFrame) -> NDArray[np.uint8]:
    """The Y plane of a planar 8-bit YUV picture, without copying it: (height, width) uint8."""
    plane = picture.planes[0]
    pixels: NDArray[np.uint8] = np.frombuffer(memoryview(plane), dtype=np.uint8)
    return pixels.reshape(-1, plane.line_size)[: picture.height, : picture.width]


def small_grey(picture: av.VideoFrame) -> Grey:
    """Luma averaged down to (90, 160) uint8: the cheapest picture there is.

    Halved as often as that goes, since OpenCV has a fast way for it: 0.012 ms instead of 0.069 at
    640x360, 0.08 instead of 0.40 at 704x576, 0.21 instead of 0.51 at 1920x1080. It rounds at each
    step, which makes the picture a quarter of a grey level lighter.
    """
    grey = luma_of(picture)
    while grey.shape[0] >= 2 * GREY_HEIGHT and grey.shape[1] >= 2 * GREY_WIDTH:
        grey = _averaged(grey, grey.shape[1] // 2, grey.shape[0] // 2)
    # One that was that small from the beginning still lies in the decoder's buffer.
    small = grey.shape == (GREY_HEIGHT, GREY_WIDTH) and grey.shape[0] != picture.height
    return grey if small else _averaged(grey)


def _averaged(grey: Grey, width: int = GREY_WIDTH, height: int = GREY_HEIGHT) -> Grey:
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
