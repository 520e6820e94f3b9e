"""One RTSP connection: answers requests, and carries a camera's pictures between the answers."""

from __future__ import annotations

import secrets
import socket
from collections import deque
from collections.abc import Callable, Mapping

from ingest.farm import rtsp
from ingest.farm.auth import Guard
from ingest.farm.damage import NONSENSE, WEB_PAGE
from ingest.farm.faults import FaultKind
from ingest.farm.feed import Feed
from ingest.farm.rtsp import Request, RequestError, RequestReader, response
from ingest.farm.sdp import CONTROL, describe, describe_unsupported
from ingest.farm.udp import UdpWire
from ingest.farm.viewer import Viewer

SEND_BUFFER = 128 * 1024
"""Bytes the kernel may hold for a client (it doubles them): four seconds of 512 kb/s. Left alone
it grows to megabytes, and a slow client would fall behind by minutes unseen."""

_READ = 64 * 1024


class Connection:
    """A client's TCP connection. The farm's loop calls it; it never blocks."""

    def __init__(
        self,
        sock: socket.socket,
        feeds: Mapping[str, Feed],
        *,
        wants_write: Callable[[Connection, bool], None],
        playing: Callable[[Feed], None],
        timeout: float,
        now: float,
    ) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.sock = sock
        self.open = True
        self.heard_at = now
        self._feeds = feeds
        self._wants_write = wants_write
        self._playing = playing
        self._timeout = timeout
        self._reader = RequestReader()
        self._nonce = secrets.token_hex(16)
        self._session: str | None = None
        self._channel: int | None = None
        self._udp: UdpWire | None = None
        self._feed: Feed | None = None
        self._viewer: Viewer | None = None
        self._waiting: deque[bytes] = deque()
        self.backlog = 0

    def readable(self, now: float) -> None:
        """Read what came and answer it."""
        try:
            data = self.sock.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.hang_up()
            return
        self.heard_at = now
        try:
            for request in self._reader.feed(data):
                self._answer(request, now)
        except RequestError:
            self.write(response(400, "0"))
            self.hang_up()

    def expire(self, now: float) -> None:
        """Close a session whose client has not been heard within the timeout."""
        if self._udp is not None and self._udp.heard():
            self.heard_at = now
        if now - self.heard_at > self._timeout:
            self.hang_up()

    def write(self, data: bytes | bytearray) -> None:
        """Send now what the kernel takes; keep the rest in order. `data` may change afterwards."""
        if not self.open:
            return
        if self._waiting:
            self._keep(bytes(data))
            return
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.hang_up()
            return
        if sent < len(data):
            self._keep(bytes(data[sent:]))
            self._wants_write(self, True)

    def writable(self) -> None:
        """Send what waited."""
        try:
            while self._waiting:
                sent = self.sock.send(self._waiting[0])
                self.backlog -= sent
                if sent < len(self._waiting[0]):
                    self._waiting[0] = self._waiting[0][sent:]
                    return
                self._waiting.popleft()
        except BlockingIOError:
            return
        except OSError:
            self.hang_up()
            return
        self._wants_write(self, False)

    def hang_up(self) -> None:
        """Stop sending; the farm's loop closes the socket. Safe to call twice."""
        self._stop()
        if self._udp is not None:
            self._udp.close()
            self._udp = None
        self.open = False
        self._waiting.clear()
        self.backlog = 0

    def _keep(self, data: bytes) -> None:
        self._waiting.append(data)
        self.backlog += len(data)

    def _stop(self) -> None:
        if self._feed is not None and self._viewer is not None:
            self._feed.leave(self._viewer)
        self._viewer = None

    def _answer(self, request: Request, now: float) -> None:
        if not self.open:
            return
        feed = self._feeds.get(request.camera) or self._feed
        if request.method == "OPTIONS" and feed is None:
            self.write(response(200, request.cseq, ("Public", rtsp.PUBLIC)))
        elif feed is None:
            self.write(response(404, request.cseq))
        elif not self._fault_answers(feed, request):
            self._answer_for(feed, request, now)

    def _fault_answers(self, feed: Feed, request: Request) -> bool:
        """Whether a fault of the camera has dealt with the request."""
        if FaultKind.DROP in feed.kinds:
            self.hang_up()
            return True
        if FaultKind.NONSENSE in feed.kinds:
            self.write(NONSENSE)
            return True
        return FaultKind.STALL in feed.kinds

    def _answer_for(self, feed: Feed, request: Request, now: float) -> None:
        if request.method == "OPTIONS":
            self.write(
                response(200, request.cseq, ("Public", rtsp.PUBLIC), *self._session_header())
            )
            return
        guard = Guard(feed.camera, self._nonce)
        admitted = guard.admits(request.method, request.headers.get("authorization"))
        if FaultKind.AUTH in feed.kinds or not admitted:
            challenges = (("WWW-Authenticate", value) for value in guard.challenges())
            self.write(response(401, request.cseq, *challenges))
            return
        match request.method:
            case "DESCRIBE":
                self._describe(feed, request)
            case "SETUP":
                self._setup(feed, request)
            case "PLAY":
                self._play(request, now)
            case "PAUSE" | "TEARDOWN":
                self._stop()
                self.write(response(200, request.cseq, *self._session_header()))
            case "GET_PARAMETER" | "SET_PARAMETER":
                self.write(response(200, request.cseq, *self._session_header()))
            case _:
                self.write(response(501, request.cseq))

    def _describe(self, feed: Feed, request: Request) -> None:
        name = feed.camera.name
        body, content_type = describe(feed.info, name), "application/sdp"
        if FaultKind.CODEC in feed.kinds:
            body = describe_unsupported(name)
        if FaultKind.CONTENT_TYPE in feed.kinds:
            body, content_type = WEB_PAGE, "text/html"
        base = ("Content-Base", request.url.rstrip("/") + "/")
        self.write(response(200, request.cseq, base, body=body, content_type=content_type))

    def _setup(self, feed: Feed, request: Request) -> None:
        """Take the first transport offered that the camera has (RFC 2326 §12.39), else 461."""
        if self._viewer is not None:
            self.write(response(455, request.cseq))
            return
        offers = request.headers.get("transport", "").split(",")
        transport = next(filter(None, (self._accept(feed, offer) for offer in offers)), None)
        if transport is None:
            self.write(response(461, request.cseq))
            return
        self._feed = feed
        self._session = self._session or secrets.token_hex(8)
        self.write(response(200, request.cseq, ("Transport", transport), *self._session_header()))

    def _accept(self, feed: Feed, offer: str) -> str | None:
        """Make ready for one of the transports offered; the answer, or None where it is none."""
        channel, port = rtsp.interleaved_channel(offer), rtsp.client_port(offer)
        if channel is not None and feed.camera.tcp:
            self._channel = channel
            return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        if port is None or not feed.camera.udp:
            return None
        if self._udp is not None:
            self._udp.close()
        local, client = self.sock.getsockname()[0], self.sock.getpeername()[0]
        try:
            self._udp = UdpWire(self.sock.family, local, client, port)
        except OSError:
            self._udp = None
            return None
        self._channel, ours = 0, self._udp.port
        ports = f"client_port={port}-{port + 1};server_port={ours}-{ours + 1}"
        return f"RTP/AVP;unicast;{ports}"

    def _play(self, request: Request, now: float) -> None:
        if self._feed is None or self._channel is None:
            self.write(response(455, request.cseq))
            return
        if self._session != request.headers.get("session", "").partition(";")[0].strip():
            self.write(response(454, request.cseq))
            return
        if self._viewer is None:
            wraps = FaultKind.WRAP in self._feed.kinds
            self._viewer = Viewer(self._udp or self, self._channel, wraps=wraps)
            self._feed.join(self._viewer, self.hang_up, now)
        track = f"{request.url.rstrip('/')}/{CONTROL}"
        place = f"url={track};seq={self._viewer.sequence & 0xFFFF}"
        headers = (*self._session_header(), ("Range", "npt=now-"), ("RTP-Info", place))
        self.write(response(200, request.cseq, *headers))
        self._playing(self._feed)

    def _session_header(self) -> tuple[tuple[str, str], ...]:
        if self._session is None:
            return ()
        return (("Session", f"{self._session};timeout={round(self._timeout)}"),)
