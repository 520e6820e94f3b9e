"""FFmpeg's client: what it must not tell, and a server that comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from configs.town import Transport
from ingest.farm import Farm, FarmCamera
from ingest.health import CameraState
from ingest.media import Codec
from ingest.shard import Shard
from tests.ingest.curt import CurtServer
from tests.ingest.farm.material import make_clip
from tests.ingest.scripted import Script, ScriptedServer
from tests.ingest.sinks import RecordingSink, camera

pytestmark = pytest.mark.usefixtures("quick_scans")

PASSWORD = "s3cret word"
PARTS = ("s3cret", "MzY3JldC")
"""What gives it away: its beginning, as it is and in base64 behind `viewer:`."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("libav") / "clip.mp4", Codec.H264)


@contextmanager
def watching() -> Iterator[tuple[Shard, RecordingSink]]:
    sink = RecordingSink()
    shard = Shard(sink, password_of=lambda _: PASSWORD)
    shard.start()
    try:
        yield shard, sink
    finally:
        shard.stop()


def test_it_connects_again_when_the_server_is_back(clip: Path) -> None:
    cameras = [FarmCamera("cam", clip)]
    with watching() as (shard, sink):
        with Farm(cameras) as farm:
            port = farm.port
            shard.add(camera("cam", farm.url("cam"), transport=Transport.LIBAV))
            sink.wait_frames("cam", 1)
        sink.wait_state("cam", CameraState.OFFLINE)
        before = len(sink.frames["cam"])
        with Farm(cameras, port=port):
            sink.wait_frames("cam", before + 1)
            sink.wait_state("cam", CameraState.ONLINE)


def test_no_failure_tells_the_password(
    clip: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    known = {"username": "viewer", "transport": Transport.LIBAV}
    locked = FarmCamera("locked", clip, username="viewer", password="another")
    nonsense = CurtServer(b"\xff" * 4096)
    no_tls = CurtServer(b"RTSP/1.0 400 Bad Request\r\n\r\n", "rtsps")
    redirect = b"RTSP/1.0 302 Moved\r\nCSeq: 2\r\nLocation: rtsp://127.0.0.1:1/x\r\n\r\n"
    moved = ScriptedServer(Script(answers={"DESCRIBE": redirect}))
    with watching() as (shard, sink), Farm([locked]) as farm, nonsense, no_tls, moved:
        shard.add(camera("locked", farm.url("locked"), **known))
        shard.add(camera("nowhere", farm.url("locked").replace("locked", "nowhere"), **known))
        shard.add(camera("refused", "rtsp://127.0.0.1:1/cam", **known))
        shard.add(camera("in-tls", no_tls.url, **known))
        shard.add(camera("nonsense", nonsense.url, **known))
        shard.add(camera("moved", moved.url, **known))
        sink.wait_state("locked", CameraState.UNAUTHORISED)
        for name in ("nowhere", "refused", "in-tls", "nonsense", "moved"):
            sink.wait_state(name, CameraState.OFFLINE)
    written = capfd.readouterr()
    told = [written.out, written.err, caplog.text, *(health.reason for health in sink.healths)]
    assert len(sink.healths) >= 6
    assert [part for part in PARTS for text in told if part in text] == []
