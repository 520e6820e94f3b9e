"""A whole connection: our client opposite whatever bytes, cut wherever the network cuts them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple, cast

from ingest.failure import SourceError
from ingest.rtp.payload import PayloadError
from ingest.rtsp.auth import Credentials
from ingest.rtsp.connection import Network
from ingest.rtsp.source import RtspSource
from ingest.source import SourceCounters, WireUnit
from tests.fuzz.draw import Draw, pieces
from tests.fuzz.harnesses.packets import even
from tests.fuzz.harnesses.words import clean

PASSWORD = "p4ss-word"
_BUFFER = bytearray(256 * 1024)
"""One for all sources, as in a shard; what the fuzzer sends is less."""
_NOW = 1_700_000_000.0


class Pipe:
    """A socket that brings given bytes, a piece a call, and keeps what it is sent."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = list(parts)
        self.sent = 0

    @property
    def drained(self) -> bool:
        return not self._parts

    def recv_into(self, room: memoryview) -> int:
        if not self._parts:
            raise BlockingIOError
        part = self._parts.pop(0)
        assert len(part) <= len(room)
        room[: len(part)] = part
        return len(part)

    def bring(self, part: bytes) -> None:
        """Let more come; nothing is no part, since that would be the end of the connection."""
        if part:
            self._parts.append(part)

    def send(self, data: bytes | bytearray) -> int:
        assert PASSWORD.encode() not in data
        self.sent += len(data)
        return len(data)

    def getsockopt(self, _level: int, _option: int) -> int:
        return 0

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 40000

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.1", 554

    def close(self) -> None:
        self._parts.clear()


class Pipes(Network):
    """A network on which the first connection is a given pipe, and no other is ever made."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._used = False

    def connect(self, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
        return cast("socket.socket", self._pipe)

    def in_tls(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        return cast("ssl.SSLSocket", connection)

    def resolve(self, host: str, port: int) -> Future[tuple[socket.AddressFamily, tuple[str, int]]]:
        """Finds the camera once; what it redirects to is found by nobody."""
        found: Future[tuple[socket.AddressFamily, tuple[str, int]]] = Future()
        if not self._used:
            found.set_result((socket.AF_INET, (host, port)))
        self._used = True
        return found


def piped(pipe: Pipe, counters: SourceCounters, scheme: str = "rtsp") -> RtspSource:
    """Our client with a pipe in place of its socket."""
    network = Pipes(pipe)
    return RtspSource(
        f"{scheme}://127.0.0.1:554/cam",
        credentials=Credentials("viewer", PASSWORD),
        counters=counters,
        buffer=_BUFFER,
        resolve=network.resolve,
        now=_NOW,
        network=network,
    )


class Told(NamedTuple):
    """What came of a connection."""

    units: list[tuple[bool, int, bool]]
    reason: str
    counters: SourceCounters


def check(data: bytes) -> None:
    """Only SourceError ends it, with clean words; pieces change neither pictures nor reason."""
    draw = Draw(data)
    plan = draw.blob()
    wire = draw.rest()
    at_once, in_pieces = told(Pipe([wire] if wire else [])), told(Pipe(pieces(wire, plan)))
    assert in_pieces.reason == at_once.reason, (in_pieces, at_once)
    assert in_pieces.units == at_once.units, (in_pieces, at_once)
    # What lies behind the end of a conversation is read only when it comes in the same piece.
    at_once.counters.received_bytes = in_pieces.counters.received_bytes
    assert in_pieces.counters == at_once.counters


def told(pipe: Pipe, scheme: str = "rtsp") -> Told:
    """Let a source read all that a pipe brings."""
    counters = SourceCounters()
    source = piped(pipe, counters, scheme)
    units: list[WireUnit] = []
    reason = ""
    while not pipe.drained:
        try:
            units += source.read(_NOW)
        except SourceError as error:
            reason = clean(error, PASSWORD)
            break
    else:
        # What ended the connection in the last read is told by the next.
        try:
            units += source.read(_NOW)
        except SourceError as error:
            reason = clean(error, PASSWORD)
    unpacked(source, units)
    even(counters, len(units))
    assert sum(len(unit.wire) for unit in units) <= counters.received_bytes
    assert pipe.sent <= 4096 + 64 * counters.received_bytes
    source.close()
    even(counters, len(units))
    assert counters.packets_pending == 0
    return Told([(u.keyframe, u.timestamp, u.intact) for u in units], reason, counters)


def unpacked(source: RtspSource, units: Sequence[WireUnit]) -> None:
    """Unpack them: PayloadError says that one of them cannot be, and nothing else does."""
    stream = source.stream
    assert stream is not None or not units
    for unit in units:
        assert stream is not None
        try:
            stream.unwrap(unit.wire)
        except PayloadError:
            continue
