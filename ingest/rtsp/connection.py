"""A connection that is never waited for: whether it stands, in TLS or not, and why it does not."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from concurrent.futures import Future

from ingest.rtp.ports import port_pair
from ingest.rtsp.url import RtspUrl
from ingest.source import SourceCounters

Resolve = Callable[[str, int], "Future[tuple[socket.AddressFamily, tuple[str, int]]]"]
"""Looks up a host name without blocking the reader thread."""

_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Network:
    """Where sockets come from; none of them ever blocks."""

    def connect(self, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
        """A TCP connection that is being made."""
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect_ex(address)
        return connection

    def in_tls(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        """The connection in TLS, with the system's certificates; itself if it is already."""
        if isinstance(connection, ssl.SSLSocket):
            return connection
        return ssl.create_default_context().wrap_socket(
            connection, server_hostname=host, do_handshake_on_connect=False
        )

    def ports(
        self, family: socket.AddressFamily, local: str, receive_buffer: int
    ) -> tuple[socket.socket, socket.socket]:
        """A pair of UDP sockets at the address `local`, for RTP and for RTCP.

        Raises:
            OSError: no such pair is free.
        """
        return port_pair(family, local, receive_buffer=receive_buffer)


KERNEL = Network()


class Connection:
    """TCP to one camera, from the look-up of its name on; in TLS where its address says so."""

    def __init__(
        self, url: RtspUrl, resolve: Resolve, network: Network, counters: SourceCounters
    ) -> None:
        self.ready = False
        """Whether bytes can flow."""
        self._url = url
        self._network = network
        self._counters = counters
        self._address = resolve(url.host, url.port)
        self._socket: socket.socket | None = None

    def advance(self) -> None:
        """Take it one step on.

        Raises:
            OSError: it will never stand; ssl.SSLCertVerificationError where the camera's
                certificate is not trusted.
        """
        if self._socket is None:
            if not self._address.done():
                return
            family, address = self._address.result()
            self._counters.connections += 1
            self._socket = self._network.connect(family, address)
        if not has_peer(self._socket):
            return
        if self._url.tls:
            self._socket = secure = self._network.in_tls(self._socket, self._url.host)
            if not has_shaken_hands(secure):
                return
        self.ready = True

    @property
    def peer(self) -> str:
        """The camera's numeric address."""
        return str(self._standing.getpeername()[0])

    def ports(self, receive_buffer: int) -> tuple[socket.socket, socket.socket]:
        """UDP sockets at the address that the camera knows us by, for RTP and for RTCP.

        Raises:
            OSError: no such pair is free.
        """
        here = self._standing
        return self._network.ports(here.family, here.getsockname()[0], receive_buffer)

    def send(self, data: bytes | bytearray) -> int:
        """How many of the bytes could be sent.

        Raises:
            OSError: the connection is over.
        """
        try:
            return self._standing.send(data)
        except _NOT_NOW:
            return 0

    def receive(self, room: memoryview) -> int | None:
        """Whatever has come: as many bytes, 0 at the end; None where nothing has.

        Raises:
            OSError: the connection is over.
        """
        try:
            # One call, except with TLS, which gives a record of 16 kB at a time.
            if self._url.tls:
                return take_records(self._standing, room)
            return self._standing.recv_into(room)
        except _NOT_NOW:
            return None

    def close(self) -> None:
        """Hang up without a word. May be called more than once."""
        self.ready = False
        if self._socket is not None:
            self._socket.close()

    @property
    def _standing(self) -> socket.socket:
        if self._socket is None:
            raise OSError("there is no connection yet")
        return self._socket


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
        OSError: none has; ssl.SSLWantReadError where one may come yet.
    """
    got = connection.recv_into(room)
    while 0 < got < len(room):
        try:
            more = connection.recv_into(room[got:])
        except OSError:
            # What came before is good. Nothing more for now, or an error: the next call raises it.
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
