"""Cameras over UDP, from the farm to the sink, and what is said where UDP does not work."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from configs.town import Transport
from ingest import libav
from ingest.failure import SourceError
from ingest.farm import Farm, FarmCamera
from ingest.health import CameraState
from ingest.media import Codec
from ingest.rtsp.source import READ_BUFFER, RtspSource
from ingest.rtsp.udp import FIRST_PACKET_TIMEOUT
from ingest.shard import Shard
from ingest.source import SourceCounters
from tests.ingest.farm.material import make_clip
from tests.ingest.scripted import Script, ScriptedServer
from tests.ingest.sinks import PATIENCE, RecordingSink, camera
from tests.waiting import wait_for


@contextmanager
def watching() -> Iterator[tuple[Shard, RecordingSink]]:
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    try:
        yield shard, sink
    finally:
        shard.stop()


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    folder = tmp_path_factory.mktemp("udp")
    clips = {codec: make_clip(folder / f"{codec}.mp4", codec) for codec in Codec}
    cameras = [FarmCamera(str(codec), clip) for codec, clip in clips.items()]
    cameras += [FarmCamera("tcp", clips[Codec.H264], udp=False)]
    cameras += [FarmCamera("udp", clips[Codec.H264], tcp=False)]
    with Farm(cameras) as farm:
        yield farm


@pytest.mark.parametrize("codec", list(Codec))
def test_pictures_come_and_every_packet_is_accounted_for(farm: Farm, codec: Codec) -> None:
    with watching() as (shard, sink):
        shard.add(camera("cam", farm.url(codec), transport=Transport.UDP))
        sink.wait_frames("cam", 3)
        sink.wait_state("cam", CameraState.ONLINE)
    stats = shard.stats().cameras["cam"]
    assert stats.packets > 0
    assert stats.packets == stats.packets_used + sum(stats.packets_dropped.values())


@pytest.mark.parametrize("name", ["h264", "h265", "tcp", "udp"])
def test_ffmpegs_client_finds_the_transport_by_itself(farm: Farm, name: str) -> None:
    with watching() as (shard, sink):
        shard.add(camera("cam", farm.url(name), transport=Transport.LIBAV))
        sink.wait_frames("cam", 2)


def test_ffmpegs_clients_are_bounded_in_number(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libav, "MAX_THREADS", 0)
    with watching() as (shard, sink):
        shard.add(camera("cam", farm.url("tcp"), transport=Transport.LIBAV))
        assert "or more shards" in sink.wait_state("cam", CameraState.OFFLINE).reason


def test_each_transport_is_taken_where_the_camera_has_no_other(farm: Farm) -> None:
    with watching() as (shard, sink):
        shard.add(camera("a", farm.url("udp"), transport=Transport.UDP))
        shard.add(camera("b", farm.url("udp"), transport=Transport.TCP))
        shard.add(camera("c", farm.url("tcp"), transport=Transport.UDP))
        reason = sink.wait_state("b", CameraState.UNSUPPORTED).reason
        assert reason == (
            "the camera refuses RTP over TCP (461 Unsupported Transport); try transport: udp"
        )
        assert "try transport: tcp" in sink.wait_state("c", CameraState.UNSUPPORTED).reason
        sink.wait_frames("a", 1)


def test_udp_within_tls_is_refused(farm: Farm) -> None:
    with watching() as (shard, sink):
        url = farm.url("udp").replace("rtsp://", "rtsps://")
        shard.add(camera("cam", url, transport=Transport.UDP))
        assert "use transport: tcp" in sink.wait_state("cam", CameraState.UNSUPPORTED).reason


def resolved(host: str, port: int) -> Future[tuple[socket.AddressFamily, tuple[str, int]]]:
    found: Future[tuple[socket.AddressFamily, tuple[str, int]]] = Future()
    found.set_result((socket.AF_INET, (host, port)))
    return found


@contextmanager
def source_at(url: str) -> Iterator[RtspSource]:
    source = RtspSource(
        url,
        credentials=None,
        counters=SourceCounters(),
        buffer=bytearray(READ_BUFFER),
        resolve=resolved,
        now=0.0,
        udp=True,
    )
    try:
        yield source
    finally:
        source.close()


def plays(source: RtspSource, now: float) -> Callable[[], bool]:
    def read() -> bool:
        source.read(now)
        return source.settled

    return read


def test_packets_that_never_come_are_explained() -> None:
    answer = (
        b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP;unicast;server_port=7000-7001\r\nSession: 1\r\n\r\n"
    )
    script = Script(answers={"SETUP": answer}, wire=lambda _units: ())
    with ScriptedServer(script) as server, source_at(server.url) as source:
        wait_for(plays(source, 1.0), PATIENCE, "an answer to PLAY", every=0.01)
        source.read(1.0 + FIRST_PACKET_TIMEOUT / 2)
        with pytest.raises(SourceError, match=r"no UDP packet came within 5 s.*transport: tcp"):
            source.read(2.0 + FIRST_PACKET_TIMEOUT)


def test_a_camera_that_answers_with_tcp_all_the_same_is_refused() -> None:
    with (
        ScriptedServer(Script()) as server,
        source_at(server.url) as source,
        pytest.raises(SourceError, match="try transport: tcp"),
    ):
        wait_for(plays(source, 1.0), PATIENCE, "a refusal", every=0.01)
