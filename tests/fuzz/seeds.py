"""First inputs for the fuzzer: conversations with real servers, and bytes of real clips.

`python -m tests.fuzz.seeds FOLDER` writes `FOLDER/NAME/…` for every harness. Servers that are not
installed are left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ingest.farm import Farm, FarmCamera
from ingest.media import Codec
from ingest.rtp import h264, h265
from ingest.rtsp.message import MessageError, parse
from ingest.rtsp.sdp import MAX_PARAMETER_SET
from ingest.shard import Shard
from tests.ingest.coded import coded_clip
from tests.ingest.gst import gst_rtsp_server
from tests.ingest.packetise import frames, h264_payloads, h265_payloads, nals_of
from tests.ingest.sinks import RecordingSink, camera

LONGEST = 6000
"""Bytes of a recorded conversation that are kept: the log-in, and some packets."""
PATIENCE = 20.0


class Recorder:
    """Stands between a client and a server and keeps what the server says."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.heard = b""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(self._target) as server:
            while True:
                ready, _, _ = select.select([client, server], [], [], PATIENCE)
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    if one is server:
                        self.heard += data
                    (client if one is server else server).sendall(data)


def recorded(port: int, path: str, **login: str) -> bytes:
    """What a server says to our client until some packets have come."""
    recorder = Recorder(port)
    shard = Shard(RecordingSink(), password_of=lambda _: "pass word")
    shard.start()
    shard.add(camera("cam", f"rtsp://127.0.0.1:{recorder.port}/{path}", **login))
    end = time.monotonic() + PATIENCE
    while len(recorder.heard) < LONGEST and time.monotonic() < end:
        time.sleep(0.1)
    shard.stop()
    return recorder.heard[:LONGEST]


def of_the_farm() -> Iterator[bytes]:
    cameras = [
        FarmCamera("open", "quiet_gate"),
        FarmCamera("locked", "quiet_gate", username="viewer", password="pass word"),
        FarmCamera("modern", "quiet_gate", codec=Codec.H265),
    ]
    with Farm(cameras) as farm:
        yield recorded(farm.port, "open")
        yield recorded(farm.port, "modern")
        yield recorded(farm.port, "locked", username="viewer", password_env="ANY")


def of_gstreamer(folder: Path) -> Iterator[bytes]:
    for codec in Codec:
        file = folder / f"clip.{codec}"
        file.write_bytes(b"".join(coded_clip(codec)))
        for login in ({}, {"username": "u", "password_env": "ANY"}):
            secret = {"user": "u", "password": "pass word"} if login else {}
            mount = {"path": "/cam", "codec": str(codec), "file": str(file), "fps": 15, **secret}
            with gst_rtsp_server(mount) as url:  # type: ignore[arg-type]
                yield recorded(int(url.rpartition(":")[2]), "cam", **login)


def of_vlc(folder: Path) -> Iterator[bytes]:
    vlc = shutil.which("cvlc")
    if vlc is None:
        return
    file = folder / "clip.h264"
    file.write_bytes(b"".join(coded_clip(Codec.H264)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    chain = f"#rtp{{sdp=rtsp://127.0.0.1:{port}/cam}}"
    command = [vlc, "-I", "dummy", "--loop", "--sout-keep", str(file), "--sout", chain]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.2)
        try:
            yield recorded(port, "cam")
        finally:
            process.terminate()


def conversations() -> list[bytes]:
    found: list[bytes] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in (of_the_farm(), of_gstreamer(folder), of_vlc(folder)):
            found += [heard for heard in source if heard]
    return found


def write_all(root: Path) -> None:
    """Write every harness's first inputs."""
    heard = conversations()
    for wire in heard:
        for plan in (b"", b"\xff", b"\x00\x07"):
            _keep(root, "connection", bytes([len(plan)]) + plan + wire)
        _keep(root, "messages", b"\0" + wire[:3000])
        for body in _bodies(wire):
            _keep(root, "descriptions", b"\1" + body)
    for number, codec in enumerate(Codec):
        units = coded_clip(codec, count=4, gop=2)
        wire = b"".join(b"".join(parts) for parts in frames(codec, [u[:900] for u in units]))
        _keep(root, "packets", bytes([number, 0, 3]) + wire[:3900])
        _keep(root, "packets", bytes([number, 2, 50, 200, 3]) + wire[:3900])
        pack = h264_payloads if codec is Codec.H264 else h265_payloads
        payloads = pack(nals_of(units[0][:1800]), 300, aggregate=True)
        blobs = b"".join(b"\1" + struct.pack(">H", len(p)) + p for p in payloads)
        _keep(root, str(codec), b"\0" + blobs[:4000])
        _keep(root, str(codec), b"\1\x40\1" + units[0][:2000])
        module = h264 if codec is Codec.H264 else h265
        for nal in nals_of(units[0]):
            if module.nal_type(nal) in module.PARAMETER_SETS and len(nal) < MAX_PARAMETER_SET:
                _keep(root, "parameters", bytes([number, 0]) + nal)
        _keep(root, "parameters", bytes([number, 1]) + units[0][:900])
        small = [u[:900] for u in units]
        clip = b"".join(b"\0\1" + struct.pack(">H", len(u)) + u for u in small)
        _keep(root, "clips", bytes([number]) + b"\0\0\0\0" + clip)
    for choice in range(40):
        _keep(root, "conversation", bytes([1]) + bytes((choice * k) & 0xFF for k in range(120)))
        _keep(root, "login", bytes((choice * k + k) & 0xFF for k in range(60)))
    _keep(root, "addresses", b"\x12rtsp://u:p@cam/x?y\1\7trackID")
    _keep(root, "addresses", b"\x15rtsps://[::1]:322/a/\1\x0crtsp://h:1/z")


def _bodies(wire: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(wire) and wire[at : at + 1] == b"R":
        try:
            one = parse(wire[at:])
        except MessageError:
            return
        if one is None:
            return
        message, taken = one
        at += taken
        if message.body:
            yield message.body


def _keep(root: Path, harness: str, data: bytes) -> None:
    folder = root / harness
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
