"""A command center of eighty lines: takes what shards send and remembers it, or answers as told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from pydantic import TypeAdapter

from detectors.bus import Heartbeat, HeartbeatAnswer
from detectors.event import Event

_EVENTS = TypeAdapter(list[Event])
_STILL = re.compile(r"/api/v1/shards/shard-0/stills/([\w-]+)\?epoch=(\d+)&captured_at=.+")
_EVIDENCE = re.compile(r"/api/v1/events/([0-9a-f-]+)/evidence/(\w+)\?camera=[\w-]+")


class Receiver:
    """Listens on an ephemeral port of 127.0.0.1. `status_of` may refuse: path in, status out."""

    def __init__(self, port: int = 0) -> None:
        self.epoch = 0
        self.events: list[Event] = []
        self.evidence: dict[tuple[str, str], bytes] = {}
        self.beats: list[Heartbeat] = []
        self.stills_wanted: tuple[str, ...] = ()
        self.stills: list[tuple[str, int, bytes]] = []
        """Camera, epoch, JPEG."""
        self.status_of: Callable[[str], int] = lambda _path: 200
        self.tokens: set[str] = set()
        self.arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20.0) -> bool:
        """Whether the condition came true in time; it is looked at after every request."""
        with self.arrived:
            return self.arrived.wait_for(condition, seconds)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer to one request."""
        refused = self.status_of(path)
        if refused >= 300:
            return refused, b'{"detail": "told to"}'
        if path.endswith("/epoch"):
            self.epoch += 1
            return 200, json.dumps({"epoch": self.epoch}).encode()
        if path.endswith("/heartbeat"):
            self.beats.append(Heartbeat.model_validate_json(body))
            return 200, HeartbeatAnswer(stills_wanted=self.stills_wanted).model_dump_json().encode()
        if (match := _STILL.fullmatch(path)) is not None:
            self.stills.append((match[1], int(match[2]), body))
            return 204, b""
        if (match := _EVIDENCE.fullmatch(path)) is not None:
            self.evidence[match[1], match[2]] = body
            return 204, b""
        told = _EVENTS.validate_json(body)
        if any(event.epoch < self.epoch for event in told):
            return 409, b'{"detail": "fenced"}'
        self.events += told
        return 200, json.dumps({"items": [{"status": 202}] * len(told)}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with receiver.arrived:
                    receiver.tokens.add(self.headers.get("Authorization", ""))
                    status, answer = receiver.take(self.path, body)
                    receiver.arrived.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_PUT = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        return Handler
