"""RTSP messages (RFC 2326 §4, §6, §7): read piece by piece, tolerant of form, strict on size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_HEAD = 16 * 1024
"""Bytes of start line and headers; real cameras stay below 2 KiB."""
MAX_BODY = 64 * 1024
"""Bytes of a body; the longest SDP seen in the field is about 4 KiB."""


class MessageError(ValueError):
    """The other side does not speak RTSP."""


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields; names in lower case, a repeated field keeps all its values in order."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The first value of a field, or None."""
        values = self.fields.get(name.lower())
        return values[0] if values else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return self.fields.get(name.lower(), ())

    def number(self, name: str) -> int | None:
        """A field's value as a number that is not negative, or None."""
        text = self.get(name) or ""
        return int(text) if len(text) < 10 and text.isascii() and text.isdigit() else None


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


Message = Request | Response


def parse(buffer: bytes | bytearray) -> tuple[Message, int] | None:
    """The message at the start of `buffer` and the bytes that it takes; None while incomplete.

    Empty lines in front of it are taken with it (RFC 2326 §4.1 by way of RFC 2068 §4.1).

    Raises:
        MessageError: this is no RTSP message, or it is larger than any real one.
    """
    start = _first_line(buffer)
    head_end = _end_of_head(buffer, start)
    # Before all else, so that the answer does not depend on how much has come.
    _check_beginning(bytes(buffer[start : min(start + 16, head_end or start + 16)]))
    if head_end is None:
        if len(buffer) - start > MAX_HEAD:
            raise MessageError(f"headers longer than {MAX_HEAD} bytes")
        return None
    head = bytes(buffer[start:head_end]).decode("utf-8", "replace")
    lines = head.replace("\r", "").split("\n")
    headers = _headers(lines[1:])
    length = _body_length(headers)
    if len(buffer) - head_end < length:
        return None
    body = bytes(buffer[head_end : head_end + length])
    return _message(lines[0], headers, body), head_end + length


def _first_line(buffer: bytes | bytearray) -> int:
    start = 0
    while start < len(buffer) and buffer[start] in b"\r\n":
        start += 1
    return start


def _end_of_head(buffer: bytes | bytearray, start: int) -> int | None:
    """The position after the empty line, whether lines end in CR LF or in LF alone."""
    limit = start + MAX_HEAD
    ends = [
        found + len(mark)
        for mark in (b"\r\n\r\n", b"\n\n")
        if (found := buffer.find(mark, start, limit)) >= 0
    ]
    return min(ends, default=None)


def _check_beginning(beginning: bytes) -> None:
    """Refuse at once what can never become a message: binary data, or another protocol.

    `RTSP` and the names of all methods are ASCII; what comes later in the line may be UTF-8.
    """
    if not beginning[:4].isascii() or any(b < 0x20 and b not in b"\t\r\n" for b in beginning):
        raise MessageError("binary data where an RTSP message should begin")


def _headers(lines: list[str]) -> Headers:
    fields: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in lines:
        if line[:1] in (" ", "\t") and last:
            last[-1] = f"{last[-1]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if colon and name.strip():
            last = fields.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return Headers({name: tuple(values) for name, values in fields.items()})


def _body_length(headers: Headers) -> int:
    if headers.get("content-length") is None:
        return 0
    length = headers.number("content-length")
    if length is None:
        raise MessageError("Content-Length is not a number")
    if length > MAX_BODY:
        raise MessageError(f"a body longer than {MAX_BODY} bytes")
    return length


def _message(line: str, headers: Headers, body: bytes) -> Message:
    words = line.split(None, 2)
    if len(words) >= 2 and words[0].startswith("RTSP/"):
        if not (words[1].isascii() and words[1].isdigit() and len(words[1]) == 3):
            raise MessageError("a response without a three-digit status")
        return Response(int(words[1]), words[2] if len(words) > 2 else "", headers, body)
    if len(words) == 3 and words[2].startswith("RTSP/") and words[0].isascii():
        return Request(words[0], words[1], headers, body)
    raise MessageError("neither an RTSP request nor an RTSP response")


def format_request(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    """A request without a body, as it goes over the wire."""
    return _format(f"{method} {url} RTSP/1.0", headers)


def format_response(status: int, reason: str, headers: Mapping[str, str]) -> bytes:
    """A response without a body, as it goes over the wire."""
    return _format(f"RTSP/1.0 {status} {reason}", headers)


def _format(start: str, headers: Mapping[str, str]) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    text = "\r\n".join(lines)
    if any("\n" in value or "\r" in value for value in headers.values()):
        raise MessageError("a line break within a header")
    return text.encode()
