"""The network before the farm, cut off and mended: every camera is noticed, and comes back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.farm import Farm, FarmCamera
from ingest.farm.outage import Outage
from ingest.health import CameraState
from ingest.media import Codec
from ingest.rtsp import source as source_module
from ingest.shard import Shard
from tests.ingest.sinks import RecordingSink, camera
from tests.waiting import wait_for

NAMES = ("north", "east", "south")
LIMIT = 60.0


@pytest.fixture
def farm(clips: dict[Codec, Path]) -> Iterator[Farm]:
    with Farm([FarmCamera(name, clips[Codec.H264]) for name in NAMES]) as farm:
        yield farm


@pytest.mark.parametrize("outage", Outage)
def test_all_cameras_come_back(farm: Farm, outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "SILENCE_TIMEOUT", 1.0)
    monkeypatch.setattr(source_module, "CONNECT_TIMEOUT", 1.0)
    shard = Shard(RecordingSink())
    shard.start()

    def all_are(state: CameraState) -> bool:
        return all(shard.health(name).state is state for name in NAMES)

    try:
        for name in NAMES:
            shard.add(camera(name, farm.url(name)))
        wait_for(lambda: all_are(CameraState.ONLINE), LIMIT, "all online")
        farm.cut(outage)
        wait_for(lambda: all_are(CameraState.OFFLINE), LIMIT, "all offline")
        tried = {name: shard.stats().cameras[name].connections for name in NAMES}
        farm.restore()
        wait_for(lambda: all_are(CameraState.ONLINE), LIMIT, "all online again")
        for name in NAMES:
            stats = shard.stats().cameras[name]
            assert stats.connections > tried[name] >= 1
    finally:
        shard.stop()
    for name in NAMES:
        stats = shard.stats().cameras[name]
        assert stats.packets_pending == 0
        assert stats.packets == stats.packets_used + sum(stats.packets_dropped.values())


def test_a_reset_network_refuses_and_ends_connections(farm: Farm) -> None:
    before = socket.create_connection(("127.0.0.1", farm.port), LIMIT)
    farm.cut(Outage.RESET)
    with before, pytest.raises(ConnectionResetError):
        before.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", farm.port), LIMIT)
    farm.restore()
    wait_for(lambda: _answers(farm.port), LIMIT, "the farm listens again")


def test_a_farm_can_be_stopped_while_it_is_cut_off(farm: Farm) -> None:
    farm.cut(Outage.SILENT)
    farm.cut(Outage.RESET)
    farm.stop()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), LIMIT).close()
    except OSError:
        return False
    return True
