"""Addresses from a configuration, and those that a camera sends."""

from __future__ import annotations

from urllib.parse import urlsplit

from ingest.rtsp.url import join_control, parse_url
from tests.fuzz.draw import Draw


def check(data: bytes) -> None:
    """What is sent is one word without credentials; joining refuses with ValueError alone."""
    draw = Draw(data)
    base = draw.text()
    control = draw.text() if draw.flag() else None
    try:
        url = parse_url(base)
    except ValueError:
        url = None
    if url is not None:
        assert url.host
        assert 0 < url.port < 65536
        assert "@" not in urlsplit(url.text).netloc
        assert len(url.text.split()) == 1
    try:
        joined = join_control(base, control)
    except ValueError:
        return
    assert len(joined) <= len(base) + len(control or "") + 16
