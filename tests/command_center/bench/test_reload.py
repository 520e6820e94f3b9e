"""A rule of a running town is changed in earnest; and what is called a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.reload import Change, ReloadPlan, ReloadResult, longest, run
from ingest.farm.mix import Mix


def plan(folder: Path, clip: str = "lane_blocked") -> ReloadPlan:
    return ReloadPlan(
        cameras=2,
        shards=1,
        mix=Mix.H264,
        still=clip,
        moving=clip,
        saved=0,
        asked=1,
        models_dir=folder / "models",
        cache=folder / "farm",
    )


@pytest.mark.parametrize(
    ("seconds", "asked", "disturbed", "said"),
    [
        (None, True, [], "asked for: a change was not taken within 120 s"),
        (longest(asked=False) + 1, False, [], "saved: a change was taken after 11.0 s"),
        (longest(asked=True) + 1, True, [], "asked for: a change was taken after 4.0 s"),
        (1.0, True, ["camera-1"], "asked for: 1 cameras felt it"),
        (1.0, True, [], None),
    ],
)
def test_what_is_a_fault(
    seconds: float | None, asked: bool, disturbed: list[str], said: str | None, tmp_path: Path
) -> None:
    change = Change(asked=asked, seconds=seconds, disturbed=disturbed)
    faults = ReloadResult(plan=plan(tmp_path), changes=[change]).faults()
    assert faults == ([] if said is None else [said])


@pytest.mark.timeout(300)
def test_a_change_that_is_asked_for(tmp_path: Path, clip: Path) -> None:
    [change] = run(plan(tmp_path, str(clip)), lambda _said: None).changes
    assert change.seconds is not None
    assert change.seconds > 0
    assert change.disturbed == []
