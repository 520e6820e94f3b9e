"""What is called a fault of a town whose shards are killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.restart import Kill, RestartPlan, RestartResult
from ingest.farm.mix import Mix


def plan(folder: Path) -> RestartPlan:
    return RestartPlan(
        cameras=5,
        shards=2,
        mix=Mix.H264,
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
