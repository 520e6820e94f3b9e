"""RTSP messages, as they come in pieces."""

from __future__ import annotations

from ingest.rtsp.message import MAX_BODY, Message, MessageError, Request, format_request, parse
from tests.fuzz.draw import Draw, pieces

Read = tuple[list[Message], bool]
"""The messages found, and whether the bytes were refused after them."""


def check(data: bytes) -> None:
    """Pieces change nothing; nothing is made up; what was read can be written and read again."""
    draw = Draw(data)
    plan = draw.blob()
    wire = draw.rest()
    at_once = read([wire])
    in_pieces = read(pieces(wire, plan))
    assert in_pieces == at_once, (in_pieces, at_once)
    messages, _ = at_once
    assert sum(_size(message) for message in messages) <= 2 * len(wire)
    for message in messages:
        assert len(message.body) <= MAX_BODY
        if isinstance(message, Request):
            _write_again(message)


def read(parts: list[bytes]) -> Read:
    """All messages of a connection."""
    held = bytearray()
    found: list[Message] = []
    for part in parts:
        held += part
        while held:
            try:
                one = parse(held)
            except MessageError:
                return found, True
            if one is None:
                break
            message, taken = one
            assert 0 < taken <= len(held)
            del held[:taken]
            found.append(message)
    return found, False


def _size(message: Message) -> int:
    fields = message.headers.fields
    return len(message.body) + sum(len(n) + sum(map(len, v)) for n, v in fields.items())


def _write_again(request: Request) -> None:
    """Header fields survive a round trip, so nothing of them can be taken for two."""
    headers = {name: values[0] for name, values in request.headers.fields.items()}
    headers.pop("content-length", None)
    again = parse(format_request(request.method, request.url, headers))
    assert again is not None
    message, _ = again
    assert isinstance(message, Request)
    assert message.url == request.url
    assert {n: v[0] for n, v in message.headers.fields.items()} == headers
