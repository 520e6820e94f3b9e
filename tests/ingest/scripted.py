"""A small RTSP server that streams a coded clip, and does one thing wrong if told to."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType

from ingest.media import Codec
from ingest.rtp import h264
from tests.ingest.coded import FPS, coded_clip
from tests.ingest.packetise import frames, nals_of


def sdp_of(units: Sequence[bytes]) -> bytes:
    """An SDP for an H.264 clip, parameter sets within."""
    sets = [n for n in nals_of(units[0]) if h264.nal_type(n) in h264.PARAMETER_SETS]
    sprop = ",".join(base64.b64encode(nal).decode() for nal in sets)
    lines = [
        "v=0",
        "s=scripted",
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}",
        "a=control:track1",
        "",
    ]
    return "\r\n".join(lines).encode()


@cache
def repeated(units: tuple[bytes, ...], times: int) -> list[bytes]:
    """For each access unit its bytes on the wire, over and over with numbers that go on."""
    return [b"".join(parts) for parts in frames(Codec.H264, units * times)]


@dataclass
class Script:
    """What the server does. `answers` maps a method to a whole answer in bytes."""

    units: tuple[bytes, ...] = field(default_factory=lambda: coded_clip(Codec.H264))
    times: int = 40
    """How often the clip is shown."""
    answers: dict[str, bytes] = field(default_factory=dict)
    greeting: bytes = b""
    wire: Callable[[list[bytes]], Iterable[bytes]] = lambda units: units
    """From whole access units to what is really sent."""
    hang_up: bool = False
    """Whether the connection is closed when the wire is empty."""
    pace: float = 1 / (4 * FPS)
    """Seconds between units: four times as fast as their timestamps say."""


class ScriptedServer:
    """Serves one script on a port of its own; `requests` are the request lines that came."""

    def __init__(
        self,
        script: Script,
        tls: ssl.SSLContext | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        self.script = script
        self._tls = tls
        self.requests: list[str] = []
        self.connections = 0
        self._stop = threading.Event()
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        scheme = "rtsps" if self._tls else "rtsp"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/cam"

    def __enter__(self) -> ScriptedServer:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            return
        connection.settimeout(0.1)
        with connection:
            try:
                connection.sendall(self.script.greeting)
                if self._talk(connection):
                    self._stream(connection)
            except OSError:
                return

    def _talk(self, connection: socket.socket) -> bool:
        """Answer until PLAY; whether it came to that."""
        held = b""
        while not self._stop.is_set():
            try:
                got = connection.recv(4096)
            except TimeoutError:
                continue
            if not got:
                return False
            held += got
            while b"\r\n\r\n" in held:
                head, held = held.split(b"\r\n\r\n", 1)
                method = self._answer(connection, head.decode())
                if method == "PLAY":
                    return True
        return False

    def _answer(self, connection: socket.socket, head: str) -> str:
        line, *rest = head.split("\r\n")
        self.requests.append(line)
        method = line.split()[0]
        cseq = next(field for field in rest if field.startswith("CSeq"))
        told = self.script.answers.get(method)
        connection.sendall(told if told is not None else self._usual(method, cseq))
        return method

    def _usual(self, method: str, cseq: str) -> bytes:
        head = f"RTSP/1.0 200 OK\r\n{cseq}\r\n"
        if method == "DESCRIBE":
            body = sdp_of(self.script.units)
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
            return head.encode() + body
        if method == "SETUP":
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1;timeout=60\r\n"
        return f"{head}\r\n".encode()

    def _stream(self, connection: socket.socket) -> None:
        for data in self.script.wire(repeated(self.script.units, self.script.times)):
            connection.sendall(data)
            if self._stop.wait(self.script.pace):
                return
        if not self.script.hang_up:
            self._stop.wait()
