"""Counting the requests that are answered, and how long they took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.005, 0.025, 0.1, 0.25, 1.0, 5.0)
"""Bounds of the histogram: few, since every route has them all. A question takes 3 to 30 ms, a
heartbeat 15; what takes a second is felt."""
NO_ROUTE = "none"
"""Stands for every address that is none of ours, so that a scanner of addresses adds no series."""
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})


class Requests:
    """Figures of one application, by route and never by address."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answered = Counter(
            "fenghuo_http_requests",
            "Requests answered, by route and status.",
            ("method", "route", "code"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "fenghuo_http_request_duration_seconds",
            "Time until an answer was complete; streams are left out.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Take note of one answer; `seconds` is None where its length says nothing."""
        known = method if method in _METHODS else "OTHER"
        self._answered.labels(known, route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(known, route).observe(seconds)

    def families(self) -> Iterable[Metric]:
        return self._registry.collect()


class CountRequests:
    """ASGI middleware, outermost, so that refusals of the others are counted too."""

    def __init__(
        self,
        app: ASGIApp,
        requests: Requests,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._requests = requests
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, is_stream = self._clock(), 500, False

        async def noting(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = any(
                    name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                    for name, value in message.get("headers", ())
                )
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = None if is_stream else self._clock() - began
            self._requests.count(scope["method"], _route_of(scope), status, seconds)


def _route_of(scope: Scope) -> str:
    """The route's pattern, `/api/v1/cameras/{camera_id}`; a name for what has none.

    A route knows its own part only, `/cameras/{camera_id}`; what stands before it holds no
    parameter and is taken from the address.
    """
    own = getattr(scope.get("route"), "path_format", None)
    if own is None:
        return "/static" if scope.get("root_path", "").startswith("/static") else NO_ROUTE
    before = scope["path"].split("/")[: -own.count("/")]
    return "/".join(before) + str(own)
