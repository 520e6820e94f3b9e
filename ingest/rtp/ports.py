"""Pairs of UDP ports, as RTP and RTCP want them."""

from __future__ import annotations

import errno
import socket

_ATTEMPTS = 64


def port_pair(
    family: socket.AddressFamily, local: str, *, receive_buffer: int
) -> tuple[socket.socket, socket.socket]:
    """Two sockets on an even port and the next (RFC 3550 §11), out of the kernel's own range.

    Raises:
        OSError: none of many tries found two that are free.
    """
    for _ in range(_ATTEMPTS):
        first = _bound(family, local, 0, receive_buffer)
        port = int(first.getsockname()[1])
        try:
            second = _bound(family, local, port ^ 1, receive_buffer)
        except OSError:
            first.close()
            continue
        return (second, first) if port % 2 else (first, second)
    raise OSError(errno.EADDRINUSE, "no pair of UDP ports is free")


def _bound(family: socket.AddressFamily, local: str, port: int, buffer: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.bind((local, port))
    except OSError:
        sock.close()
        raise
    return sock
