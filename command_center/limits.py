"""Bodies that are too large end the request, however they are sent."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from command_center.evidence.media import media_type
from command_center.problems import Problem, problem_response

JSON_LIMIT = 1 << 20
"""An event with a hundred boxes has 20 kB; a heartbeat of 5,000 cameras 600 kB."""
UPLOAD_LIMIT = (12 << 20) + (64 << 10)
"""A photo of 12 MiB and what multipart/form-data puts around it."""

LINGER_BYTES = 256 << 20
LINGER_SECONDS = 30.0
"""nginx's default lingering_time; bytes bound what a fast sender can cost."""


_FILES = re.compile(r"/api/v1/(events/[^/]+/evidence|shards/[^/]+/stills)/[^/]+")
"""Where machines PUT files."""
PLACES_LIMIT = 32 << 20
"""Grids as GeoJSON: 1,442 as a sample draws them are 0.9 MB, and surveyed borders have 30 times as
many corners."""
_PLACES = "/api/v1/places/sets"
_PHOTOS = re.compile(
    r"/api/v1/(tickets|public/reports)/[^/]+/photos|/open311/v2/(requests|media)\.[^/]+"
)
"""Where people POST photos."""


def limit_of(method: str, path: str, content_type: str) -> int:
    """The most bytes of a body. Its type counts only where files are taken: anywhere else a
    caller could choose his own limit with it."""
    media = media_type(content_type)
    if media is not None and method == "PUT" and _FILES.fullmatch(path):
        return media.limit
    if method == "POST" and path == _PLACES:
        return PLACES_LIMIT
    return UPLOAD_LIMIT if method == "POST" and _PHOTOS.fullmatch(path) else JSON_LIMIT


class BodyLimit:
    """ASGI middleware: a body that is too large is never kept, and answered with 413.

    Closing the connection while a client still sends resets it, and the client never sees the
    answer (a browser says "network error"). What is left of the body is therefore read and
    thrown away first, within bounds, as nginx's lingering_close does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = limit_of(scope["method"], scope["path"], headers.get("Content-Type", ""))
        length = headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > limit:
            # With "Expect: 100-continue" nothing was sent yet, and nothing need be.
            if "Expect" not in headers:
                await _throw_away(receive)
            await problem_response(_too_large(limit))(scope, receive, send)
            return
        await self._app(scope, _Counting(receive, limit), send)


class _Counting:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            if message.get("more_body", False):
                await _throw_away(self._receive)
            problem = _too_large(self._limit)
            # FastAPI answers 400 for any other exception while a body is read.
            raise HTTPException(problem.status, problem.detail, problem.headers)
        return message


async def _throw_away(receive: Receive) -> None:
    """Read what is left of a body, up to `LINGER_BYTES` and `LINGER_SECONDS`."""
    left = LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        f"the body may have at most {limit} bytes",
        headers={"Connection": "close"},
    )
