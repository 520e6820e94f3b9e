"""RTSP messages (RFC 2326) as a server reads and writes them, and what lies between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

REQUEST_LIMIT = 16 * 1024
"""Bytes of one request. A real one has under 1 KiB; more is an attack or another protocol."""

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}

PUBLIC = _METHODS


class RequestError(ValueError):
    """The bytes are not RTSP: the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    url: str
    headers: dict[str, str]

    @property
    def camera(self) -> str:
        """The camera's name: the first part of the URL's path."""
        return urlsplit(self.url).path.strip("/").partition("/")[0]

    @property
    def cseq(self) -> str:
        return self.headers.get("cseq", "0")


class RequestReader:
    """Cuts what a client sends into requests; interleaved packets (its RTCP) are passed over."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Request]:
        """The requests that are complete now.

        Raises:
            RequestError: for what is not a request, or is too long to be one.
        """
        self._buffer += data
        while self._skip_packet() or self._buffer:
            end = self._buffer.find(b"\r\n\r\n")
            if self._buffer[:1] == b"$":
                return
            if end < 0:
                if len(self._buffer) > REQUEST_LIMIT:
                    raise RequestError("a request without an end")
                return
            request = parse_request(bytes(self._buffer[:end]))
            whole = end + 4 + _content_length(request)
            if len(self._buffer) < whole:
                return
            del self._buffer[:whole]
            yield request

    def _skip_packet(self) -> bool:
        """Drop one whole interleaved packet (RFC 2326 §10.12) from the front, if there is one."""
        if len(self._buffer) < 4 or self._buffer[0] != ord("$"):
            return False
        length = 4 + int.from_bytes(self._buffer[2:4])
        if len(self._buffer) < length:
            return False
        del self._buffer[:length]
        return True


def parse_request(head: bytes) -> Request:
    """Read a request's first line and headers.

    Raises:
        RequestError: when the first line is not RTSP.
    """
    first, *lines = head.decode("utf-8", "replace").lstrip("\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("RTSP/"):
        raise RequestError("the first line is not an RTSP request")
    fields = (line.partition(":") for line in lines)
    return Request(parts[0], parts[1], {name.strip().lower(): v.strip() for name, _, v in fields})


def response(
    status: int, cseq: str, *headers: tuple[str, str], body: str = "", content_type: str = ""
) -> bytes:
    """A complete answer."""
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}", f"CSeq: {cseq}", "Server: Fenghuo farm"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def interleaved_channel(offer: str) -> int | None:
    """The RTP channel that one offer of a Transport header names, None where it is not TCP."""
    if not offer.strip().startswith("RTP/AVP/TCP"):
        return None
    channels = re.search(r"interleaved=(\d{1,3})", offer)
    channel = int(channels[1]) if channels else 0
    return channel if channel < 255 else None


def client_port(offer: str) -> int | None:
    """The RTP port that one offer of a Transport header names, None where it is not UDP."""
    protocol = offer.strip().partition(";")[0]
    if protocol not in {"RTP/AVP", "RTP/AVP/UDP"} or "multicast" in offer:
        return None
    port = re.search(r"client_port=(\d{1,5})", offer)
    return int(port[1]) if port and 0 < int(port[1]) < 0xFFFF else None


def _content_length(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    if not text.isdecimal() or int(text) > REQUEST_LIMIT:
        raise RequestError("a request body of impossible length")
    return int(text)
