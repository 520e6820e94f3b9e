"""GStreamer's RTSP server as a process, for tests against a server that we did not write."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tests.services import need_gst_rtsp_server

SCRIPT = Path(__file__).resolve().parents[1] / "servers" / "gst_rtsp_server.py"


class Mount(TypedDict, total=False):
    """One path of the server; see `tests/servers/gst_rtsp_server.py`."""

    path: str
    codec: str
    file: str
    fps: int
    config_interval: int
    beside: str
    user: str
    password: str


@contextmanager
def gst_rtsp_server(*mounts: Mount, auth: str = "digest", host: str = "127.0.0.1") -> Iterator[str]:
    """The server's address, `rtsp://host:port`, while it runs."""
    python = need_gst_rtsp_server()
    wanted = json.dumps({"mounts": mounts, "auth": auth, "host": host})
    with subprocess.Popen(
        [python, str(SCRIPT), wanted],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            place = f"[{host}]" if ":" in host else host
            yield f"rtsp://{place}:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
