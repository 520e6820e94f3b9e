"""The shard as its users see it: cameras come, change and go; sinks may fail; nothing leaks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from structlog.testing import capture_logs

from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import CameraState
from ingest.scan import ScanQueue
from ingest.shard import Shard
from ingest.source import Drop
from tests.ingest.scripted import Script, ScriptedServer
from tests.ingest.sinks import RecordingSink, camera
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("quick_scans")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(Script()) as found:
        yield found


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def shard(sink: RecordingSink) -> Iterator[Shard]:
    found = Shard(sink)
    found.start()
    yield found
    found.stop()


ZONE = {
    "id": "lane",
    "name": {"zh": "巷", "en": "lane"},
    "polygon": [(0, 0), (1, 0), (1, 1)],
    "ground": {"lon": 120.0, "lat": 30.0},
}


def test_health_is_known_at_once(shard: Shard, server: ScriptedServer) -> None:
    shard.add(camera("cam", server.url))
    assert shard.health("cam").state is CameraState.CONNECTING
    with pytest.raises(KeyError):
        shard.health("nobody")
    with pytest.raises(ValueError, match="watched already"):
        shard.add(camera("cam", server.url))


def test_a_disabled_camera_is_left_alone(shard: Shard, server: ScriptedServer) -> None:
    shard.add(camera("off", server.url, enabled=False))
    shard.add(camera("on", server.url))
    sink_frames = shard.stats().cameras
    assert set(sink_frames) == {"off", "on"}
    assert shard.health("off").state is CameraState.DISABLED


def test_new_zones_do_not_reconnect(
    shard: Shard, sink: RecordingSink, server: ScriptedServer
) -> None:
    shard.add(camera("cam", server.url))
    have = len(sink.wait_frames("cam", 1))
    shard.replace(camera("cam", server.url, zones=[ZONE], scan_interval=1))
    sink.wait_frames("cam", have + 2)
    assert server.connections == 1
    assert [h.state for h in sink.healths] == [CameraState.ONLINE]


def test_a_new_address_reconnects_this_camera_alone(
    shard: Shard, sink: RecordingSink, server: ScriptedServer
) -> None:
    with ScriptedServer(Script()) as other:
        shard.add(camera("stays", server.url))
        shard.add(camera("moves", server.url))
        sink.wait_frames("moves", 1)
        shard.replace(camera("moves", other.url))
        have = len(sink.frames["moves"])
        sink.wait_frames("moves", have + 1)
        assert (server.connections, other.connections) == (2, 1)
        sink.wait_frames("stays", 2)
        assert not shard.stats().cameras["stays"].drops


def test_a_removed_camera_is_forgotten(
    shard: Shard, sink: RecordingSink, server: ScriptedServer
) -> None:
    shard.add(camera("stays", server.url))
    shard.add(camera("goes", server.url))
    sink.wait_frames("goes", 1)
    shard.remove("goes")
    shard.remove("never-was")
    have = len(sink.frames.get("stays", []))
    sink.wait_frames("stays", have + 2)
    assert set(shard.stats().cameras) == {"stays"}
    assert shard.clip("goes", 0, 1e12) is None
    held = shard.clip("stays", 0, 1e12)
    assert held is not None
    assert shard.stats().ring_bytes > 0


def test_a_burst_comes_before_its_scan(
    shard: Shard, sink: RecordingSink, server: ScriptedServer
) -> None:
    shard.add(camera("cam", server.url))
    sink.wait_frames("cam", 2)
    shard.request_burst("cam")
    shard.request_burst("nobody")
    bursts = sink.bursts.setdefault("cam", [])
    sink.wait(lambda: bool(bursts), "a burst")
    times = [frame.captured_at for frame in bursts[0]]
    assert len(times) == 15
    assert times == sorted(times)
    sink.wait(lambda: sink.frames["cam"][-1].captured_at > times[-1], "the scan after it")


class FailingSink(RecordingSink):
    """Cannot bear one of its cameras."""

    def scanned(self, frame: Frame, activity: Activity) -> None:
        if frame.camera_id == "bad":
            raise RuntimeError("a rule with an error")
        super().scanned(frame, activity)


def test_a_failing_sink_harms_only_its_scan(server: ScriptedServer) -> None:
    sink = FailingSink()
    shard = Shard(sink)
    shard.start()
    with capture_logs() as logs:
        shard.add(camera("bad", server.url))
        shard.add(camera("good", server.url))
        sink.wait_frames("good", 3)
        assert shard.stats().cameras["bad"].drops[Drop.SINK_ERROR] >= 2
        assert shard.health("bad").state is CameraState.ONLINE
        shard.stop()
    assert [entry["camera"] for entry in logs if entry["event"] == "sink_failed"] == ["bad"]


def test_a_start_is_one_line_and_failures_and_recoveries_have_their_own(
    server: ScriptedServer, sink: RecordingSink
) -> None:
    refusing = socket.socket()
    refusing.bind(("127.0.0.1", 0))
    shard = Shard(sink)
    with capture_logs() as logs:
        for name in ("a", "b", "c"):
            shard.add(camera(name, server.url))
        shard.add(camera("late", f"rtsp://127.0.0.1:{refusing.getsockname()[1]}/cam"))
        shard.start()
        sink.wait_state("late", CameraState.OFFLINE)
        wait_for(lambda: any(e["event"] == "cameras_online" for e in logs), 30, "the start's line")
        refusing.listen()
        with ScriptedServer(Script(), listener=refusing):
            sink.wait_state("late", CameraState.ONLINE)
            shard.stop()
    said = [(e["event"], e.get("camera")) for e in logs if e.get("camera") in {None, "late"}]
    assert said == [("camera_failed", "late"), ("cameras_online", None), ("camera_online", "late")]
    [start] = [entry for entry in logs if entry["event"] == "cameras_online"]
    assert (start["cameras"], start["of"]) == (3, 4)


def test_the_ring_is_bounded_for_all(sink: RecordingSink, server: ScriptedServer) -> None:
    shard = Shard(sink, ring_bytes=30_000)
    shard.start()
    try:
        for name in ("a", "b"):
            shard.add(camera(name, server.url))
        sink.wait_frames("a", 3)
        sink.wait_frames("b", 3)
        assert shard.stats().ring_bytes <= 30_000
        assert shard.stats().cameras["a"].units_aged > 0
    finally:
        shard.stop()


def test_stopping_ends_every_thread_and_says_goodbye(server: ScriptedServer) -> None:
    before = set(threading.enumerate())
    sink = RecordingSink()
    shard = Shard(sink, decode_threads=2)
    shard.start()
    shard.add(camera("cam", server.url))
    sink.wait_frames("cam", 1)
    shard.stop()
    left = [t for t in set(threading.enumerate()) - before if t.name.startswith("ingest")]
    assert left == []


def test_clips_can_be_cut_after_the_stop(server: ScriptedServer) -> None:
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    shard.add(camera("cam", server.url))
    sink.wait_frames("cam", 2)
    shard.stop()
    clip = shard.clip("cam", 0, 1e12)
    assert clip is not None
    assert len(clip.units) > 15


def test_one_cameras_error_in_the_reader_ends_no_other(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = ScanQueue.put

    def picky(queue: ScanQueue[object], key: str, job: object) -> None:
        if key == "bad":
            raise RuntimeError("an error of our own")
        put(queue, key, job)

    monkeypatch.setattr(ScanQueue, "put", picky)
    sink = RecordingSink()
    shard = Shard(sink)
    shard.start()
    try:
        with capture_logs() as logs:
            shard.add(camera("bad", server.url))
            shard.add(camera("good", server.url))
            health = sink.wait_state("bad", CameraState.OFFLINE)
            sink.wait_frames("good", 3)
    finally:
        shard.stop()
    assert health.reason == "an error of Fenghuo itself: RuntimeError"
    assert [entry["camera"] for entry in logs if entry["event"] == "camera_error"] == ["bad"]


def test_a_reader_that_dies_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(_shard: Shard, _now: float) -> None:
        raise RuntimeError("an error of our own")

    monkeypatch.setattr(Shard, "_measure_load", fault)
    told: SimpleQueue[str] = SimpleQueue()
    shard = Shard(RecordingSink(), on_broken=told.put)
    with capture_logs() as logs:
        shard.start()
        assert told.get(timeout=5.0) == "the reader thread died: RuntimeError"
        shard.stop()
    assert [entry["event"] for entry in logs] == ["reader_died"]


def test_a_shard_that_never_started_can_be_stopped() -> None:
    Shard(RecordingSink()).stop()


def test_the_stages_are_accounted(
    shard: Shard, sink: RecordingSink, server: ScriptedServer
) -> None:
    shard.add(camera("cam", server.url))
    sink.wait_frames("cam", 2)
    cpu = shard.stats().cpu
    assert min(cpu.read, cpu.decode, cpu.gate) > 0
    stats = shard.stats().cameras["cam"]
    assert stats.keyframes_decoded >= 2
    assert stats.units >= 15
    assert stats.received_bytes > 1000
