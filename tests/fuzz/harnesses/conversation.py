"""The session's state machine, opposite a server that means no good."""

from __future__ import annotations

from ingest.failure import SourceError
from ingest.rtsp.auth import Credentials
from ingest.rtsp.message import Message, MessageError, Request, Response, parse
from ingest.rtsp.session import MAX_OUTGOING, RedirectError, Session, Step
from tests.fuzz.draw import Draw
from tests.fuzz.harnesses.words import clean

PASSWORD = "p4ss-word"
_STATUS = (200, 200, 200, 401, 302, 404, 454, 461, 100, 503, 453, 403, 501, 999)
_FIELDS = (
    ("Public", "DESCRIBE, SETUP, PLAY, GET_PARAMETER"),
    ("Session", "12345678;timeout=60"),
    ("Session", "a b;timeout=1"),
    ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"),
    ("Transport", "RTP/AVP/TCP;interleaved=254-255"),
    ("Transport", "RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001"),
    ("Transport", "RTP/AVP/UDP;unicast;client_port=1-2"),
    ("WWW-Authenticate", 'Digest realm="r", nonce="n"'),
    ("WWW-Authenticate", 'Digest realm="r", nonce="n2", stale=true'),
    ("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"'),
    ("WWW-Authenticate", 'Basic realm="r"'),
    ("Content-Base", "rtsp://camera/live/"),
    ("Content-Base", "rtsp://[camera/live"),
    ("Location", "rtsp://elsewhere/live"),
    ("RTP-Info", "url=rtsp://camera/live/track1;seq=1;rtptime=2"),
)
_SDP = (
    b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n",
    b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:/abs\r\n",
    b"v=0\r\nm=video 0 RTP/AVP 26\r\n",
)
_METHODS = ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "PLAY_NOTIFY", "TEARDOWN")


def check(data: bytes) -> None:
    """It never moves backwards, says what is wrong in words, and keeps the password to itself."""
    draw = Draw(data)
    credentials = Credentials("viewer", PASSWORD) if draw.flag() else None
    session = Session("rtsp://camera/live", credentials, lambda: "c0ffee")
    session.start()
    step, now = session.step, 0.0
    for _ in range(64):
        if draw.empty:
            break
        asked = _asked(session)
        message = _message(draw, asked)
        if message is None:
            continue
        now += draw.number()
        try:
            session.handle(message)
            session.keep_alive(now)
        except SourceError as error:
            clean(error, PASSWORD)
            break
        except RedirectError:
            break
        assert session.step.value >= step.value
        step = session.step
        assert step is not Step.PLAYING or session.track is not None
        assert 0 <= session.channel <= 254
        assert len(session.outgoing) <= MAX_OUTGOING
    _asked(session)
    farewell = session.farewell()
    assert len(farewell) <= MAX_OUTGOING


def _asked(session: Session) -> list[Message]:
    """What the session wants to be sent: whole messages, and nothing else."""
    found: list[Message] = []
    while session.outgoing:
        assert PASSWORD.encode() not in session.outgoing
        one = parse(session.outgoing)
        assert one is not None, bytes(session.outgoing)
        message, taken = one
        del session.outgoing[:taken]
        found.append(message)
    return found


def _message(draw: Draw, asked: list[Message]) -> Message | None:
    """A plausible answer, or one with parts that are not; it has passed the parser like any."""
    if draw.below(8) == 7:
        wire = draw.blob(2)
    else:
        cseq = asked[-1].headers.get("cseq") if asked and draw.below(4) else str(draw.number())
        fields = [f"CSeq: {cseq}"]
        for _ in range(draw.below(6)):
            name, value = draw.pick(_FIELDS)
            kind = draw.below(4)
            if kind == 0:
                value = draw.text()
            elif kind == 1:
                value += draw.text()
            elif kind == 2:
                value = value.replace("1", "9" * draw.number(2))
            fields.append(f"{name}: {value}")
        body = draw.pick(_SDP) if draw.flag() else draw.blob(2)
        fields.append(f"Content-Length: {len(body)}")
        if draw.below(8) == 7:
            first = f"{draw.pick(_METHODS)} rtsp://camera/live RTSP/1.0"
        else:
            first = f"RTSP/1.0 {draw.pick(_STATUS)} {draw.text() if draw.flag() else 'Said'}"
        wire = "\r\n".join([first, *fields, "", ""]).encode("utf-8", "replace") + body
    try:
        found = parse(wire)
    except MessageError:
        return None
    message = found[0] if found is not None else None
    assert message is None or isinstance(message, Request | Response)
    return message
