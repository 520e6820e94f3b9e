"""Addresses, and the joining of control attributes."""

from __future__ import annotations

import pytest

from ingest.rtsp.url import join_control, parse_url


@pytest.mark.parametrize(
    ("text", "sent", "host", "port", "tls"),
    [
        ("rtsp://cam/live", "rtsp://cam/live", "cam", 554, False),
        (
            "rtsp://10.0.0.1:8554/a?x=1&y=2",
            "rtsp://10.0.0.1:8554/a?x=1&y=2",
            "10.0.0.1",
            8554,
            False,
        ),
        ("rtsps://cam/live", "rtsps://cam/live", "cam", 322, True),
        ("rtsp://[fe80::1]:554/a", "rtsp://[fe80::1]:554/a", "fe80::1", 554, False),
        ("rtsp://user:secret@cam/live", "rtsp://cam/live", "cam", 554, False),
    ],
)
def test_addresses(text: str, sent: str, host: str, port: int, tls: bool) -> None:
    url = parse_url(text)
    assert (url.text, url.host, url.port, url.tls) == (sent, host, port, tls)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://cam/", "http"),
        ("cam/live", "nothing"),
        ("rtsp:///live", "no host"),
        ("rtsp://cam:99999/", "[Pp]ort"),
        ("rtsp://cam/a b", "space"),
        ("rtsp://cam/a\r\nX: y", "space or a control"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_url(text)


@pytest.mark.parametrize(
    ("base", "control", "joined"),
    [
        ("rtsp://h/a/", "trackID=1", "rtsp://h/a/trackID=1"),
        ("rtsp://h/a", "trackID=1", "rtsp://h/a/trackID=1"),
        ("rtsp://h/a?x=1", "trackID=1", "rtsp://h/a?x=1/trackID=1"),
        ("rtsp://h/a/", "*", "rtsp://h/a/"),
        ("rtsp://h/a", None, "rtsp://h/a"),
        ("rtsp://h/a", "rtsp://other:9/b", "rtsp://other:9/b"),
        ("rtsp://h:8554/a/b", "/c", "rtsp://h:8554/c"),
    ],
)
def test_controls(base: str, control: str | None, joined: str) -> None:
    assert join_control(base, control) == joined


def test_a_broken_base_is_joined_as_it_is() -> None:
    assert join_control("rtsp://[cam/live", "/track1") == "rtsp://[cam/track1"
