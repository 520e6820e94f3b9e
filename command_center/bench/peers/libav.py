"""PyAV, a thread a camera, every picture decoded; its luma is looked at as it lies."""

from __future__ import annotations

import av

from command_center.bench.peers.reader import Reader
from ingest.frame import luma_of

_OPTIONS = {
    "rtsp_transport": "tcp",
    "timeout": "10000000",
    "analyzeduration": "0",
    "fpsprobesize": "0",
}
"""Microseconds for `timeout`. FFmpeg's own, since PyAV's takes the interpreter's lock at every
poll; no analysis, so that opening is as quick as it can be."""


class LibavReader(Reader):
    def read(self) -> None:
        try:
            with av.open(self.url, options=_OPTIONS) as container:
                stream = container.streams.video[0]
                stream.codec_context.thread_count = 1
                for picture in container.decode(stream):
                    if self.ended.is_set():
                        return
                    self.motion.look(luma_of(picture))
                    self.pictures += 1
        except (av.FFmpegError, IndexError):
            return
