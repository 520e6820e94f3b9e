"""A whole connection: our client opposite whatever bytes, cut wherever the network cuts them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple, cast

from ingest.failure import SourceError
from ingest.rtp.payload import PayloadError
from ingest.rtsp.auth import Credentials
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

    def send(self, data: bytes | bytearray) -> int:
        assert PASSWORD.encode() not in data
        self.sent += len(data)
        return len(data)

    def close(self) -> None:
        self._parts.clear()


class PipedSource(RtspSource):
    """Our client with a pipe in place of its socket."""

    def __init__(self, pipe: Pipe, counters: SourceCounters) -> None:
        self._pipe = pipe
        super().__init__(
            "rtsp://127.0.0.1:554/cam",
            credentials=Credentials("viewer", PASSWORD),
            counters=counters,
            buffer=_BUFFER,
            resolve=_nowhere,
            now=_NOW,
        )

    def _connect(self) -> socket.socket | None:
        return cast("socket.socket", self._pipe)

    def _follow(self, location: str) -> None:
        super()._follow(location)
        self._pipe.close()  # the rest would be another server's


def _nowhere(_host: str, _port: int) -> Future[tuple[socket.AddressFamily, tuple[str, int]]]:
    return Future()


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
    at_once, in_pieces = told([wire] if wire else []), told(pieces(wire, plan))
    assert in_pieces.reason == at_once.reason, (in_pieces, at_once)
    assert in_pieces.units == at_once.units, (in_pieces, at_once)
    # What lies behind the end of a conversation is read only when it comes in the same piece.
    at_once.counters.received_bytes = in_pieces.counters.received_bytes
    assert in_pieces.counters == at_once.counters


def told(parts: Sequence[bytes]) -> Told:
    """Let a source read all the parts, one a tick."""
    counters = SourceCounters()
    pipe = Pipe(parts)
    source = PipedSource(pipe, counters)
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
    _unpacked(source, units)
    even(counters, len(units))
    assert sum(len(unit.wire) for unit in units) <= counters.received_bytes
    assert pipe.sent <= 4096 + 64 * counters.received_bytes
    source.close()
    even(counters, len(units))
    assert counters.packets_pending == 0
    return Told([(u.keyframe, u.timestamp, u.intact) for u in units], reason, counters)


def _unpacked(source: RtspSource, units: Sequence[WireUnit]) -> None:
    stream = source.stream
    assert stream is not None or not units
    for unit in units:
        assert stream is not None
        try:
            stream.unwrap(unit.wire)
        except PayloadError:
            continue
