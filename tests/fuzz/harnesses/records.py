"""rtsps: the same conversation, decrypted, a TLS record at a time."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence

from tests.fuzz.draw import Draw, pieces
from tests.fuzz.harnesses.connection import Pipe, told


class Records(Pipe):
    """A TLS socket: one record a call; some records, then none for now; in the end an error."""

    def __init__(self, parts: list[bytes], plan: bytes, end: OSError | None) -> None:
        super().__init__(parts)
        self._plan = plan
        self._end = end
        self._ended = end is None
        self._turn = self._taken = 0

    @property
    def drained(self) -> bool:
        return super().drained and self._ended

    def do_handshake(self) -> None:
        """It takes a step that waits for either side, and is over."""
        self._turn += 1
        if self._turn == 1:
            raise ssl.SSLWantReadError
        if self._turn == 2:
            raise ssl.SSLWantWriteError

    def recv_into(self, room: memoryview) -> int:
        at_once = 1 + (self._plan[self._turn % len(self._plan)] if self._plan else 0)
        if self._taken == at_once:
            self._taken = 0
            self._turn += 1
            raise ssl.SSLWantReadError
        if super().drained:
            self._ended = True
            raise self._end or ssl.SSLWantReadError
        self._taken += 1
        return super().recv_into(room)


_ENDS: Sequence[Callable[[], OSError | None]] = (
    lambda: None,
    ConnectionResetError,
    lambda: ssl.SSLError(ssl.SSL_ERROR_SSL, "bad record mac"),
    lambda: ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol"),
)


def check(data: bytes) -> None:
    """What came before the end is used, however it lay in records; only SourceError ends it."""
    draw = Draw(data)
    sizes, turns, end = draw.blob(), draw.blob(), draw.pick(_ENDS)
    wire = draw.rest()
    plain = told(Pipe([wire] if wire else []))
    parts = pieces(wire, sizes)
    within_tls = told(Records(parts, turns, end()), "rtsps")
    assert within_tls.units == plain.units, (within_tls, plain)
    assert within_tls.reason == plain.reason or not plain.reason, (within_tls, plain)
