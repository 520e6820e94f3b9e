"""What ffmpeg, PyAV and GStreamer see is the clip, picture by picture, over the loop's border."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from ingest.farm import Farm, FarmCamera
from ingest.media import Codec
from tests.ingest.farm.material import HEIGHT, PICTURES, WIDTH, decoded
from tests.services import missing, need_program

COUNT = PICTURES + 15
"""One loop and a half."""


@pytest.fixture
def udp() -> bool:
    """Whether the farm's cameras send over UDP too."""
    return False


@pytest.fixture
def farm(clips: dict[Codec, Path], udp: bool) -> Iterator[Farm]:
    cameras = [
        FarmCamera(str(codec), clips[codec], username="viewer", password="secret", udp=udp)
        for codec in Codec
    ]
    with Farm(cameras) as farm:
        yield farm


def _url(farm: Farm, codec: Codec) -> str:
    return farm.url(codec).replace("rtsp://", "rtsp://viewer:secret@")


def _expected(clip: Path) -> list[bytes]:
    return list(islice(cycle(list(decoded(clip))), COUNT))


@pytest.mark.parametrize("codec", Codec)
def test_pyav_decodes_the_clip(farm: Farm, clips: dict[Codec, Path], codec: Codec) -> None:
    assert list(islice(decoded(_url(farm, codec)), COUNT)) == _expected(clips[codec])


@pytest.mark.parametrize("codec", Codec)
def test_ffmpeg_decodes_the_clip(farm: Farm, clips: dict[Codec, Path], codec: Codec) -> None:
    """Without `-rtsp_transport`: ffmpeg asks for UDP first, is told 461, and takes TCP."""
    assert _seen_by_ffmpeg(_url(farm, codec)) == _expected(clips[codec])


@pytest.mark.parametrize("udp", [True])
@pytest.mark.parametrize("codec", Codec)
def test_ffmpeg_decodes_the_clip_over_udp(
    farm: Farm, clips: dict[Codec, Path], codec: Codec
) -> None:
    pictures = _seen_by_ffmpeg(_url(farm, codec), "-rtsp_transport", "udp")
    assert pictures == _expected(clips[codec])


def _seen_by_ffmpeg(url: str, *options: str) -> list[bytes]:
    ffmpeg = need_program("ffmpeg", "ffmpeg")
    command = [ffmpeg, "-v", "error", *options, "-i", url, "-frames:v", str(COUNT)]
    command += ["-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return _digests(done.stdout)


@pytest.mark.parametrize(
    ("codec", "parts"),
    [
        (Codec.H264, ("rtph264depay", "h264parse", "avdec_h264")),
        (Codec.H265, ("rtph265depay", "h265parse", "avdec_h265")),
    ],
)
def test_gstreamer_decodes_the_clip(
    farm: Farm, clips: dict[Codec, Path], tmp_path: Path, codec: Codec, parts: tuple[str, ...]
) -> None:
    launch = need_program("gst-launch-1.0", "gstreamer1.0-tools")
    _need_elements(*parts)
    raw = tmp_path / "raw.yuv"
    source = f"rtspsrc location={farm.url(codec)} protocols=tcp user-id=viewer user-pw=secret"
    tail = f"identity eos-after={COUNT + 1} ! filesink location={raw}"
    pipeline = " ! ".join((source, *parts, "video/x-raw,format=I420", tail))
    done = subprocess.run(
        [launch, "-q", *pipeline.split()], capture_output=True, timeout=60, check=False
    )
    pictures = _digests(raw.read_bytes()) if raw.exists() else []
    assert pictures, done.stderr
    assert pictures[:COUNT] == _expected(clips[codec])[: len(pictures)]
    assert len(pictures) >= COUNT - 1


def _need_elements(*names: str) -> None:
    for name in names:
        need_program("gst-inspect-1.0", "gstreamer1.0-tools")
        done = subprocess.run(["gst-inspect-1.0", "--exists", name], check=False)
        if done.returncode != 0:
            missing(
                f"GStreamer's {name}",
                "apt-get install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad "
                "gstreamer1.0-libav",
            )


def _digests(raw: bytes) -> list[bytes]:
    size = WIDTH * HEIGHT * 3 // 2
    return [
        hashlib.md5(raw[start : start + size], usedforsecurity=False).digest()
        for start in range(0, len(raw) - size + 1, size)
    ]
