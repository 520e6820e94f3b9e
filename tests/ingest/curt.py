"""A server that says a few bytes to whoever speaks to it, and hangs up."""

from __future__ import annotations

import contextlib
import socket
import threading


class CurtServer:
    """Listens on a port of its own."""

    def __init__(self, says: bytes, scheme: str = "rtsp") -> None:
        self._says = says
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/cam"

    def __enter__(self) -> CurtServer:
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)
                connection.sendall(self._says)
