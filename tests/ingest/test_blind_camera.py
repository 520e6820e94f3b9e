"""A lost packet in a long GOP: the connection is made anew, and the camera is seen again."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import Future

from ingest.media import Codec
from ingest.rtsp.source import READ_BUFFER, RtspSource
from ingest.source import SourceCounters, WireUnit
from tests.ingest.coded import coded_clip
from tests.ingest.scripted import Script, ScriptedServer
from tests.ingest.sinks import PATIENCE
from tests.waiting import wait_for

LOST = 3
"""The picture of each connection that does not come; the first is the keyframe."""
PACE = 0.1
"""Seconds between pictures: the next keyframe is 30 s away."""
STEP = 0.5
"""Seconds by which the source's clock goes on at each read."""


def with_a_loss(units: list[bytes]) -> Iterable[bytes]:
    return [*units[:LOST], *units[LOST + 1 :]]


def resolved(host: str, port: int) -> Future[tuple[socket.AddressFamily, tuple[str, int]]]:
    found: Future[tuple[socket.AddressFamily, tuple[str, int]]] = Future()
    found.set_result((socket.AF_INET, (host, port)))
    return found


def test_a_camera_that_would_be_blind_for_long_is_connected_to_again() -> None:
    clip = coded_clip(Codec.H264, count=300, gop=300)
    script = Script(units=clip, times=1, wire=with_a_loss, pace=PACE)
    seen: list[WireUnit] = []
    now = 0.0

    with ScriptedServer(script) as server:
        source = RtspSource(
            server.url,
            credentials=None,
            counters=SourceCounters(),
            buffer=bytearray(READ_BUFFER),
            resolve=resolved,
            now=now,
        )

        def seen_again() -> bool:
            nonlocal now
            # Until the first pictures have come, the clock stands: connecting has its own limit.
            now += STEP if source.settled and seen else 0.0
            seen.extend(source.read(now))
            return sum(unit.keyframe for unit in seen) == 2

        wait_for(seen_again, PATIENCE, "a second keyframe")
        source.close()
    assert server.connections == 2
    assert source.trouble == ""
    assert any(not unit.intact for unit in seen)
