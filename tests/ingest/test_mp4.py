"""Clips as files: the same pictures, right times, playable everywhere."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clip import Clip
from ingest.media import AccessUnit, Codec, StreamInfo
from ingest.mp4 import ClipError, decode_times, write_masked_mp4, write_mp4
from tests.ingest.coded import coded_clip, decoded, luma

FIRST = 5_000_000_000


def clip_of(codec: Codec, b_frames: int = 0, count: int = 30) -> Clip:
    """A clip with a gap of a second after its tenth picture, as a camera that paused makes it."""
    units = coded_clip(codec, count=count, b_frames=b_frames)
    order = presentation_order(codec, units)
    times = [FIRST + 6000 * place + (90_000 if place >= 10 else 0) for place in order]
    return Clip(
        StreamInfo(codec),
        tuple(
            AccessUnit(data, n % 15 == 0, time, time / 90_000)
            for n, (data, time) in enumerate(zip(units, times, strict=True))
        ),
    )


def presentation_order(codec: Codec, units: tuple[bytes, ...]) -> list[int]:
    """Each unit's place when shown, as FFmpeg's decoder tells it."""
    from ingest.decode import GopDecoder

    decoder = GopDecoder(codec)
    shown = [p.pts for p in (*decoder.decode(enumerate(units)), *decoder.finish())]
    return [shown.index(number) for number in range(len(units))]


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("b_frames", [0, 2])
def test_the_file_shows_what_the_camera_sent(codec: Codec, b_frames: int, tmp_path: Path) -> None:
    clip, path = clip_of(codec, b_frames), tmp_path / "clip.mp4"
    write_mp4(clip, path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pictures = list(container.decode(stream))
        assert stream.codec_context.codec_tag == ("avc1" if codec is Codec.H264 else "hvc1")
        shown = [p.time for p in pictures if p.time is not None]
    expected = decoded(codec, coded_clip(codec, count=30, b_frames=b_frames))
    assert len(pictures) == 30
    for picture, right in zip(pictures, expected, strict=True):
        assert np.array_equal(luma(picture), right)
    steps = np.diff(shown)
    assert steps[9] == pytest.approx(1 + 1 / 15, abs=1e-3)
    assert np.delete(steps, 9) == pytest.approx(1 / 15, abs=1e-3)


def test_the_index_stands_in_front(tmp_path: Path) -> None:
    write_mp4(clip_of(Codec.H264), tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("codec", list(Codec))
def test_masks_are_burned_in(codec: Codec, tmp_path: Path) -> None:
    clip, path = clip_of(codec), tmp_path / "masked.mp4"
    write_masked_mp4(clip, path, [((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))])
    with av.open(str(path)) as container:
        pictures = [p.to_ndarray(format="gray") for p in container.decode(video=0)]
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.duration == pytest.approx((30 / 15 + 1) * 1e6, rel=0.05)
    original = decoded(codec, coded_clip(codec, count=30))
    assert len(pictures) == 30
    for picture, before in zip(pictures, original, strict=True):
        assert picture[:, :150].max() < 40
        assert np.abs(picture[:, 170:].astype(int) - before[:, 170:]).mean() < 6


@pytest.mark.parametrize("units", [(), (AccessUnit(b"\0\0\0\1\x41", False, 0, 0.0),)])
def test_a_clip_without_keyframe_is_refused(units: tuple[AccessUnit, ...], tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="keyframe"):
        write_mp4(Clip(StreamInfo(Codec.H264), units), tmp_path / "clip.mp4")
    with pytest.raises(ClipError, match="decoded"):
        write_masked_mp4(Clip(StreamInfo(Codec.H264), units), tmp_path / "clip.mp4", [])


def test_what_cannot_be_muxed_leaves_no_file(tmp_path: Path) -> None:
    noise = AccessUnit(bytes(50), True, 0, 0.0)
    with pytest.raises(ClipError):
        write_mp4(Clip(StreamInfo(Codec.H264), (noise,)), tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_decoding_times_rise_and_never_pass_their_picture(timestamps: list[int]) -> None:
    times = [time for time, _ in decode_times(timestamps)]
    assert all(a < b for a, b in pairwise(times))
    assert all(time <= shown for time, shown in zip(times, timestamps, strict=True))


def test_without_b_frames_nothing_moves() -> None:
    assert decode_times([0, 6000, 12000]) == [(0, 6000), (6000, 6000), (12000, 6000)]
