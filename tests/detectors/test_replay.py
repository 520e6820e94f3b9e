from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from detectors.pictures import ReplayError, VideoFile
from detectors.replay import LONGEST_BURST, Replay
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health


class Notebook:
    """A sink that writes down what it is given, and asks for a burst at every scan if told to."""

    def __init__(self) -> None:
        self.replay: Replay | None = None
        self.scans: list[float] = []
        self.bursts: list[list[float]] = []

    def scanned(self, frame: Frame, activity: Activity) -> None:
        self.scans.append(frame.captured_at)
        if self.replay is not None:
            self.replay.request_burst(frame.camera_id)

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self.bursts.append([frame.captured_at for frame in frames])

    def health_changed(self, health: Health) -> None:
        raise AssertionError("a file has no health")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three seconds of noise at 10 pictures a second."""
    path = tmp_path / "clip.mp4"
    dice = np.random.default_rng(1)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 160, 96
        for _ in range(30):
            pixels = dice.integers(0, 255, (96, 160, 3), np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        output.mux(stream.encode())
    return path


def test_a_picture_a_second_in_the_files_time(clip: Path) -> None:
    sink = Notebook()
    played = Replay(VideoFile(clip), "file").run(sink)
    assert sink.scans == pytest.approx([0.0, 1.0, 2.0])
    assert (played.pictures, played.scans, played.damaged) == (30, 3, 0)
    assert played.seconds == pytest.approx(2.9)
    assert sink.bursts == []


def test_the_grid_of_scans_can_be_shifted(clip: Path) -> None:
    sink = Notebook()
    Replay(VideoFile(clip), "file", first=0.4).run(sink)
    assert sink.scans == pytest.approx([0.4, 1.4, 2.4])


def test_a_burst_holds_every_picture_since_the_scan_before(clip: Path) -> None:
    sink = Notebook()
    sink.replay = Replay(VideoFile(clip), "file")
    sink.replay.run(sink)
    assert [len(burst) for burst in sink.bursts] == [10, 10]
    assert sink.bursts[0] == pytest.approx([index / 10 for index in range(1, 11)])
    assert LONGEST_BURST >= 10


def test_it_can_be_stopped(clip: Path) -> None:
    sink = Notebook()
    assert Replay(VideoFile(clip), "file", stop=lambda: len(sink.scans) == 2).run(sink).scans == 2


def test_a_damaged_file_is_played_as_far_as_it_goes(clip: Path) -> None:
    content = bytearray(clip.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = b"\x00" * 2000
    clip.write_bytes(content)
    played = Replay(VideoFile(clip), "file").run(Notebook())
    assert played.pictures > 5


@pytest.mark.parametrize(
    ("content", "words"), [(None, "is not there"), (b"not a video", "is not a video file")]
)
def test_what_is_no_video_is_said_by_name(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "thing.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReplayError, match=words) as caught:
        Replay(VideoFile(path), "file").run(Notebook())
    assert "thing.mp4" in str(caught.value)


def test_a_sound_file_holds_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
    with pytest.raises(ReplayError, match="holds no video"):
        Replay(VideoFile(path), "file").run(Notebook())
