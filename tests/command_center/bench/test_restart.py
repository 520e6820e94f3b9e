"""A town whose shards are killed in earnest, with five cameras; and what is called a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.restart import Kill, RestartPlan, RestartResult, run
from ingest.farm.mix import Mix


def plan(folder: Path, clip: str = "lane_blocked") -> RestartPlan:
    return RestartPlan(
        cameras=5,
        shards=2,
        mix=Mix.H264,
        still=clip,
        moving=clip,
        settle=0.0,
        models_dir=folder / "models",
        cache=folder / "farm",
    )


def kill(seen: float | None = 6.0, disturbed: tuple[str, ...] = ()) -> Kill:
    return Kill(shard="shard-0", cameras=2, online=seen, seen=seen, disturbed=list(disturbed))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (kill(None), "not all cameras were back"),
        (kill(11.0), "back after 11.0 s"),
        (kill(disturbed=("camera-3",)), "1 cameras of others"),
    ],
)
def test_what_is_a_fault(found: Kill, said: str, tmp_path: Path) -> None:
    [fault] = RestartResult(plan=plan(tmp_path), start=5.0, kills=[found]).faults()
    assert said in fault


def test_a_town_that_comes_back_in_time_has_no_fault(tmp_path: Path) -> None:
    assert RestartResult(plan=plan(tmp_path), start=5.0, kills=[kill()]).faults() == []


@pytest.mark.timeout(300)
def test_five_cameras(tmp_path: Path, clip: Path) -> None:
    said: list[str] = []
    result = run(plan(tmp_path, str(clip)), said.append)
    assert [each.shard for each in result.kills] == ["shard-0", "shard-1"]
    assert all(each.cameras for each in result.kills), "both have something to do"
    assert sum(each.cameras for each in result.kills) == 5
    for each in result.kills:
        assert each.seen is not None
        assert each.online is not None
        assert 0 < each.online <= each.seen
        assert each.disturbed == []
