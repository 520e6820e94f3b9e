"""What is called a fault where a rule of a running town is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.reload import Change, ReloadPlan, ReloadResult, longest
from ingest.farm.mix import Mix


def plan(folder: Path) -> ReloadPlan:
    return ReloadPlan(
        cameras=2, shards=1, mix=Mix.H264, models_dir=folder / "models", cache=folder / "farm"
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
