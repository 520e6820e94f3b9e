"""Against VLC, which sends over UDP only."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.town import Transport
from ingest.health import CameraState
from ingest.media import Codec
from ingest.shard import Shard
from ingest.source import SCAN_DROPS, Drop
from tests.ingest.sinks import RecordingSink, camera
from tests.ingest.vlc import transport_stream, vlc_rtsp_server
from tests.waiting import wait_for

LIMIT = 60.0
OTHERS = SCAN_DROPS | {Drop.NO_KEYFRAME}
"""What the machine had no time for, and what came before the first keyframe."""


def _goes_well(shard: Shard, sink: RecordingSink) -> bool:
    """Whether nothing is lost within the next two scans: UDP may lose what it likes, but a client
    that misunderstood VLC would lose something all the time."""
    before = _lost(shard)
    sink.wait_frames("udp", len(sink.frames["udp"]) + 2)
    return _lost(shard) == before


def _lost(shard: Shard) -> dict[Drop, int]:
    drops = shard.stats().cameras["udp"].drops
    return {drop: count for drop, count in drops.items() if drop not in OTHERS}


@pytest.mark.parametrize("codec", list(Codec))
def test_pictures_over_udp_and_a_reason_over_tcp(tmp_path: Path, codec: Codec) -> None:
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    try:
        with vlc_rtsp_server(transport_stream(tmp_path, codec)) as url:
            for transport in (Transport.TCP, Transport.UDP, Transport.LIBAV):
                shard.add(camera(str(transport), url, transport=transport))
            sink.wait_frames("udp", 2)
            sink.wait_frames("libav", 2)
            assert "try transport: udp" in sink.wait_state("tcp", CameraState.UNSUPPORTED).reason
            wait_for(lambda: _goes_well(shard, sink), LIMIT, "two scans without a loss")
    finally:
        shard.stop()
