"""`cv2.VideoCapture`, a thread a camera, every picture decoded and made BGR."""

from __future__ import annotations

import os

import cv2
import numpy as np

from command_center.bench.peers.reader import Reader


class OpenCvReader(Reader):
    def read(self) -> None:
        # Interleaved over TCP as ours is; one decoder thread, or 100 cameras would have 200. It
        # opens one camera after another, and studies each for 5 s if it is let: 29 took minutes.
        os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
            "rtsp_transport;tcp|threads;1|analyzeduration;500000"
        )
        capture = cv2.VideoCapture(self.url, cv2.CAP_FFMPEG)
        try:
            while not self.ended.is_set():
                read, picture = capture.read()
                if not read:
                    return
                grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
                self.motion.look(np.asarray(grey, np.uint8))
                self.pictures += 1
        finally:
            capture.release()
