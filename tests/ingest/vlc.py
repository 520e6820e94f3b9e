"""VLC's RTSP server as a process, for tests against a server that we did not write."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.media import Codec
from tests.ingest.coded import FPS, coded_clip
from tests.services import need_program
from tests.waiting import wait_for

START = 60.0
"""Seconds that VLC may take to listen on a busy machine."""

TIMES = 40
"""How often the clip of 3 s is in the file: it must not end before the test."""


def transport_stream(folder: Path, codec: Codec) -> Path:
    """A file for VLC to show, long enough for a test."""
    ffmpeg = need_program("ffmpeg", "ffmpeg")
    raw, file = folder / f"clip.{codec}", folder / f"{codec}.ts"
    raw.write_bytes(b"".join(coded_clip(codec)) * TIMES)
    name = {Codec.H264: "h264", Codec.H265: "hevc"}[codec]
    read = ["-framerate", str(FPS), "-f", name, "-i", str(raw)]
    subprocess.run([ffmpeg, "-v", "error", *read, "-c", "copy", str(file)], check=True)
    return file


@contextmanager
def vlc_rtsp_server(file: Path) -> Iterator[str]:
    """The address of a stream that shows a file over and over, `rtsp://127.0.0.1:port/cam`."""
    vlc = need_program("cvlc", "vlc-bin vlc-plugin-base")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    url = f"rtsp://127.0.0.1:{port}/cam"
    command = [vlc, "-I", "dummy", "--no-audio", "--loop", str(file)]
    command += ["--sout", f"#rtp{{sdp={url}}}", "--sout-keep"]
    file.chmod(0o644)
    with subprocess.Popen(
        [*_as_somebody_else(file), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(file.parent)},
    ) as process:
        try:
            wait_for(lambda: _listens(port), START, "VLC listens")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _as_somebody_else(file: Path) -> list[str]:
    """VLC does not run as root: a way to run it as nobody, who must be able to reach the file."""
    if os.geteuid() != 0:
        return []
    setpriv = need_program("setpriv", "util-linux")
    for folder in file.parents:
        mode = folder.stat().st_mode
        if mode & 0o005 != 0o005:
            folder.chmod(mode | 0o055)
    nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    return [setpriv, *nobody]


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
