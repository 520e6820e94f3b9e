"""The conversation with one camera as a state machine: messages in, bytes out, no socket, no clock.

OPTIONS, DESCRIBE, SETUP of the video track alone, PLAY; then only keep-alives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import quote

from configs.version import __version__
from ingest.failure import SourceError, offline, unauthorised, unsupported
from ingest.rtsp.auth import Answerer, Credentials, strongest
from ingest.rtsp.message import (
    Message,
    Request,
    Response,
    format_request,
    format_response,
)
from ingest.rtsp.sdp import VideoTrack, video_track
from ingest.rtsp.transport import OVER_TCP, UdpAnswer, channel_of, is_tcp, over_udp, udp_answer
from ingest.rtsp.url import join_control

DEFAULT_TIMEOUT = 60.0
"""Seconds after which a server may end a silent session (RFC 2326 §12.37)."""
SHORTEST_KEEP_ALIVE = 2.0
"""Seconds. Some servers say a timeout of 1 and mean 60: asking more often helps nobody."""
MAX_OUTGOING = 64 * 1024
"""Bytes that wait to be sent: a hundred requests. A camera that reads none of them is gone."""

_USER_AGENT = f"Fenghuo/{__version__}"
_REDIRECTS = frozenset({301, 302, 303, 305, 307})
_ANSWERED = frozenset({"OPTIONS", "GET_PARAMETER", "SET_PARAMETER"})


class RedirectError(Exception):
    """The stream lies elsewhere: connect to `url` instead."""

    def __init__(self, url: str) -> None:
        super().__init__("redirected")
        self.url = url


class Step(Enum):
    """What the session waits for."""

    OPTIONS = auto()
    DESCRIBE = auto()
    SETUP = auto()
    PLAY = auto()
    PLAYING = auto()


@dataclass(frozen=True, slots=True)
class _Pending:
    """A request that waits for its answer, and may have to be sent again with a login."""

    method: str
    url: str
    headers: Mapping[str, str]


class Session:
    """One RTSP session. `outgoing` holds what must be sent next; whoever sends it clears it.

    Packets come over TCP, unless `udp_port` is set before the answer to DESCRIBE: then over UDP
    to that port, and `udp` is what the camera said to it.
    """

    def __init__(
        self, url: str, credentials: Credentials | None, cnonce: Callable[[], str]
    ) -> None:
        self.step = Step.OPTIONS
        self.track: VideoTrack | None = None
        self.channel = 0
        self.udp_port: int | None = None
        self.udp = UdpAnswer()
        self.outgoing = bytearray()
        self._url = url
        self._base = url
        self._credentials = credentials
        self._cnonce = cnonce
        self._answerer: Answerer | None = None
        self._answered = False
        self._cseq = 0
        self._pending: _Pending | None = None
        self._session_id: str | None = None
        self._keep_alive_every = DEFAULT_TIMEOUT / 2
        self._keep_alive_at: float | None = None
        self._keep_alive_method = "OPTIONS"

    def start(self) -> None:
        """Put the first request into `outgoing`."""
        self._ask("OPTIONS", self._url)

    def handle(self, message: Message) -> None:
        """Take a message of the camera.

        Raises:
            SourceError: the session cannot go on; the reason says why.
            RedirectError: the stream lies elsewhere.
        """
        if isinstance(message, Request):
            self._serve(message)
        elif message.headers.number("cseq") in (None, self._cseq) and message.status >= 200:
            self._take(message)

    def keep_alive(self, now: float) -> None:
        """Say that somebody still looks, whenever the session's timeout asks for it."""
        if self.step is not Step.PLAYING:
            return
        if self._keep_alive_at is None:
            self._keep_alive_at = now + self._keep_alive_every
        elif now >= self._keep_alive_at:
            self._keep_alive_at = now + self._keep_alive_every
            self._ask(self._keep_alive_method, self._base)

    def farewell(self) -> bytes:
        """A TEARDOWN to send before hanging up; empty where no session was set up."""
        if self._session_id is None:
            return b""
        self.outgoing.clear()
        self._ask("TEARDOWN", self._base)
        return bytes(self.outgoing)

    def _ask(self, method: str, url: str, **headers: str) -> None:
        self._answered = False
        self._pending = _Pending(method, _as_one_word(url), headers)
        self._send(self._pending)

    def _send(self, request: _Pending) -> None:
        method, url = request.method, request.url
        self._cseq += 1
        headers = {"CSeq": str(self._cseq), "User-Agent": _USER_AGENT, **request.headers}
        if self._session_id is not None:
            headers["Session"] = self._session_id
        if self._answerer is not None:
            headers["Authorization"] = self._answerer.authorization(method, url)
        self._put(format_request(method, url, headers))

    def _put(self, message: bytes) -> None:
        self.outgoing += message
        if len(self.outgoing) > MAX_OUTGOING:
            raise offline("the camera asks on and on, and reads none of the answers")

    def _serve(self, request: Request) -> None:
        """Answer a request of the camera: it only wants to hear that somebody is there."""
        known = request.method.upper() in _ANSWERED
        status, reason = (200, "OK") if known else (501, "Not Implemented")
        headers = {"CSeq": request.headers.get("cseq") or "0", "User-Agent": _USER_AGENT}
        self._put(format_response(status, reason, headers))

    def _take(self, response: Response) -> None:
        if self._pending is None:
            return
        if response.status == 401:
            self._log_in(self._pending, response)
            return
        self._pending = None
        if self.step is Step.PLAYING:
            self._check_keep_alive(response)
            return
        if response.status in _REDIRECTS:
            raise RedirectError(response.headers.get("location") or "")
        if self.step is Step.OPTIONS:
            self._after_options(response)
            return
        if response.status >= 300:
            raise refusal(self.step.name, response, over_tcp=self.udp_port is None)
        match self.step:
            case Step.DESCRIBE:
                self._after_describe(response)
            case Step.SETUP:
                self._after_setup(response)
            case _:
                self.step = Step.PLAYING

    def _log_in(self, request: _Pending, response: Response) -> None:
        """Answer a 401 once; a second one means that name or password are wrong."""
        challenge = strongest(response.headers.all("www-authenticate"))
        if self._credentials is None:
            raise unauthorised("the camera asks for a login; set username and password_env")
        if challenge is None:
            raise unauthorised("the camera offers neither Basic nor Digest (MD5, SHA-256) login")
        used = self._answerer
        # A nonce may grow old within a session; that is no wrong password (RFC 7616 §3.3).
        renewed = used is not None and challenge.nonce != used.challenge.nonce
        if used is not None and (self._answered or not renewed) and not challenge.stale:
            raise unauthorised("the camera refused the login; check username and password")
        if self._answered and challenge.stale and not renewed:
            raise unauthorised("the camera calls its own new nonce stale")
        self._answered = True
        self._answerer = Answerer(challenge, self._credentials, self._cnonce)
        self._send(request)

    def _check_keep_alive(self, response: Response) -> None:
        if response.status == 454:
            raise offline("the camera has ended the session")
        if response.status >= 400 and self._keep_alive_method != "OPTIONS":
            self._keep_alive_method = "OPTIONS"

    def _after_options(self, response: Response) -> None:
        # A camera that refuses OPTIONS may still stream; a wrong path is said by DESCRIBE.
        public = (response.headers.get("public") or "").upper()
        if "GET_PARAMETER" in public:
            self._keep_alive_method = "GET_PARAMETER"
        self.step = Step.DESCRIBE
        self._ask("DESCRIBE", self._url, Accept="application/sdp")

    def _after_describe(self, response: Response) -> None:
        self.track = video_track(response.body)
        headers = response.headers
        self._base = headers.get("content-base") or headers.get("content-location") or self._url
        self.step = Step.SETUP
        control = join_control(self._base, self.track.control)
        transport = OVER_TCP if self.udp_port is None else over_udp(self.udp_port)
        self._ask("SETUP", control, Transport=transport)

    def _after_setup(self, response: Response) -> None:
        transport = response.headers.get("transport") or ""
        over_tcp = self.udp_port is None
        if over_tcp is not is_tcp(transport):
            raise unsupported(_refused(over_tcp, "answered SETUP with another transport"))
        self.channel = channel_of(transport)
        self.udp = udp_answer(transport)
        session_id, _, options = (response.headers.get("session") or "").partition(";")
        if not session_id.strip():
            raise offline("the camera set up no session")
        self._session_id = session_id.strip()
        self._keep_alive_every = max(SHORTEST_KEEP_ALIVE, _timeout(options) / 2)
        self.step = Step.PLAY
        self._ask("PLAY", self._base, Range="npt=0.000-")


def refusal(request: str, response: Response, *, over_tcp: bool) -> SourceError:
    """What a refused request means for the camera's owner."""
    answer = f"{response.status} {response.reason[:60]}".strip()
    match response.status:
        case 403:
            return unauthorised(f"the camera forbids this login to watch ({answer})")
        case 404:
            return offline(f"the camera has no stream at this path ({answer}); check its url")
        case 453 | 503:
            return offline(f"the camera serves no further viewer ({answer})")
        case 461:
            return unsupported(_refused(over_tcp, answer))
        case _:
            return offline(f"the camera answered {request} with {answer}")


def _refused(over_tcp: bool, answer: str) -> str:
    way, other = ("TCP", "udp") if over_tcp else ("UDP", "tcp")
    return f"the camera refuses RTP over {way} ({answer}); try transport: {other}"


def _as_one_word(url: str) -> str:
    """An address that may come from the camera, such that it cannot end the line that it is in."""
    return "".join(c if c.isprintable() and not c.isspace() else quote(c) for c in url)


def _timeout(options: str) -> float:
    """The timeout of a Session header in seconds."""
    name, _, value = options.strip().partition("=")
    digits = value.partition(";")[0].strip()
    if name.strip().lower() == "timeout" and digits.isascii() and digits.isdigit():
        return float(digits[:6])
    return DEFAULT_TIMEOUT
