"""What a network does when somebody pulls the cable behind which all cameras stand."""

from __future__ import annotations

import socket
import struct
from enum import StrEnum

_BACKLOG = 1024
"""Connections that may wait to be accepted: all of a town's cameras are asked at once."""


class Outage(StrEnum):
    SILENT = "silent"
    """Packets vanish: connections stay and say nothing, whoever connects hears nothing."""
    RESET = "reset"
    """A switch or a firewall answers: connections are reset, new ones are refused."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, which does not block."""
    listener = socket.create_server((host, port), backlog=_BACKLOG)
    listener.setblocking(False)
    return listener


def fall_silent(listener: socket.socket) -> None:
    """Let the kernel drop what asks for a connection (all but the first: its queue is full)."""
    listener.listen(0)


def hear_again(listener: socket.socket) -> None:
    """Whoever still asks is let in when its kernel asks the next time."""
    listener.listen(_BACKLOG)


def reset_when_closed(sock: socket.socket) -> None:
    """Closing then sends a reset and forgets what was still to be sent (SO_LINGER of 0 s)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
