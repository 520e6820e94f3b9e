"""A connection that is never waited for: whether it stands, in TLS or not, and why it does not."""

from __future__ import annotations

import socket
import ssl


def has_peer(connection: socket.socket) -> bool:
    """Whether the other end has answered.

    Raises:
        OSError: it never will.
    """
    error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, "connect")
    try:
        connection.getpeername()
    except OSError:
        return False
    return True


def in_tls(connection: socket.socket, host: str) -> ssl.SSLSocket:
    """The connection in TLS, with the system's certificates; itself if it is already."""
    if isinstance(connection, ssl.SSLSocket):
        return connection
    return ssl.create_default_context().wrap_socket(
        connection, server_hostname=host, do_handshake_on_connect=False
    )


def has_shaken_hands(connection: ssl.SSLSocket) -> bool:
    """Take the handshake one step on; whether it is over.

    Raises:
        OSError: it failed; ssl.SSLCertVerificationError for a certificate that is not trusted.
    """
    try:
        connection.do_handshake()
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    return True


def take_records(connection: socket.socket, room: memoryview) -> int:
    """Whatever TLS records have come: as many bytes, 0 at the end of the connection.

    Raises:
        ssl.SSLWantReadError: none has.
    """
    got = connection.recv_into(room)
    while 0 < got < len(room):
        try:
            more = connection.recv_into(room[got:])
        except ssl.SSLWantReadError:
            break
        if more == 0:
            break
        got += more
    return got


def in_words(error: OSError) -> str:
    """What a socket's error means; the error's own text may hold an address, never a secret."""
    if isinstance(error, socket.gaierror):
        return "the camera's host name is not known; check its url"
    if isinstance(error, ConnectionRefusedError):
        return "the camera's port refuses connections; check the port in its url"
    if isinstance(error, TimeoutError):
        return "the camera cannot be reached; check address and network"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the camera closed the connection"
    return f"the connection failed: {error.strerror or type(error).__name__}"
