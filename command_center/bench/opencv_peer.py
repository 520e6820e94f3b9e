"""What a user would write instead: `cv2.VideoCapture`, a thread a camera, every picture decoded."""

from __future__ import annotations

import os
import threading
import time

import cv2

from command_center.bench.meter import (
    Reading,
    Usage,
    per_camera_second,
    resident_bytes,
    wait_until,
)

_LOOK_SIZE = (160, 90)
"""The motion step works on as small a picture as ours does, to its advantage."""


class _Camera(threading.Thread):
    """Reads until it is told to stop; a frame difference stands for whatever a user would do."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._stop_event = stop
        self.pictures = 0

    def run(self) -> None:
        capture = cv2.VideoCapture(self._url, cv2.CAP_FFMPEG)
        before = None
        while not self._stop_event.is_set():
            read, picture = capture.read()
            if not read:
                time.sleep(0.5)
                capture.open(self._url, cv2.CAP_FFMPEG)
                continue
            self.pictures += 1
            grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), _LOOK_SIZE)
            if before is not None:
                cv2.countNonZero(cv2.absdiff(grey, before))
            before = grey
        capture.release()


def measure(urls: list[str], seconds: float, settle: float) -> Usage:
    """Read every URL for `seconds`, after all have begun and `settle` seconds have passed."""
    # Interleaved over TCP as ours is; one decoder thread, or 100 cameras would have 200.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp|threads;1"
    cv2.setNumThreads(1)
    before = resident_bytes()
    stop = threading.Event()
    cameras = [_Camera(url, stop) for url in urls]
    for camera in cameras:
        camera.start()
    wait_until(lambda: all(camera.pictures for camera in cameras), 60.0)
    time.sleep(settle)
    counted = [camera.pictures for camera in cameras]
    begin = Reading.now()
    time.sleep(seconds)
    spent = Reading.now().since(begin)
    gained = [camera.pictures - count for camera, count in zip(cameras, counted, strict=True)]
    grown = resident_bytes() - before
    # Not waited for: a read that starves takes half a minute, and the process ends with its answer.
    stop.set()
    return Usage(
        cameras=len(urls),
        online=sum(pictures > 0 for pictures in gained),
        seconds=spent.wall,
        cpu_ms_per_camera_second=per_camera_second(spent.cpu, len(urls), spent.wall),
        pictures_per_camera_second=sum(gained) / (len(urls) * spent.wall),
        memory_mb_per_camera=grown / len(urls) / 1e6,
    )
