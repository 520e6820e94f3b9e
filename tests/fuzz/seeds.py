"""First inputs for the fuzzer: conversations with real servers, and bytes of real clips.

`python -m tests.fuzz.seeds FOLDER` writes `FOLDER/NAME/…` for every harness. Servers that are not
installed are left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingest.failure import SourceError
from ingest.farm import Farm, FarmCamera
from ingest.media import Codec
from ingest.rtp import h264, h265
from ingest.rtsp.auth import Credentials
from ingest.rtsp.connection import Network
from ingest.rtsp.message import MessageError, parse
from ingest.rtsp.resolve import Resolver
from ingest.rtsp.sdp import MAX_PARAMETER_SET
from ingest.rtsp.source import READ_BUFFER, RtspSource
from ingest.source import SourceCounters
from tests.ingest.coded import coded_clip
from tests.ingest.gst import Mount, gst_rtsp_server
from tests.ingest.packetise import frames, h264_payloads, h265_payloads, nals_of
from tests.ingest.vlc import transport_stream, vlc_rtsp_server

LONGEST = 6000
"""Bytes of a recorded conversation that are kept: the log-in, and some packets."""
PATIENCE = 20.0


class Heard(NamedTuple):
    """What a server said within the connection, and by UDP."""

    wire: bytes
    packets: list[bytes]
    reports: list[bytes]


class Recorder(Network):
    """Our client's network, which keeps all that comes."""

    def __init__(self) -> None:
        self.wire = bytearray()
        self.packets: list[bytes] = []
        self.reports: list[bytes] = []

    def connect(self, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
        return Tap(super().connect(family, address), self.wire.extend)

    def ports(
        self, family: socket.AddressFamily, local: str, receive_buffer: int
    ) -> tuple[socket.socket, socket.socket]:
        rtp, rtcp = super().ports(family, local, receive_buffer)
        return Tap(rtp, self.packets.append), Tap(rtcp, self.reports.append)


class Tap(socket.socket):
    """A socket of which everything that comes is kept."""

    def __init__(self, tapped: socket.socket, keep: Callable[[bytes], None]) -> None:
        super().__init__(tapped.family, tapped.type, tapped.proto, tapped.detach())
        self.setblocking(False)
        self._keep = keep

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        got = super().recv_into(buffer, nbytes, flags)
        self._keep(bytes(buffer[:got]))
        return got

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        got, sender = super().recvfrom_into(buffer, nbytes, flags)
        self._keep(bytes(buffer[:got]))
        return got, sender


def recorded(url: str, *, username: str | None = None, udp: bool = False) -> Heard:
    """What a server says to our client until some packets have come, or the client gives up."""
    recorder, resolver = Recorder(), Resolver()
    source = RtspSource(
        url,
        credentials=Credentials(username, "pass word") if username else None,
        counters=SourceCounters(),
        buffer=bytearray(READ_BUFFER),
        resolve=resolver.resolve,
        now=time.monotonic(),
        udp=udp,
        network=recorder,
    )
    end = time.monotonic() + PATIENCE
    with contextlib.suppress(SourceError):
        while len(recorder.wire) + sum(map(len, recorder.packets)) < LONGEST:
            source.read(time.monotonic())
            if time.monotonic() > end:
                break
            time.sleep(0.02)
    source.close()
    resolver.close()
    return Heard(bytes(recorder.wire[:LONGEST]), recorder.packets, recorder.reports)


def of_the_farm() -> Iterator[Heard]:
    cameras = [
        FarmCamera("open", "quiet_gate"),
        FarmCamera("locked", "quiet_gate", username="viewer", password="pass word"),
        FarmCamera("modern", "quiet_gate", codec=Codec.H265),
    ]
    with Farm(cameras) as farm:
        yield recorded(farm.url("open"))
        yield recorded(farm.url("modern"))
        yield recorded(farm.url("locked"), username="viewer")
        yield recorded(farm.url("modern"), udp=True)


def of_gstreamer(folder: Path) -> Iterator[Heard]:
    for codec in Codec:
        file = folder / f"clip.{codec}"
        file.write_bytes(b"".join(coded_clip(codec)))
        open_to_all: Mount = {"path": "/cam", "codec": str(codec), "file": str(file), "fps": 15}
        with gst_rtsp_server(open_to_all) as url:
            yield recorded(f"{url}/cam")
            yield recorded(f"{url}/cam", udp=True)
        with gst_rtsp_server({**open_to_all, "user": "u", "password": "pass word"}) as url:
            yield recorded(f"{url}/cam", username="u")


def of_vlc(folder: Path) -> Iterator[Heard]:
    """It refuses TCP, which is a conversation too."""
    for codec in Codec:
        with vlc_rtsp_server(transport_stream(folder, codec)) as url:
            yield recorded(url)
            yield recorded(url, udp=True)


def conversations() -> list[Heard]:
    found: list[Heard] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in (of_the_farm, partial(of_gstreamer, folder), partial(of_vlc, folder)):
            try:
                found.extend(source())
            except pytest.skip.Exception as missing:
                print(f"left out: {missing}")
    return found


def write_all(root: Path) -> None:
    """Write every harness's first inputs."""
    for heard in conversations():
        wire = heard.wire
        if heard.packets:
            _keep(root, "udp", _as_script(heard))
        _keep(root, "records", b"\0\1\3\0" + wire)
        for plan in (b"", b"\xff", b"\x00\x07"):
            _keep(root, "connection", bytes([len(plan)]) + plan + wire)
        _keep(root, "messages", b"\0" + wire[:3000])
        for body in _bodies(wire):
            _keep(root, "descriptions", b"\1" + body)
    for place in (b"rtsp://other/cam", b"rtsps://192.0.2.1/cam", b"nowhere", b""):
        moved = b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: %b\r\n\r\n" % place
        _keep(root, "connection", b"\0" + moved)
        _keep(root, "udp", b"\0" * 9 + b"\1" + struct.pack(">H", len(moved)) + moved)
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


def _as_script(heard: Heard) -> bytes:
    """A recording as the harness `udp` reads it: all that was said, then datagrams."""
    said = re.sub(rb"server_port=\d+-\d+", b"server_port=6000-6001", heard.wire)
    script = b"\0" * 9 + b"\1" + struct.pack(">H", len(said)) + said + b"\0\0"
    for action, datagrams in ((4, heard.packets[:8]), (5, heard.reports[:1])):
        for datagram in datagrams:
            script += bytes([action]) + struct.pack(">H", len(datagram)) + datagram
    return script


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
