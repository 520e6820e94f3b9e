"""One decoded picture, converted only as far as somebody asks."""

from __future__ import annotations

from dataclasses import dataclass, field

import av
import cv2
import numpy as np
from numpy.typing import NDArray

GREY_WIDTH, GREY_HEIGHT = 160, 90
"""The size at which gates and background models work: 14,400 pixels cost about 0.1 ms a pass."""

Grey = NDArray[np.uint8]


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

    def luma(self) -> NDArray[np.uint8]:
        """Full-size luma (height, width) uint8, a view into the decoder's buffer: do not write."""
        return luma_of(self.picture)

    def bgr(self) -> NDArray[np.uint8]:
        """Full-size colour (height, width, 3) uint8, BGR."""
        if self._bgr is None:
            self._bgr = np.asarray(self.picture.to_ndarray(format="bgr24"), dtype=np.uint8)
        return self._bgr


def luma_of(picture: av.VideoFrame) -> NDArray[np.uint8]:
    """The Y plane of a planar 8-bit YUV picture, without copying it: (height, width) uint8."""
    plane = picture.planes[0]
    pixels: NDArray[np.uint8] = np.frombuffer(memoryview(plane), dtype=np.uint8)
    return pixels.reshape(-1, plane.line_size)[: picture.height, : picture.width]


def small_grey(picture: av.VideoFrame) -> Grey:
    """Luma averaged down to (90, 160) uint8: the cheapest picture there is."""
    return np.asarray(
        cv2.resize(luma_of(picture), (GREY_WIDTH, GREY_HEIGHT), interpolation=cv2.INTER_AREA),
        dtype=np.uint8,
    )
