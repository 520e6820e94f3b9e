from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detectors.evaluation.case import Case
from detectors.evaluation.isolated import Task
from detectors.pictures import ReplayError
from detectors.tuning import cache
from detectors.tuning.cache import prune, recorded
from detectors.tuning.recording import PICTURES, Recording
from tests.detectors.evaluation.videos import lane_video
from tests.detectors.tuning.scenes import FIRE, GATHERING, PLACE, Shot, case_with

NO_FOOTAGE = Shot(lambda _at: PLACE, seconds=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    lane_video(folder / "lane.mp4", seconds=14.0)
    lane_video(folder / "other.mp4", seconds=8.0)
    return folder


def a_case(folder: Path, file: str = "lane.mp4", **changes: object) -> Case:
    case = case_with([GATHERING], "gathering")
    return replace(case, folder=folder, clip=case.clip.model_copy(update={"file": file, **changes}))


def test_a_clip_is_looked_at_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task(a_case(folder), kept=tmp_path / "made" / "by-it")
    first = recorded(task)
    assert len(Recording.load(first, NO_FOOTAGE)) == 7
    monkeypatch.setattr(cache, "record", None)  # whoever calls it fails
    assert recorded(task) == first
    copied = lane_video(tmp_path / "copy.mp4", seconds=14.0)
    assert recorded(replace(task, case=a_case(tmp_path, copied.name))) == first
    assert [each.name for each in first.parent.iterdir()] == [first.name]


def test_whatever_was_recorded_otherwise_is_recorded_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(case: Case, phase: float = 0.0) -> str:
        return recorded(Task(case, phase, kept=tmp_path)).name

    usual = a_case(folder)
    keys = [
        key(usual),
        key(usual, 1.0),
        key(a_case(folder, "other.mp4")),
        key(a_case(folder, every=1.0)),
        key(a_case(folder, start=2.0)),
        key(a_case(folder, length=5.0)),
        key(a_case(folder, repeat=2)),
        key(replace(usual, camera=case_with([FIRE], "fire").camera)),
    ]
    monkeypatch.setattr(cache, "_sources", lambda: "another recorder")
    keys.append(key(usual))
    assert len(set(keys)) == len(keys)


def test_only_a_rule_that_looks_at_bursts_makes_them_be_kept(folder: Path, tmp_path: Path) -> None:
    lane = a_case(folder)
    fire = replace(lane, camera=case_with([FIRE], "fire").camera)
    small, large = (
        Recording.load(recorded(Task(each, kept=tmp_path)), NO_FOOTAGE) for each in (lane, fire)
    )
    assert small.manifest.between == large.manifest.between
    assert len(small.manifest.at) == len(small) == len(large)
    assert len(large.manifest.at) > 5 * len(large)
    assert [frame.captured_at for frame in large.burst(2)] == pytest.approx(
        [2.0 + 0.2 * number for number in range(1, 10)]
    )
    one, other = small.scan(2), large.scan(2)
    assert one[1] == other[1]
    assert (one[0].grey == other[0].grey).all()


def test_a_clip_that_cannot_be_recorded_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    kept = tmp_path / "kept"
    for case, said in (
        (a_case(tmp_path, "bad.mp4"), "not a video"),
        (a_case(tmp_path, "gone.mp4"), "cannot be read"),
    ):
        with pytest.raises(ReplayError, match=said):
            recorded(Task(case, kept=kept))
    with pytest.raises(ReplayError, match="before its first scan"):
        recorded(Task(a_case(folder), 60.0, kept=kept))
    assert list(kept.iterdir()) == []


def test_old_recordings_make_room_but_none_that_is_used(folder: Path, tmp_path: Path) -> None:
    tasks = [Task(a_case(folder), phase, kept=tmp_path) for phase in (0.0, 0.5, 1.0)]
    oldest, newer, newest = map(recorded, tasks)
    size = (newest / PICTURES).stat().st_size
    recorded(tasks[0])  # of use again: not the oldest any more
    left = prune(tmp_path, 2 * size + size // 2, {newest})
    assert left <= 2 * size + size // 2
    assert {each.name for each in tmp_path.iterdir()} == {oldest.name, newest.name}
    assert prune(tmp_path, 0, {newer, newest}) > 0
    assert [each.name for each in tmp_path.iterdir()] == [newest.name]
