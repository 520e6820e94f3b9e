"""Clips and clients that the farm's tests share."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.frame import PictureType

from ingest.media import Codec

WIDTH, HEIGHT, FPS, PICTURES, GOP = 320, 180, 30, 30, 10

WAIT = 10.0
"""Seconds after which a test gives a server up."""


def make_clip(path: Path, codec: Codec, *, b_frames: int = 0, pictures: int = PICTURES) -> Path:
    """A clip of moving blocks: one second, three GOPs."""
    rng = np.random.default_rng(3)
    block = rng.integers(30, 220, (60, 80, 3), np.uint8)
    with av.open(str(path), "w") as output:
        name = {Codec.H264: "libx264", Codec.H265: "libx265"}[codec]
        stream = cast("av.VideoStream", output.add_stream(name, rate=FPS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        params = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes={b_frames}:log-level=none"
        extra = ":info=0" if codec is Codec.H265 else ""
        stream.codec_context.options = {
            "preset": "ultrafast",
            f"x{codec[1:]}-params": params + extra,
        }
        for number in range(pictures):
            picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            picture[40:100, number * 4 : number * 4 + 80] = block
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            frame.pict_type = PictureType.NONE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def decoded(path: Path | str) -> Iterator[bytes]:
    """Digests of the decoded pictures, all planes, of a file or a stream."""
    options = {"rtsp_transport": "tcp"} if str(path).startswith("rtsp") else {}
    with av.open(str(path), "r", options=options, timeout=WAIT) as container:
        for frame in container.decode(video=0):
            planes = np.asarray(frame.reformat(format="yuv420p").to_ndarray())
            yield hashlib.md5(planes.tobytes(), usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """What of a packet the tests look at."""

    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


@dataclass(slots=True)
class Answer:
    """An RTSP answer."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class RawClient:
    """An RTSP client that shows every byte: it answers nothing by itself."""

    port: int
    camera: str
    username: str | None = None
    password: str = ""
    scheme: str = "Digest"
    reports: list[bytes] = field(default_factory=list)
    _cseq: int = 0
    _session: str = ""
    _challenge: str = ""
    _buffer: bytearray = field(default_factory=bytearray)
    sock: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=WAIT)

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self.sock.close()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{self.camera}"

    def ask(self, method: str, path: str = "", **headers: str) -> Answer:
        """Send a request and wait for its answer; packets before it are thrown away."""
        self._cseq += 1
        lines = [f"{method} {self.url}{path} RTSP/1.0", f"CSeq: {self._cseq}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self.username and self._challenge:
            lines.append(f"Authorization: {self._authorization(method, path)}")
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = self._answer()
        self._session = answer.headers.get("session", self._session).partition(";")[0]
        return answer

    def play(self) -> None:
        """DESCRIBE, SETUP and PLAY, with a password where one is asked for."""
        answer = self.ask("DESCRIBE")
        if answer.status == 401 and self.username:
            self._challenge = answer.headers["www-authenticate"]
            answer = self.ask("DESCRIBE")
        assert answer.status == 200, answer
        assert (
            self.ask("SETUP", "/trackID=0", Transport="RTP/AVP/TCP;unicast;interleaved=0-1").status
            == 200
        )
        assert self.ask("PLAY").status == 200

    def packets(self) -> Iterator[RtpPacket]:
        """RTP packets as they come; RTCP is put into `reports`."""
        while True:
            self._need(4)
            assert self._buffer[0] == ord("$"), bytes(self._buffer[:20])
            channel, length = struct.unpack(">BH", self._buffer[1:4])
            self._need(4 + length)
            packet = bytes(self._buffer[4 : 4 + length])
            del self._buffer[: 4 + length]
            if channel == 1:
                self.reports.append(packet)
                continue
            _, kind, sequence, timestamp, ssrc = struct.unpack(">BBHII", packet[:12])
            yield RtpPacket(bool(kind & 0x80), sequence, timestamp, ssrc, packet[12:])

    def closed(self) -> bool:
        """Read on until the server hangs up; False when it does not within the wait."""
        try:
            while self.sock.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for a while."""
        self.sock.settimeout(seconds)
        try:
            return not self.sock.recv(1)
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(WAIT)

    def _answer(self) -> Answer:
        while True:
            self._need(4)
            if self._buffer[0] == ord("$"):
                length = 4 + int.from_bytes(self._buffer[2:4])
                self._need(length)
                del self._buffer[:length]
                continue
            while b"\r\n\r\n" not in self._buffer:
                self._need(len(self._buffer) + 1)
            head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            headers: dict[str, str] = {}
            for line in lines:
                name, _, value = line.partition(": ")
                headers.setdefault(name.lower(), value)
            size = int(headers.get("content-length", "0"))
            self._need(len(head) + 4 + size)
            rest = bytes(self._buffer[len(head) + 4 :])
            self._buffer[:] = rest[size:]
            return Answer(int(first.split()[1]), headers, rest[:size])

    def _need(self, count: int) -> None:
        while len(self._buffer) < count:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the farm hung up")
            self._buffer += data

    def _authorization(self, method: str, path: str) -> str:
        if self.scheme == "Basic":
            pair = f"{self.username}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        given = dict(re.findall(r'(\w+)="([^"]*)"', self._challenge))
        uri = self.url + path
        secret = _md5(f"{self.username}:{given['realm']}:{self.password}")
        response = _md5(f"{secret}:{given['nonce']}:{_md5(f'{method}:{uri}')}")
        return (
            f'Digest username="{self.username}", realm="{given["realm"]}", '
            f'nonce="{given["nonce"]}", uri="{uri}", response="{response}"'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
