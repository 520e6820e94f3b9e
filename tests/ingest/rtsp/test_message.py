"""RTSP messages: whole, in pieces, sloppy, oversized, and not RTSP at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rtsp.message import (
    MAX_BODY,
    MAX_HEAD,
    MessageError,
    Request,
    Response,
    format_request,
    format_response,
    parse,
)

OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nbody"


def test_a_response_with_a_body() -> None:
    found = parse(OK + b"$\0\0\1x")
    assert found is not None
    message, taken = found
    assert isinstance(message, Response)
    assert (message.status, message.reason, message.body) == (200, "OK", b"body")
    assert message.headers.number("CSeq") == 1
    assert taken == len(OK)


@pytest.mark.parametrize("length", range(len(OK)))
def test_a_beginning_is_no_error(length: int) -> None:
    assert parse(OK[:length]) is None


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"RTSP/1.0 200 OK\nPublic: PLAY\n\n", "PLAY"),
        (b"\r\n\r\nRTSP/1.0 200 OK\r\nPUBLIC:PLAY\r\n\r\n", "PLAY"),
        (b"RTSP/1.0 200\r\npublic :  PLAY \r\n\r\n", "PLAY"),
        (b"RTSP/1.0 200 OK\r\nPublic: PLAY,\r\n  PAUSE\r\n\r\n", "PLAY, PAUSE"),
        (b"RTSP/1.0 200 OK\r\nnonsense\r\nPublic: A\r\nPublic: B\r\n\r\n", "A"),
        (b"RTSP/1.0 200 OK\r\nX: \xff\r\n\r\n", None),
    ],
)
def test_sloppy_headers_are_read(data: bytes, header: str | None) -> None:
    found = parse(data)
    assert found is not None
    assert found[0].headers.get("public") == header


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 abc OK\r\n\r\n",
        b"RTSP/1.0 20 OK\r\n\r\n",
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"RTSP/1.0 200 OK\r\nX: " + b"y" * MAX_HEAD,
    ],
)
def test_what_is_not_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        parse(data)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_raise_nothing_else(data: bytes) -> None:
    try:
        found = parse(data)
    except MessageError:
        return
    assert found is None or 0 < found[1] <= len(data)


TOKENS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=12)
VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x2FF, exclude_categories=["Cc", "Z"]),
    min_size=1,
    max_size=30,
)


@given(TOKENS, st.dictionaries(TOKENS, VALUES, max_size=6))
def test_what_is_written_can_be_read(method: str, headers: dict[str, str]) -> None:
    headers.pop("CONTENT-LENGTH", None)
    data = format_request(method, "rtsp://host/path", headers)
    found = parse(data)
    assert found is not None
    request, taken = found
    assert isinstance(request, Request)
    assert (request.method, request.url, taken) == (method, "rtsp://host/path", len(data))
    assert {name: request.headers.get(name) for name in headers} == headers


def test_a_line_break_cannot_enter_a_header() -> None:
    with pytest.raises(MessageError):
        format_response(200, "OK", {"CSeq": "1\r\nX: y"})


def test_a_number_of_five_thousand_digits_is_none() -> None:
    found = parse(b"RTSP/1.0 200 OK\r\nCSeq: " + b"9" * 5000 + b"\r\n\r\n")
    assert found is not None
    assert found[0].headers.number("cseq") is None
    with pytest.raises(MessageError, match="not a number"):
        parse(b"RTSP/1.0 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n")


@pytest.mark.parametrize("length", [4, 30])
def test_binary_data_is_refused_however_much_of_it_has_come(length: int) -> None:
    with pytest.raises(MessageError, match="binary"):
        parse(b"RT\0P/1.0 200 OK\r\nCSeq: 1\r\n\r\n"[:length])


def test_a_lone_carriage_return_cannot_end_a_line_of_ours() -> None:
    found = parse(b"RTSP/1.0 401 No\r\nSession: a\rTEARDOWN\r\n\r\n")
    assert found is not None
    session = found[0].headers.get("session")
    assert session == "aTEARDOWN"
    assert format_request("PLAY", "rtsp://cam", {"Session": session})
