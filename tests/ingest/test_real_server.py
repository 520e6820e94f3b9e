"""Against GStreamer's RTSP server: the pictures of the file, log-ins, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from configs.town import Transport
from ingest.frame import luma_of
from ingest.health import CameraState
from ingest.media import Codec
from ingest.mp4 import write_mp4
from ingest.shard import Shard
from tests.ingest.coded import HEIGHT, WIDTH, coded_clip, decoded
from tests.ingest.gst import Mount, gst_rtsp_server
from tests.ingest.sinks import RecordingSink, camera


@contextmanager
def watching() -> Iterator[tuple[Shard, RecordingSink]]:
    sink = RecordingSink()
    shard = Shard(sink, password_of=lambda _: "pass word")
    shard.start()
    try:
        yield shard, sink
    finally:
        shard.stop()


def mount(tmp_path: Path, codec: Codec, path: str = "/cam", b_frames: int = 0) -> Mount:
    file = tmp_path / f"clip.{codec}"
    file.write_bytes(b"".join(coded_clip(codec, b_frames=b_frames)))
    return {"path": path, "codec": str(codec), "file": str(file), "fps": 15}


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP, Transport.LIBAV])
@pytest.mark.parametrize("codec", list(Codec))
def test_keyframes_are_the_files_own(tmp_path: Path, codec: Codec, transport: Transport) -> None:
    expected = decoded(codec, coded_clip(codec))[::15]
    with gst_rtsp_server(mount(tmp_path, codec)) as address, watching() as (shard, sink):
        shard.add(camera("cam", f"{address}/cam", transport=transport))
        frames = sink.wait_frames("cam", 2)[:2]
        for frame in frames:
            pixels = luma_of(frame.picture)
            assert any(np.array_equal(pixels, picture) for picture in expected)
        assert {(f.width, f.height) for f in frames} == {(WIDTH, HEIGHT)}
        times = [frame.captured_at for frame in frames]
        assert times == sorted(times)
        drops = shard.stats().cameras["cam"].drops
        assert not {d for d in drops if d != "no_keyframe"}, drops


@pytest.mark.parametrize("codec", list(Codec))
def test_a_clip_and_a_burst_hold_every_picture(tmp_path: Path, codec: Codec) -> None:
    expected = decoded(codec, coded_clip(codec))
    with gst_rtsp_server(mount(tmp_path, codec)) as address, watching() as (shard, sink):
        shard.add(camera("cam", f"{address}/cam"))
        frames = sink.wait_frames("cam", 2)
        shard.request_burst("cam")
        bursts = sink.bursts.setdefault("cam", [])
        sink.wait(lambda: bool(bursts), "a burst")
        clip = shard.clip("cam", frames[0].captured_at, frames[1].captured_at)
    assert len(bursts[0]) == 15
    start = next(n for n in range(0, 45, 15) if np.array_equal(expected[n], bursts[0][0].luma()))
    for number, frame in enumerate(bursts[0]):
        assert np.array_equal(frame.luma(), expected[start + number])
    assert clip is not None
    assert (clip.info.width, clip.info.height) == (WIDTH, HEIGHT)
    between = frames[1].captured_at - frames[0].captured_at
    assert clip.end - clip.start == pytest.approx(between, abs=0.01)
    write_mp4(clip, tmp_path / "clip.mp4")


@pytest.mark.parametrize("auth", ["basic", "digest"])
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP, Transport.LIBAV])
def test_logins(tmp_path: Path, auth: str, transport: Transport) -> None:
    guarded: Mount = {**mount(tmp_path, Codec.H264), "user": "viewer", "password": "pass word"}
    with gst_rtsp_server(guarded, auth=auth) as address, watching() as (shard, sink):
        url, known = f"{address}/cam", {"username": "viewer", "transport": transport}
        shard.add(camera("right", url, **known))
        shard.add(camera("wrong", url, **{**known, "username": "somebody"}))
        sink.wait_frames("right", 1)
        health = sink.wait_state("wrong", CameraState.UNAUTHORISED)
        assert "check username and password" in health.reason
        shard.add(camera("without", url))
        assert "set username" in sink.wait_state("without", CameraState.UNAUTHORISED).reason


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
@pytest.mark.parametrize(
    ("quirk", "b_frames", "slash"),
    [
        ({"config_interval": 0}, 0, ""),
        ({"config_interval": 1}, 2, "/"),
        ({"beside": "audio"}, 0, ""),
        ({"beside": "video"}, 0, ""),
    ],
    ids=["sets in the SDP", "B-frames, a slash", "audio beside", "two videos"],
)
def test_quirks(
    tmp_path: Path, quirk: Mount, b_frames: int, slash: str, transport: Transport
) -> None:
    wanted: Mount = {**mount(tmp_path, Codec.H264, b_frames=b_frames), **quirk}
    with gst_rtsp_server(wanted) as address, watching() as (shard, sink):
        shard.add(camera("cam", f"{address}/cam{slash}", transport=transport))
        frames = sink.wait_frames("cam", 2)
        assert {(f.width, f.height) for f in frames} == {(WIDTH, HEIGHT)}
        stats = shard.stats().cameras["cam"]
        assert not {d for d in stats.drops if d != "no_keyframe"}, stats.drops


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
def test_ipv6(tmp_path: Path, transport: Transport) -> None:
    served = gst_rtsp_server(mount(tmp_path, Codec.H264), host="::1")
    with served as address, watching() as (shard, sink):
        shard.add(camera("cam", f"{address}/cam", transport=transport))
        sink.wait_frames("cam", 1)


def test_a_path_that_is_not_there_and_a_codec_that_is_not_taken(tmp_path: Path) -> None:
    mounts = (mount(tmp_path, Codec.H264), Mount(path="/jpeg", codec="jpeg"))
    with gst_rtsp_server(*mounts) as address, watching() as (shard, sink):
        shard.add(camera("good", f"{address}/cam"))
        shard.add(camera("nowhere", f"{address}/nowhere"))
        shard.add(camera("jpeg", f"{address}/jpeg"))
        assert "check its url" in sink.wait_state("nowhere", CameraState.OFFLINE).reason
        assert "sends JPEG" in sink.wait_state("jpeg", CameraState.UNSUPPORTED).reason
        sink.wait_frames("good", 2)


def test_a_server_that_dies_is_found_again(tmp_path: Path) -> None:
    with watching() as (shard, sink):
        with gst_rtsp_server(mount(tmp_path, Codec.H264)) as address:
            shard.add(camera("cam", f"{address}/cam"))
            sink.wait_frames("cam", 1)
        health = sink.wait_state("cam", CameraState.OFFLINE)
        assert "closed the connection" in health.reason or "refuses" in health.reason
