"""The conversation, message by message, with a camera that says what the test wants."""

from __future__ import annotations

import pytest

from ingest.failure import SourceError
from ingest.health import CameraState
from ingest.rtsp.auth import Credentials
from ingest.rtsp.message import Headers, Request, Response, parse
from ingest.rtsp.session import MAX_OUTGOING, RedirectError, Session, Step

URL = "rtsp://cam/live"
SDP = b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
BASIC = 'Basic realm="cam"'


class Camera:
    """Reads the session's requests and answers them."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.session = Session(URL, credentials, lambda: "c")
        self.session.start()

    def asked(self) -> Request:
        found = parse(self.session.outgoing)
        assert found is not None, "nothing was asked"
        request, taken = found
        del self.session.outgoing[:taken]
        assert isinstance(request, Request)
        return request

    def refuse(self, challenge: str) -> Request:
        """Answer 401; returns what was asked."""
        return self.answer(401, www_authenticate=challenge)

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> Request:
        """Answer what was asked; returns it."""
        request = self.asked()
        fields = {name.lower().replace("_", "-"): (value,) for name, value in headers.items()}
        fields["cseq"] = (request.headers.get("cseq") or "",)
        self.session.handle(Response(status, "Said", Headers(fields), body))
        return request

    def play(self, session: str) -> None:
        self.answer(public="DESCRIBE, GET_PARAMETER")
        self.answer(body=SDP, content_base=URL + "/")
        self.answer(transport="RTP/AVP/TCP;unicast;interleaved=2-3", session=session)
        self.answer()


def test_the_way_to_the_pictures() -> None:
    camera = Camera()
    asked = [
        camera.answer(public="DESCRIBE"),
        camera.answer(body=SDP, content_base="rtsp://cam/base/"),
        camera.answer(transport="RTP/AVP/TCP;interleaved=4-5", session="s1;timeout=30"),
        camera.answer(),
    ]
    assert [(r.method, r.url) for r in asked] == [
        ("OPTIONS", URL),
        ("DESCRIBE", URL),
        ("SETUP", "rtsp://cam/base/trackID=0"),
        ("PLAY", "rtsp://cam/base/"),
    ]
    assert asked[2].headers.get("transport") == "RTP/AVP/TCP;unicast;interleaved=0-1"
    assert asked[3].headers.get("session") == "s1"
    assert camera.session.step is Step.PLAYING
    assert camera.session.channel == 4


@pytest.mark.parametrize(
    ("session", "method", "every"),
    [
        ("s;timeout=20", "GET_PARAMETER", 10.0),
        ("s", "GET_PARAMETER", 30.0),
        ("s;timeout=1", "GET_PARAMETER", 2.0),
    ],
)
def test_keep_alives_follow_the_timeout(session: str, method: str, every: float) -> None:
    camera = Camera()
    camera.play(session=session)
    camera.session.keep_alive(100.0)
    camera.session.keep_alive(100.0 + every - 0.1)
    assert not camera.session.outgoing
    camera.session.keep_alive(100.0 + every)
    assert camera.answer().method == method


def test_a_camera_without_get_parameter_is_asked_for_options() -> None:
    camera = Camera()
    camera.play(session="s;timeout=20")
    camera.session.keep_alive(0)
    camera.session.keep_alive(10)
    camera.answer(status=501)
    camera.session.keep_alive(20)
    assert camera.answer().method == "OPTIONS"


def test_a_session_that_was_ended_is_noticed() -> None:
    camera = Camera()
    camera.play(session="s")
    camera.session.keep_alive(0)
    camera.session.keep_alive(30)
    with pytest.raises(SourceError, match="ended the session"):
        camera.answer(status=454)


def test_a_login_is_given_when_asked_for_and_kept() -> None:
    camera = Camera(Credentials("u", "p"))
    assert camera.refuse(BASIC).headers.get("authorization") is None
    assert camera.answer().headers.get("authorization") == "Basic dTpw"
    assert camera.asked().headers.get("authorization") == "Basic dTpw"


@pytest.mark.parametrize(
    ("credentials", "challenges", "said"),
    [
        (None, [BASIC], "set username and password_env"),
        (Credentials("u", "p"), [BASIC, BASIC], "check username and password"),
        (Credentials("u", "p"), ["Bearer"], "neither Basic nor Digest"),
        (
            Credentials("u", "p"),
            [f'Digest realm="r", nonce="{n}"' for n in "ab"],
            "check username and password",
        ),
        (
            Credentials("u", "p"),
            ['Digest realm="r", nonce="a", stale=true'] * 2,
            "stale",
        ),
    ],
)
def test_a_refused_login_is_not_tried_again(
    credentials: Credentials | None, challenges: list[str], said: str
) -> None:
    camera = Camera(credentials)
    for challenge in challenges[:-1]:
        camera.refuse(challenge)
    with pytest.raises(SourceError, match=said) as raised:
        camera.refuse(challenges[-1])
    assert raised.value.state is CameraState.UNAUTHORISED


def test_a_stale_nonce_is_renewed() -> None:
    camera = Camera(Credentials("u", "p"))
    camera.refuse('Digest realm="r", nonce="one"')
    camera.refuse('Digest realm="r", nonce="two", stale=true')
    assert 'nonce="two"' in (camera.asked().headers.get("authorization") or "")


def test_a_nonce_that_ends_between_requests_is_renewed() -> None:
    camera = Camera(Credentials("u", "p"))
    camera.refuse('Digest realm="r", nonce="one"')
    camera.answer()
    camera.refuse('Digest realm="r", nonce="two"')
    assert 'nonce="two"' in (camera.asked().headers.get("authorization") or "")


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        (404, CameraState.OFFLINE, "check its url"),
        (403, CameraState.UNAUTHORISED, "forbids"),
        (503, CameraState.OFFLINE, "no further viewer"),
        (500, CameraState.OFFLINE, "answered DESCRIBE with 500 Said"),
    ],
)
def test_refusals_say_what_to_do(status: int, state: CameraState, said: str) -> None:
    camera = Camera()
    camera.answer(status=501)
    with pytest.raises(SourceError, match=said) as raised:
        camera.answer(status=status)
    assert raised.value.state is state


@pytest.mark.parametrize(
    ("transport", "session", "said"),
    [
        ("RTP/AVP;unicast;client_port=1-2", "s", "transport: udp"),
        ("RTP/AVP/TCP;interleaved=0-1", "", "no session"),
    ],
)
def test_a_setup_that_cannot_work_is_refused(transport: str, session: str, said: str) -> None:
    camera = Camera()
    camera.answer()
    camera.answer(body=SDP)
    with pytest.raises(SourceError, match=said):
        camera.answer(transport=transport, session=session)


def test_udp_alone_is_unsupported() -> None:
    camera = Camera()
    camera.answer()
    camera.answer(body=SDP)
    with pytest.raises(SourceError, match="refuses RTP over TCP"):
        camera.answer(status=461)


def test_a_redirect_is_handed_on() -> None:
    camera = Camera()
    camera.answer()
    with pytest.raises(RedirectError) as raised:
        camera.answer(status=302, location="rtsp://other/live")
    assert raised.value.url == "rtsp://other/live"


def test_requests_of_the_camera_are_answered() -> None:
    camera = Camera()
    camera.play(session="s")
    for method, status in (("OPTIONS", 200), ("SET_PARAMETER", 200), ("PLAY_NOTIFY", 501)):
        camera.session.handle(Request(method, "*", Headers({"cseq": ("9",)})))
        found = parse(camera.session.outgoing)
        assert found is not None
        response, taken = found
        del camera.session.outgoing[:taken]
        assert isinstance(response, Response)
        assert (response.status, response.headers.get("cseq")) == (status, "9")


def test_old_and_provisional_answers_are_passed_over() -> None:
    camera = Camera()
    camera.session.handle(Response(100, "Continue", Headers({"cseq": ("1",)})))
    camera.session.handle(Response(200, "OK", Headers({"cseq": ("77",)})))
    assert camera.session.step is Step.OPTIONS


def test_a_farewell_needs_a_session() -> None:
    camera = Camera()
    assert camera.session.farewell() == b""
    camera = Camera()
    camera.play(session="abc;timeout=9")
    assert camera.session.farewell().startswith(b"TEARDOWN rtsp://cam/live/ RTSP/1.0\r\n")


def test_an_address_of_the_camera_cannot_end_our_line() -> None:
    camera = Camera()
    camera.answer()
    camera.answer(body=SDP, content_base="rtsp://cam/a b\tc/")
    assert camera.asked().url == "rtsp://cam/a%20b%09c/trackID=0"


def test_a_channel_of_five_thousand_digits_is_one_that_exists() -> None:
    camera = Camera()
    camera.answer()
    camera.answer(body=SDP)
    camera.answer(transport="RTP/AVP/TCP;interleaved=" + "9" * 5000, session="s")
    assert camera.session.channel == 254


def test_a_camera_that_only_asks_is_given_up() -> None:
    camera = Camera()
    camera.play(session="s")
    asking = Request("OPTIONS", "*", Headers({"cseq": ("9" * 1000,)}))
    while len(camera.session.outgoing) < MAX_OUTGOING - 1100:
        camera.session.handle(asking)
    with pytest.raises(SourceError, match="reads none of the answers"):
        camera.session.handle(asking)
