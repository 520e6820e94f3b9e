"""The client's reader, opposite bytes that come in any pieces."""

from __future__ import annotations

import pytest

from ingest.failure import SourceError
from ingest.media import Codec
from ingest.source import Drop, SourceCounters
from tests.fuzz.harnesses.connection import Pipe, piped, told
from tests.ingest.coded import coded_clip
from tests.ingest.packetise import frames
from tests.ingest.scripted import sdp_of

UNITS = coded_clip(Codec.H264)


def conversation() -> bytes:
    """What a camera says up to its first packet."""
    body = sdp_of(UNITS)
    answers = [
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
        b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1\r\nTransport: RTP/AVP/TCP\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n",
    ]
    return b"".join(answers)


def wire(count: int) -> list[bytes]:
    return [b"".join(parts) for parts in frames(Codec.H264, UNITS[:count])]


@pytest.mark.parametrize("garbage", [b"\x01readable for a while, and then a $", b"\xff" * 90])
def test_garbage_between_packets_costs_the_same_however_it_is_cut(garbage: bytes) -> None:
    data = conversation() + b"".join(wire(3)) + garbage + b"".join(wire(20)[3:])
    whole = told(Pipe([data]))
    assert len(whole.units) == 19
    assert whole.counters.drops == {Drop.GARBAGE: 1}
    for size in (1, 7, 700):
        cut = told(Pipe([data[at : at + size] for at in range(0, len(data), size)]))
        assert (cut.units, cut.reason, cut.counters) == whole


def test_empty_lines_between_packets_harm_nothing() -> None:
    data = conversation() + b"".join(unit + b"\r\n" * 30_000 for unit in wire(3))
    assert len(told(Pipe([data[:200_000]])).units) == 3


def test_a_redirect_to_no_address_is_told() -> None:
    data = b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://[cam/\r\n\r\n"
    assert "check the camera's url" in told(Pipe([data])).reason


def test_a_flood_of_messages_ends_the_connection() -> None:
    flood = b"RTSP/1.0 200 OK\r\n\r\n" * 9_000
    source = piped(Pipe([conversation() + flood]), SourceCounters())
    with pytest.raises(SourceError, match="messages at once"):
        source.read(1_700_000_000.0)
