"""A whole camera over UDP: what it says in RTSP, and datagrams, as time goes by."""

from __future__ import annotations

import socket
import struct
from concurrent.futures import Future
from typing import cast

from ingest.failure import SourceError
from ingest.media import Codec
from ingest.rtsp.auth import Credentials
from ingest.rtsp.connection import Network
from ingest.rtsp.source import READ_BUFFER, RtspSource
from ingest.source import SourceCounters, WireUnit
from tests.fuzz.draw import Draw
from tests.fuzz.harnesses.connection import PASSWORD, Pipe, unpacked
from tests.fuzz.harnesses.packets import ARRIVED, STARTS, even, report
from tests.fuzz.harnesses.ports import CAMERA, STRANGER, Port
from tests.fuzz.harnesses.words import clean

MOST = 400
"""Things that happen, so that the fuzzer gets through many inputs."""
_BUFFER = bytearray(READ_BUFFER)
_CONNECTIONS = 3
"""More are made by nobody: a camera that leaves us blind is connected to again once a minute."""
_SDP = {
    Codec.H264: b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
    Codec.H265: b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n",
}
_TRANSPORTS = (
    b"RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;ssrc=7",
    b"RTP/AVP;unicast;source=192.0.2.9",
    b"RTP/AVP;unicast;server_port=6000-6001;ssrc=00000008",
    b"RTP/AVP/TCP;unicast;interleaved=0-1",
)


class Camera(Network):
    """Takes every connection and brings, read by read, what it is told to bring."""

    def __init__(self) -> None:
        self.pipe = Pipe([])
        self.rtp, self.rtcp = Port(5000), Port(5001)
        for port in (self.rtp, self.rtcp):
            port.close()
        self.connections = 0

    def connect(self, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
        self.connections += 1
        self.pipe = Pipe([])
        return cast("socket.socket", self.pipe)

    def ports(
        self, family: socket.AddressFamily, local: str, receive_buffer: int
    ) -> tuple[socket.socket, socket.socket]:
        self.rtp, self.rtcp = Port(5000), Port(5001)
        return self.rtp.as_socket, self.rtcp.as_socket

    def resolve(self, host: str, port: int) -> Future[tuple[socket.AddressFamily, tuple[str, int]]]:
        """Finds the first few hosts that are asked for."""
        found: Future[tuple[socket.AddressFamily, tuple[str, int]]] = Future()
        if self.connections < _CONNECTIONS:
            found.set_result((socket.AF_INET, (CAMERA, port)))
        return found


def check(data: bytes) -> None:
    """Only SourceError ends it, with clean words; every packet and picture is accounted for."""
    draw = Draw(data)
    camera, counters = Camera(), SourceCounters()
    source = RtspSource(
        "rtsp://camera/cam",
        credentials=Credentials("viewer", PASSWORD),
        counters=counters,
        buffer=_BUFFER,
        resolve=camera.resolve,
        now=ARRIVED,
        udp=True,
        network=camera,
    )
    script, units, now = Script(draw, camera), list[WireUnit](), ARRIVED
    try:
        for _ in range(MOST):
            step = script.goes_on()
            if step is None:
                continue
            now += step
            came = source.read(now)
            unpacked(source, came)
            units += came
            even(counters, len(units))
            if draw.empty:
                break
    except SourceError as error:
        clean(error, PASSWORD)
    assert "\n" not in source.trouble
    assert sum(len(unit.wire) for unit in units) <= 2 * counters.received_bytes
    source.close()
    source.close()
    even(counters, len(units))
    assert counters.packets_pending == 0
    assert camera.rtp.fileno() < 0


class Script:
    """Mostly a log-in and packets in order, among them all that may happen instead."""

    def __init__(self, draw: Draw, camera: Camera) -> None:
        self._draw, self._camera = draw, camera
        self._codec = draw.pick((Codec.H264, Codec.H265))
        self._sequence, self._stamp = draw.number(2), draw.number(4)
        self._connection = self._answered = 0

    def goes_on(self) -> float | None:
        """Put what comes next where it is read; when it is read, in seconds from the last time,
        None where more comes before."""
        draw, camera = self._draw, self._camera
        if camera.connections > self._connection:
            self._connection, self._answered = camera.connections, 0
        action = draw.below(16)
        if action == 0 or draw.empty:
            return draw.pick((0.02, 0.0, 0.2, 1.0, 2.0, 5.0, 10.0, 61.0))
        if action == 1:
            # Whoever speaks for himself is not spoken for.
            self._answered = 4
            camera.pipe.bring(draw.blob(2))
        elif action < 6 and self._answered < 4:
            self._answered += 1
            camera.pipe.bring(_answer(self._answered, self._codec, draw))
            return 0.02
        else:
            self._datagram(action)
        return None

    def _datagram(self, action: int) -> None:
        draw, rtp, rtcp = self._draw, self._camera.rtp, self._camera.rtcp
        match action:
            case 2:
                self._stamp += 3000
            case 3:
                self._sequence += draw.pick((1, 2, 130, 0x8000, -1, -200))
            case 4:
                rtp.waiting.append((draw.blob(2), (CAMERA, 6000)))
            case 5:
                rtcp.waiting.append((draw.blob(2) or report(draw), (CAMERA, 6001)))
            case 6 if rtp.waiting:
                rtp.waiting.append(rtp.waiting[-1])
            case 7 if rtp.waiting:
                rtp.waiting.rotate(1)
            case 8:
                rtp.waiting.append((draw.blob(), (STRANGER, 6000)))
            case 9:
                rtp.overflowed += draw.number(2)
            case _:
                packet = _packet(draw, self._codec, self._sequence, self._stamp)
                rtp.waiting.append((packet, (CAMERA, 6000)))
                self._sequence += 1


def _answer(number: int, codec: Codec, draw: Draw) -> bytes:
    head = b"RTSP/1.0 200 OK\r\n"
    match number:
        case 2:
            return head + b"Content-Length: %d\r\n\r\n" % len(_SDP[codec]) + _SDP[codec]
        case 3:
            transport = _TRANSPORTS[max(0, draw.below(16) - 12)]
            return head + b"Session: 1;timeout=4\r\nTransport: " + transport + b"\r\n\r\n"
        case _:
            return head + b"\r\n"


def _packet(draw: Draw, codec: Codec, sequence: int, stamp: int) -> bytes:
    second = draw.flag() << 7 | 96
    ssrc = 7 + (draw.below(16) == 15)
    head = struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc)
    return head + draw.pick(STARTS[codec]) + draw.blob()
