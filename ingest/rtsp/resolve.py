"""Looking up host names beside the reader thread, which must not wait for a name server."""

from __future__ import annotations

import socket
from concurrent.futures import Future, ThreadPoolExecutor

Address = tuple[socket.AddressFamily, tuple[str, int]]


class Resolver:
    """Answers at once for numeric addresses; two threads ask the system for all others."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="resolve")

    def resolve(self, host: str, port: int) -> Future[Address]:
        """The first address of a host; the future raises socket.gaierror where it has none."""
        try:
            address = _look_up(host, port, socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return self._pool.submit(_look_up, host, port)
        done: Future[Address] = Future()
        done.set_result(address)
        return done

    def close(self) -> None:
        """Forget what was asked."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int, flags: int = 0) -> Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))
