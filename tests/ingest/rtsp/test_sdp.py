"""Session descriptions as cameras write them."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.failure import LONGEST_REASON, SourceError
from ingest.health import CameraState
from ingest.media import Codec
from ingest.rtsp.sdp import VideoTrack, video_track

SPS, PPS, VPS = b"\x67\x42\x00\x1fsps", b"\x68\xcepps", b"\x40\x01vps"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sdp(*lines: str, end: str = "\r\n") -> bytes:
    head = ("v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=x", "t=0 0", "a=control:*")
    return end.join((*head, *lines, "")).encode()


H264 = (
    "m=video 0 RTP/AVP 96",
    "a=rtpmap:96 H264/90000",
    "a=fmtp:96 packetization-mode=1;profile-level-id=42001f;"
    f"sprop-parameter-sets={b64(SPS)},{b64(PPS)}",
    "a=control:trackID=1",
)


def test_h264() -> None:
    track = video_track(sdp(*H264))
    assert track.codec is Codec.H264
    assert (track.payload_type, track.control) == (96, "trackID=1")
    assert track.parameter_sets == (SPS, PPS)


def test_h265() -> None:
    track = video_track(
        sdp(
            "m=audio 0 RTP/AVP 0",
            "a=control:audio",
            "m=video 0 RTP/AVP 98",
            "a=rtpmap:98 H265/90000",
            f"a=fmtp:98 sprop-vps={b64(VPS)}; sprop-sps={b64(SPS)}; sprop-pps={b64(PPS)}",
            "a=control:rtsp://h/video",
        )
    )
    assert track.codec is Codec.H265
    assert track.control == "rtsp://h/video"
    assert track.parameter_sets == (VPS, SPS, PPS)


@pytest.mark.parametrize(
    "lines",
    [
        ("m=video 0 RTP/AVP 96", "a=rtpmap:96 h264/90000"),
        ("m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=fmtp:96 sprop-parameter-sets=%%%"),
        ("m=video 0 RTP/AVP 26 96", "a=rtpmap:96 H264/90000"),
        ("m=video 0 RTP/AVP 26", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000"),
        ("m=video 0 RTP/AVP 96", "a=rtpmap:96  H264/90000", "a=fmtp:96"),
    ],
)
def test_sloppy_descriptions_are_read(lines: tuple[str, ...]) -> None:
    track: VideoTrack = video_track(sdp(*lines, end="\n"))
    assert track.codec is Codec.H264
    assert track.parameter_sets == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "no video"),
        (("m=audio 0 RTP/AVP 0",), "no video"),
        (("m=video 0 RTP/AVP 26",), "sends JPEG; set it to H.264 or H.265"),
        (("m=video 0 RTP/AVP 96", "a=rtpmap:96 MP4V-ES/90000"), "sends MP4V-ES"),
        (("m=video 0 RTP/AVP 97",), "payload type 97"),
        ((*H264[:2], "a=fmtp:96 packetization-mode=2"), "mode 2"),
        (
            ("m=video 0 RTP/AVP 98", "a=rtpmap:98 H265/90000", "a=fmtp:98 sprop-max-don-diff=2"),
            "decoding order numbers",
        ),
    ],
)
def test_what_cannot_be_taken_is_said(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(SourceError, match=said) as raised:
        video_track(sdp(*lines))
    assert raised.value.state is CameraState.UNSUPPORTED


LINES = st.lists(
    st.one_of(
        st.sampled_from(H264),
        st.text(max_size=40),
        st.builds("m=video {}".format, st.text(max_size=20)),
        st.builds("a=rtpmap:{}".format, st.text(max_size=20)),
        st.builds("a=fmtp:96 sprop-parameter-sets={}".format, st.text(max_size=40)),
    ),
    max_size=12,
)


@given(LINES)
@settings(max_examples=300)
def test_any_lines_give_a_track_or_say_why_not(lines: list[str]) -> None:
    with suppress(SourceError):
        assert video_track("\n".join(lines).encode()).codec in Codec


@given(st.binary(max_size=300))
def test_any_bytes_raise_nothing_else(body: bytes) -> None:
    with pytest.raises(SourceError):
        video_track(b"v=0\n" + body.replace(b"H26", b""))


def test_thousands_of_payload_types_and_attributes_are_looked_at_once() -> None:
    """Each type was looked for in all attributes: a body of 64 kB took a quarter of a minute."""
    body = b"m=video 0 RTP/AVP" + b" 96" * 9_000 + b"\r\n" + b"a=b\r\n" * 6_000
    with pytest.raises(SourceError, match="payload type 96"):
        video_track(body)


def test_a_payload_type_is_seven_bits() -> None:
    with pytest.raises(SourceError, match="payload type 7;"):
        video_track(b"m=video 0 RTP/AVP 128 7 " + b"9" * 5000 + b"\r\n")


def test_a_clock_of_five_thousand_digits_is_none() -> None:
    body = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/" + b"9" * 5000 + b"\r\n"
    assert video_track(body).payload_type == 96


def test_a_camera_cannot_write_to_our_terminal() -> None:
    body = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 \x1b[2J" + b"x" * 5000 + b"/90000\r\n"
    with pytest.raises(SourceError) as raised:
        video_track(body)
    assert raised.value.reason.isprintable()
    assert len(raised.value.reason) <= LONGEST_REASON
