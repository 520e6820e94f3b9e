"""Clips go out as they are where they can, and are encoded once where they cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.farm.camera import FarmCamera
from ingest.farm.clip import ClipError, load_clip
from ingest.media import CLOCK_RATE, Codec
from tests.ingest.farm.material import FPS, GOP, HEIGHT, PICTURES, WIDTH, make_clip


@pytest.mark.parametrize("codec", Codec)
def test_a_clip_without_b_frames_is_sent_as_it_is(clips: dict[Codec, Path], codec: Codec) -> None:
    progress: list[float] = []
    loop = load_clip(
        FarmCamera("cam", clips[codec]), progress=lambda _name, part: progress.append(part)
    )
    assert not progress
    assert loop.info.codec is codec
    assert (loop.info.width, loop.info.height) == (WIDTH, HEIGHT)
    assert len(loop.info.parameter_sets) == (2 if codec is Codec.H264 else 3)
    assert len(loop.pictures) == PICTURES
    assert loop.duration == PICTURES * CLOCK_RATE // FPS
    assert [picture.ticks for picture in loop.pictures[:3]] == [0, 3000, 6000]
    keyframes = [n for n, picture in enumerate(loop.pictures) if picture.keyframe]
    assert keyframes == list(range(0, PICTURES, GOP))


def test_b_frames_are_encoded_away(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "b.mp4", Codec.H264, b_frames=2)
    progress: list[float] = []
    loop = load_clip(FarmCamera("cam", clip), progress=lambda _name, part: progress.append(part))
    assert progress[-1] == 1.0
    assert progress == sorted(progress)
    assert len(loop.pictures) == PICTURES


@pytest.mark.parametrize("codec", Codec)
def test_a_clip_takes_the_form_that_is_asked_for(clips: dict[Codec, Path], codec: Codec) -> None:
    camera = FarmCamera(
        "cam", clips[Codec.H264], codec=codec, width=160, height=90, fps=15, gop=0.4
    )
    loop = load_clip(camera)
    assert (loop.info.codec, loop.info.width, loop.info.height) == (codec, 160, 90)
    assert len(loop.pictures) == 15
    assert loop.duration == CLOCK_RATE
    assert [n for n, picture in enumerate(loop.pictures) if picture.keyframe] == [0, 6, 12]


def test_the_clips_own_form_needs_no_encoding(clips: dict[Codec, Path]) -> None:
    same = FarmCamera("cam", clips[Codec.H264], codec=Codec.H264, width=WIDTH, fps=FPS)
    assert (
        load_clip(same).pictures[0].packets
        == load_clip(FarmCamera("c", clips[Codec.H264])).pictures[0].packets
    )


def test_what_was_encoded_is_kept_by_content_and_form(
    clips: dict[Codec, Path], tmp_path: Path
) -> None:
    cache, calls = tmp_path / "cache", []

    def load(width: int, source: Path = clips[Codec.H264]) -> None:
        camera = FarmCamera("cam", source, width=width, height=90)
        load_clip(camera, cache=cache, progress=lambda name, _part: calls.append(name))

    load(160)
    assert calls
    calls.clear()
    renamed = tmp_path / "renamed.mp4"
    renamed.write_bytes(clips[Codec.H264].read_bytes())
    load(160, renamed)
    assert not calls
    load(128)
    assert calls
    assert len(list(cache.glob("*.mp4"))) == 2
    assert not list(cache.glob("*.part"))


def test_a_missing_clip_is_named() -> None:
    with pytest.raises(ClipError, match=r"gate.*nothing\.mp4"):
        load_clip(FarmCamera("gate", Path("nothing.mp4")))


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 50])
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    with pytest.raises(ClipError, match=r"gate.*notes\.mp4"):
        load_clip(FarmCamera("gate", path))
