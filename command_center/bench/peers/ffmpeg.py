"""An ffmpeg process a camera that decodes to a raw pipe at 5 pictures a second, as Frigate does."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import numpy as np

from command_center.bench.peers.reader import Reader

FPS = 5
"""Pictures a second: Frigate's default for detection."""
WIDTH, HEIGHT = 640, 360
_PICTURE = WIDTH * HEIGHT * 3 // 2
"""Bytes of a YUV 4:2:0 picture."""


class FfmpegReader(Reader):
    def __init__(self, url: str, lasting: float) -> None:
        super().__init__(url, lasting)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def child(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def read(self) -> None:
        with subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        ) as process:
            self._process = process
            try:
                self._look_at_all(process)
            finally:
                process.kill()
                self._process = None

    def stop(self) -> None:
        super().stop()
        process = self._process
        if process is not None:
            with suppress(OSError):
                process.kill()

    def _command(self) -> list[str]:
        # Frigate's presets for RTSP over TCP and for detection. `-t` ends a child whose parent is
        # gone.
        return [
            *("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"),
            *("-avoid_negative_ts", "make_zero", "-fflags", "+genpts+discardcorrupt"),
            *("-rtsp_transport", "tcp", "-timeout", "10000000"),
            *("-use_wallclock_as_timestamps", "1", "-i", self.url, "-t", f"{self.lasting:.0f}"),
            *("-an", "-vf", f"fps={FPS},scale={WIDTH}:{HEIGHT}"),
            *("-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"),
        ]

    def _look_at_all(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        picture = bytearray(_PICTURE)
        while not self.ended.is_set():
            view, got = memoryview(picture), 0
            while got < _PICTURE:
                count = process.stdout.readinto(view[got:])  # type: ignore[attr-defined]
                if not count:
                    return
                got += count
            luma = np.frombuffer(picture, np.uint8, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
            self.motion.look(luma)
            self.pictures += 1
