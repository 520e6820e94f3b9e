"""UDP sockets that bring given datagrams and keep what they are sent."""

from __future__ import annotations

import errno
import socket
from collections import deque
from typing import cast

CAMERA, STRANGER = "192.0.2.1", "198.51.100.7"
Sender = tuple[str, int]


class Port:
    """A UDP socket of ours; what is put into `waiting` comes in that order."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.waiting: deque[tuple[bytes, Sender]] = deque()
        self.taken: list[tuple[bytes, Sender]] = []
        self.overflowed = 0
        """Datagrams that found no room, as the kernel counts them."""
        self.sent: list[bytes] = []
        self._open = True

    @property
    def as_socket(self) -> socket.socket:
        """Itself: it has all that a receiver asks of its sockets."""
        return cast("socket.socket", self)

    def recvfrom_into(self, room: memoryview, size: int) -> tuple[int, Sender]:
        assert self._open
        assert len(room) >= size
        if not self.waiting:
            raise BlockingIOError
        datagram, sender = self.waiting.popleft()
        self.taken.append((datagram, sender))
        got = min(len(datagram), size)
        room[:got] = datagram[:got]
        return got, sender

    def sendto(self, data: bytes, _address: Sender) -> int:
        assert self._open
        if len(self.sent) % 5 == 4:
            self.sent.append(b"")
            raise OSError(errno.ENETUNREACH, "network is unreachable")
        self.sent.append(data)
        return len(data)

    def getsockopt(self, _level: int, _option: int, size: int) -> bytes:
        return self.overflowed.to_bytes(4, "little").rjust(size, b"\0")

    def getsockname(self) -> Sender:
        return "192.0.2.2", self._number

    def fileno(self) -> int:
        return self._number if self._open else -1

    def close(self) -> None:
        self._open = False
