"""A clip that kills, hangs or makes no sense harms nobody but itself."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from detectors.evaluation.case import Case
from detectors.evaluation.footage import Loop, Part, file_of, footage_of
from detectors.evaluation.isolated import Task, done_here, isolated
from detectors.evaluation.played import Failed, Played
from detectors.evaluation.player import played
from detectors.pictures import Pictures, ReplayError, VideoFile
from tests.detectors.evaluation.samples import case
from tests.detectors.evaluation.videos import lane_video


def on(file: Path | str | None, **changes: object) -> Case:
    made = case()
    update = {"file": None if file is None else str(file), **changes}
    return replace(made, clip=made.clip.model_copy(update=update))


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lane_video(tmp_path_factory.mktemp("lane") / "lane.mp4", seconds=6.0)


def why(task: Task) -> str:
    outcome = done_here(played, task)
    assert isinstance(outcome, Failed)
    return outcome.why


def test_what_cannot_be_played_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "garbage.mp4").write_bytes(b"no video at all" * 99)
    monkeypatch.delenv("NOT_SET", raising=False)
    assert "garbage.mp4 is not a video" in why(Task(on(tmp_path / "garbage.mp4")))
    assert "none.mp4 is not there" in why(Task(on(tmp_path / "none.mp4")))
    assert "NOT_SET is not set" in why(Task(on("${NOT_SET}/a.mp4")))
    assert "there are lane_blocked" in why(Task(on(None, scene="moon")))


def test_a_truth_after_the_end_is_said(lane: Path) -> None:
    beyond = replace(on(lane), truths=case((10, 30)).truths)
    assert "ends at 5.8 s" in why(Task(beyond))


def test_a_process_that_dies_fails_its_clip_alone(lane: Path) -> None:
    deadly = replace(on(lane), folder=DeadlyFolder())  # type: ignore[arg-type]
    tasks = [Task(each) for each in (deadly, on(lane))]
    dead, sound = (outcome for _, outcome in isolated(played, tasks, jobs=1))
    assert isinstance(dead, Failed)
    assert "died: SIGSEGV" in dead.why
    assert isinstance(sound, Played)


def test_one_that_hangs_is_given_up(lane: Path) -> None:
    [(_, outcome)] = isolated(played, [Task(on(lane, repeat=100_000))], jobs=1, longest=0.5)
    assert isinstance(outcome, Failed)
    assert "not played within" in outcome.why


def test_nobody_waits_for_what_is_stopped(lane: Path) -> None:
    endless = [Task(on(lane, repeat=100_000))] * 3
    assert list(isolated(played, endless, jobs=1, stop=lambda: True)) == []


class DeadlyFolder:
    """What is looked for in it ends the process, as some files end a decoder."""

    def __truediv__(self, _name: str) -> Path:
        os.kill(os.getpid(), signal.SIGSEGV)
        return Path()


def times(pictures: Pictures) -> list[float]:
    return [round(at, 3) for at, _ in pictures]


def test_a_part_of_a_file_begins_at_nothing(lane: Path) -> None:
    whole = times(VideoFile(lane))
    part = times(Part(VideoFile(lane), 2.0, 1.0))
    assert part == pytest.approx([at - 2.0 for at in whole if 2.0 <= at < 3.0])


def test_a_loop_goes_on_in_time(lane: Path) -> None:
    once, twice = times(VideoFile(lane)), times(Loop(VideoFile(lane), 2))
    assert len(twice) == 2 * len(once)
    steps = [after - before for before, after in pairwise(twice)]
    assert steps == pytest.approx([0.2] * len(steps))


def test_a_part_beyond_the_end_is_said(lane: Path) -> None:
    with pytest.raises(ReplayError, match=r"starts at 60 s.*ends at 5\.8 s"):
        times(Part(VideoFile(lane), 60.0, None))


def test_a_file_is_found_beside_its_suite_or_where_a_variable_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLIPS", "/data/clips")
    assert file_of(on("a.mp4").clip, Path("suites")) == Path("suites/a.mp4")
    assert file_of(on("${CLIPS}/a.mp4").clip, Path("suites")) == Path("/data/clips/a.mp4")


def test_a_scene_is_drawn_from_where_it_is_asked() -> None:
    clip = on(None, scene="quiet_lane", start=8.0, length=1.0).clip
    pictures = list(footage_of(clip, Path()))
    assert [round(at * 15) for at, _ in pictures] == list(range(15))
    assert pictures[0][1]().width == 640
