"""Files as cameras: their own pace, loops and ends, other codecs, and files that are none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from configs.town import Transport
from ingest.clip import Clip
from ingest.file import FILE_ENDED, parse_place
from ingest.health import CameraState
from ingest.media import AccessUnit, Codec, StreamInfo
from ingest.mp4 import write_mp4
from ingest.shard import Shard
from tests.ingest.coded import coded_clip, decoded, drawn
from tests.ingest.sinks import RecordingSink, camera


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def shard(sink: RecordingSink) -> Iterator[Shard]:
    found = Shard(sink)
    found.start()
    yield found
    found.stop()


def write(path: Path, encoder: str, *, count: int = 30, gop: int = 15) -> Path:
    """The drawn clip in a container."""
    with av.open(str(path), "w") as output:
        stream = cast("av.VideoStream", output.add_stream(encoder, rate=15))
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.gop_size = gop
        if encoder == "mjpeg":
            stream.pix_fmt = "yuvj420p"
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(drawn(number), format="bgr24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "encoder"),
    [("a.mp4", "libx264"), ("a.mkv", "libx265"), ("a.avi", "mpeg4"), ("a.avi", "mjpeg")],
)
def test_files_are_shown_to_their_end(
    name: str, encoder: str, tmp_path: Path, shard: Shard, sink: RecordingSink
) -> None:
    path = write(tmp_path / name, encoder)
    shard.add(camera("file", str(path), transport=Transport.FILE))
    assert sink.wait_state("file", CameraState.OFFLINE).reason == FILE_ENDED
    frames = sink.wait_frames("file", 2)
    assert shard.stats().cameras["file"].units == 30
    assert not shard.stats().cameras["file"].drops
    steps = np.diff([frame.captured_at for frame in frames])
    assert np.allclose(np.rint(steps * 15), steps * 15, atol=0.02)
    assert np.abs(frames[0].bgr().astype(int) - drawn(0)).mean() < 12


def test_a_file_that_loops_goes_on(tmp_path: Path, shard: Shard, sink: RecordingSink) -> None:
    path = write(tmp_path / "a.mp4", "libx264", count=15)
    shard.add(camera("file", f"{path}?loop", transport=Transport.FILE))
    frames = sink.wait_frames("file", 3)
    assert frames[2].timestamp - frames[0].timestamp >= 2 * 90_000
    assert [h.state for h in sink.healths] == [CameraState.ONLINE]


def test_rare_keyframes_do_not_blind_a_camera(
    tmp_path: Path, shard: Shard, sink: RecordingSink
) -> None:
    path = write(tmp_path / "a.mp4", "libx264", count=60, gop=600)
    expected = []
    with av.open(str(path)) as container:
        expected = [p.to_ndarray(format="bgr24") for p in container.decode(video=0)]
    shard.add(camera("file", str(path), transport=Transport.FILE, scan_interval=1))
    frames = sink.wait_frames("file", 3)[:3]
    for frame in frames:
        number = round(frame.timestamp / 6000)
        assert np.array_equal(frame.bgr(), expected[number])
    steps = np.diff([frame.captured_at for frame in frames])
    assert steps.max() < 1.5


@pytest.mark.parametrize("content", ["noise", "text", "cut", "empty", "spoilt"])
def test_broken_files_end_their_camera_alone(
    content: str, tmp_path: Path, shard: Shard, sink: RecordingSink
) -> None:
    good = write(tmp_path / "good.mp4", "libx264", count=30)
    data = good.read_bytes()
    rng = random.Random(2)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(
        {
            "noise": rng.randbytes(50_000),
            "text": b"this is no video\n" * 100,
            "cut": data[: len(data) // 3],
            "empty": b"",
            "spoilt": bytes(b ^ 255 if n > 200 else b for n, b in enumerate(data)),
        }[content]
    )
    shard.add(camera("broken", str(broken), transport=Transport.FILE))
    shard.add(camera("file", str(good), transport=Transport.FILE))
    health = sink.wait_state("broken", CameraState.UNSUPPORTED)
    assert health.reason == "broken.mp4 is no video file, or a broken one"
    sink.wait_frames("file", 2)


def test_a_missing_file_is_named(tmp_path: Path, shard: Shard, sink: RecordingSink) -> None:
    shard.add(camera("file", str(tmp_path / "none.mp4"), transport=Transport.FILE))
    reason = sink.wait_state("file", CameraState.OFFLINE).reason
    assert reason == f"there is no file {tmp_path / 'none.mp4'}; check the camera's url"


@pytest.mark.parametrize(
    ("url", "path", "loop"),
    [
        ("/a/b.mp4", "/a/b.mp4", False),
        ("b.mp4?loop", "b.mp4", True),
        ("file:///a/b%20c.mp4", "/a/b c.mp4", False),
        ("file:///a/b.mp4?loop", "/a/b.mp4", True),
        ("/a/50%.mp4", "/a/50%.mp4", False),
    ],
)
def test_places(url: str, path: str, loop: bool) -> None:
    place = parse_place(url)
    assert (place.path, place.loop) == (Path(path), loop)


def test_pictures_of_a_file_are_its_own(tmp_path: Path, shard: Shard, sink: RecordingSink) -> None:
    clip = coded_clip(Codec.H264)
    units = tuple(AccessUnit(data, n % 15 == 0, n * 6000, n / 15) for n, data in enumerate(clip))
    write_mp4(Clip(StreamInfo(Codec.H264), units), tmp_path / "a.mp4")
    shard.add(camera("file", str(tmp_path / "a.mp4"), transport=Transport.FILE))
    frames = sink.wait_frames("file", 2)
    expected = decoded(Codec.H264, clip)
    for frame in frames[:2]:
        assert any(np.array_equal(frame.luma(), picture) for picture in expected[::15])
