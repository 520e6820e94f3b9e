"""TLS records, taken in bulk."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import cast

import pytest

from ingest.rtsp.connection import take_records


class Records:
    """A TLS socket that brings these, and then an error at every call."""

    def __init__(self, *records: bytes, end: OSError | None) -> None:
        self._records: Iterator[bytes] = iter(records)
        self._end = end

    def recv_into(self, room: memoryview) -> int:
        record = next(self._records, None)
        if record is None:
            if self._end is None:
                return 0
            raise self._end
        room[: len(record)] = record
        return len(record)


@pytest.mark.parametrize(
    "end",
    [
        None,
        ssl.SSLWantReadError(),
        ssl.SSLWantWriteError(),
        ssl.SSLError(1, "bad record mac"),
        ConnectionResetError(),
    ],
)
def test_what_came_before_the_end_is_good(end: OSError | None) -> None:
    connection = cast("socket.socket", Records(b"one", b"two", end=end))
    room = memoryview(bytearray(64))
    assert take_records(connection, room) == 6
    assert bytes(room[:6]) == b"onetwo"
    if end is None:
        assert take_records(connection, room) == 0
    else:
        with pytest.raises(type(end)):
            take_records(connection, room)


def test_no_more_is_taken_than_there_is_room() -> None:
    connection = cast("socket.socket", Records(b"one", b"two", end=None))
    assert take_records(connection, memoryview(bytearray(3))) == 3
