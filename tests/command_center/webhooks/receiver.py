"""A real HTTP server on loopback that receives webhooks, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> str:
        return self.raw.decode()


@dataclass
class Receiver:
    """`answers`: status and headers of the next answers; after them 204. `said`: their body.
    None of them is given before `opens`."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    said: bytes = b""
    opens: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
    """Connections that come at once; one too many is made a second later."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    found.opens.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.received.append(Received(self.path, headers, body))
            found.opens.wait()
            status, more = (
                found.answers.pop(0) if found.answers else (200 if found.said else 204, {})
            )
            with suppress(ConnectionError):  # whoever asked has gone
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(found.said)))
                self.end_headers()
                self.wfile.write(found.said)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    found.url = f"http://localhost:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        found.opens.set()
        server.shutdown()
        server.server_close()
        thread.join()
