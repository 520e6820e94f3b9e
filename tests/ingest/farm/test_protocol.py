"""RTSP requests, SDP, passwords and sender reports, without a server."""

from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.farm import rtcp
from ingest.farm.auth import Guard
from ingest.farm.camera import AuthScheme, FarmCamera
from ingest.farm.rtsp import (
    RequestError,
    RequestReader,
    client_port,
    interleaved_channel,
    parse_request,
    response,
)
from ingest.farm.sdp import describe
from ingest.media import Codec, StreamInfo

_OPTIONS = b"OPTIONS rtsp://h:1/cam1 RTSP/1.0\r\nCSeq: 7\r\n\r\n"
_REPORT = b"$\x01\x00\x05\r\n\r\nX"


@given(cut=st.integers(0, len(_OPTIONS + _REPORT + _OPTIONS)))
def test_requests_are_found_however_the_bytes_come(cut: int) -> None:
    data = _OPTIONS + _REPORT + _OPTIONS
    reader = RequestReader()
    found = [*reader.feed(data[:cut]), *reader.feed(data[cut:])]
    assert [(request.method, request.cseq) for request in found] == [("OPTIONS", "7")] * 2


def test_a_body_belongs_to_its_request() -> None:
    body = b"GET_PARAMETER rtsp://h/a RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nping"
    found = list(RequestReader().feed(body + _OPTIONS))
    assert [request.method for request in found] == ["GET_PARAMETER", "OPTIONS"]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01 hello\r\n\r\n",
        b"x" * 20_000,
        b"OPTIONS rtsp://h/a RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
        b"OPTIONS rtsp://h/a RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_not_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(RequestError):
        list(RequestReader().feed(data))


@pytest.mark.parametrize(
    ("url", "camera"),
    [
        ("rtsp://h:1/cam1", "cam1"),
        ("rtsp://h:1/cam1/", "cam1"),
        ("rtsp://h:1/cam1/trackID=0", "cam1"),
        ("rtsp://h:1", ""),
        ("*", "*"),
    ],
)
def test_a_camera_is_the_first_part_of_the_path(url: str, camera: str) -> None:
    assert parse_request(f"OPTIONS {url} RTSP/1.0".encode()).camera == camera


@pytest.mark.parametrize(
    ("offer", "channel", "port"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", 0, None),
        (" RTP/AVP/TCP;interleaved=2-3;unicast", 2, None),
        ("RTP/AVP/TCP;interleaved=255-256", None, None),
        ("RTP/AVP;unicast;client_port=5000-5001", None, 5000),
        ("RTP/AVP/UDP;unicast;client_port=5000-5001", None, 5000),
        ("RTP/AVP;multicast;client_port=5000-5001", None, None),
        ("RTP/AVP;unicast;client_port=65535-65536", None, None),
        ("RTP/AVP;unicast", None, None),
        ("RTP/SAVP;unicast;client_port=5000-5001", None, None),
        ("", None, None),
    ],
)
def test_offers_of_transports(offer: str, channel: int | None, port: int | None) -> None:
    assert interleaved_channel(offer) == channel
    assert client_port(offer) == port


def test_an_answer_counts_bytes_not_letters() -> None:
    answer = response(200, "3", body="村口", content_type="text/plain")
    assert b"Content-Length: 6\r\n" in answer


def test_sdp_of_h264_carries_profile_and_parameter_sets() -> None:
    info = StreamInfo(Codec.H264, (b"\x67\x42\xc0\x1e\xaa", b"\x68\xce"), 640, 360)
    text = describe(info, "cam1")
    assert "a=rtpmap:96 H264/90000\r\n" in text
    assert "packetization-mode=1;profile-level-id=42C01E;" in text
    first, second = text.split("sprop-parameter-sets=")[1].split("\r\n")[0].split(",")
    assert (base64.b64decode(first), base64.b64decode(second)) == info.parameter_sets


def test_sdp_of_h265_names_each_parameter_set() -> None:
    info = StreamInfo(Codec.H265, (b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc1"), 640, 360)
    line = next(line for line in describe(info, "c").split("\r\n") if line.startswith("a=fmtp"))
    fields = dict(part.split("=", 1) for part in line.partition(" ")[2].split(";"))
    sets = [base64.b64decode(fields[name]) for name in ("sprop-vps", "sprop-sps", "sprop-pps")]
    assert tuple(sets) == info.parameter_sets


def test_a_camera_without_a_name_lets_everybody_in() -> None:
    assert Guard(FarmCamera("c", "x"), "n").admits("PLAY", None)


@pytest.mark.parametrize(
    ("header", "admitted"),
    [
        (None, False),
        ("", False),
        ("Basic " + base64.b64encode(b"u:p").decode(), True),
        ("Basic " + base64.b64encode(b"u:q").decode(), False),
        ("Basic !!!", False),
        ("Bearer x", False),
        ('Digest username="u", nonce="n", uri="rtsp://h/c", response="0"', False),
    ],
)
def test_a_password_opens_a_camera(header: str | None, admitted: bool) -> None:
    guard = Guard(FarmCamera("c", "x", username="u", password="p"), "n")
    assert guard.admits("DESCRIBE", header) is admitted


def test_digest_with_a_quality_of_protection() -> None:
    """RFC 7616 §3.4.1: MD5(HA1:nonce:nc:cnonce:qop:HA2), worked out apart from the code."""
    camera = FarmCamera("c", "x", username="u", password="p")
    header = (
        'Digest username="u", realm="Fenghuo camera farm", nonce="n", uri="rtsp://h/c", qop=auth, '
        'nc=00000001, cnonce="k", response="a314ad3e57ce178757958c5ece50d066"'
    )
    assert Guard(camera, "n").admits("DESCRIBE", header)
    assert not Guard(camera, "other").admits("DESCRIBE", header)
    assert not Guard(camera, "n").admits("PLAY", header)


def test_a_scheme_that_is_not_offered_is_not_taken() -> None:
    camera = FarmCamera("c", "x", username="u", password="p", schemes=(AuthScheme.DIGEST,))
    guard = Guard(camera, "n")
    assert [challenge.split()[0] for challenge in guard.challenges()] == ["Digest"]
    assert not guard.admits("DESCRIBE", "Basic " + base64.b64encode(b"u:p").decode())


def test_a_camera_does_not_show_its_password() -> None:
    assert "geheim" not in repr(FarmCamera("c", "x", username="u", password="geheim"))


def test_a_sender_report_says_which_timestamp_is_now() -> None:
    packet = rtcp.sender_report(0xABCD, 1_700_000_000.25, (1 << 32) + 90, 3, 4000)
    kind, length, ssrc, seconds, part, stamp, packets, size = struct.unpack(
        ">xBHIIIIII", packet[:28]
    )
    assert (kind, length, ssrc) == (200, 6, 0xABCD)
    assert seconds - 2_208_988_800 == 1_700_000_000
    assert part / (1 << 32) == pytest.approx(0.25)
    assert (stamp, packets, size) == (90, 3, 4000)
    assert packet[29] == 202
    assert len(packet) == 28 + 4 * (1 + struct.unpack(">H", packet[30:32])[0])
