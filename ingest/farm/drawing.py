"""A drawn scene as a source: encoded in real time once, then kept: repeats cost nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import av
import cv2
import numpy as np

from ingest.farm.camera import Coding
from ingest.farm.encoder import Encoder, parameter_sets
from ingest.farm.packetise import PacketisedPicture, packetise
from ingest.farm.scenes.caption import draw_caption
from ingest.farm.scenes.lens import HEIGHT, WIDTH
from ingest.farm.scenes.scene import Scene
from ingest.media import CLOCK_RATE, StreamInfo

_PRESET = "superfast"
"""About 2 ms for a picture of 640x360, and no more than twice the bytes of `medium`."""

_AHEAD = 0.3
"""Seconds that drawing runs ahead of sending: rides out a busy machine's pauses."""

_LATEST = 1.0
"""Seconds behind after which pictures are left out instead of letting the scene run late."""


class DrawnLoop:
    """One period of a scene, drawn and encoded in an own thread, in real time, once.

    The period begins wherever the scene is when it is first wanted, and is kept in memory: 12 MB
    at 512 kb/s. The clock burned in is right during that first period; a repeat shows it again.
    """

    def __init__(
        self,
        scene: Scene,
        coding: Coding,
        label: str,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._scene = scene
        self._coding = coding
        self._label = label
        self._clock = clock
        self._sleep = sleep
        self._count = round(scene.period * coding.fps)
        self._pictures: list[PacketisedPicture] = []
        self._first = 0
        self._complete = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        sets = parameter_sets(coding, preset=_PRESET)
        self._info = StreamInfo(coding.codec, sets, coding.width, coding.height)

    @property
    def info(self) -> StreamInfo:
        return self._info

    @property
    def duration(self) -> int:
        return round(self._scene.period * CLOCK_RATE)

    @property
    def first(self) -> int:
        return self._ticks(self._first)

    @property
    def pictures(self) -> Sequence[PacketisedPicture]:
        return self._pictures

    @property
    def complete(self) -> bool:
        return self._complete

    def begin(self, now: float) -> None:
        """Draw from here on. A beginning in the past enters the scene where it would be by now."""
        if self._thread is None:
            self._first = max(0, round((self._clock() - now) * self._coding.fps))
            self._thread = threading.Thread(
                target=self._draw_all, args=(now,), name=f"draw-{self._scene.name}", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _draw_all(self, begun: float) -> None:
        encoder = Encoder(self._coding, preset=_PRESET)
        number, last = self._first, self._first + self._count
        while number < last and not self._stopping.is_set():
            due = begun + number / self._coding.fps
            early = due - _AHEAD - self._clock()
            if early > 0:
                self._sleep(min(early, 0.1))
            elif early < -_LATEST - _AHEAD:
                number = round((self._clock() - begun) * self._coding.fps)
            else:
                self._pictures.append(self._encode(encoder, number, due))
                number += 1
        self._complete = not self._stopping.is_set()

    def _encode(self, encoder: Encoder, number: int, moment: float) -> PacketisedPicture:
        coding = self._coding
        picture = self._scene.picture(number / coding.fps)
        draw_caption(picture, self._label, moment)
        if (coding.width, coding.height) != (WIDTH, HEIGHT):
            picture = np.asarray(cv2.resize(picture, (coding.width, coding.height)), np.uint8)
        planar = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        data = encoder.encode(av.VideoFrame.from_ndarray(planar, format="yuv420p"))
        return packetise(data, coding.codec, self._ticks(number))

    def _ticks(self, number: int) -> int:
        return round(number / self._coding.fps * CLOCK_RATE)
