"""A town of five cameras in earnest: a rule of it is changed, then each of its shards is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.reload import ReloadPlan, change_rules
from command_center.bench.restart import RestartPlan, kill_each
from command_center.bench.whole_town import TownPlan, whole_town
from ingest.farm.mix import Mix


@pytest.mark.timeout(300)
def test_five_cameras(tmp_path: Path, clip: Path) -> None:
    plan = TownPlan(
        cameras=5,
        shards=2,
        mix=Mix.H264,
        still=str(clip),
        moving=str(clip),
        models_dir=tmp_path / "models",
        cache=tmp_path / "farm",
    )
    parts = plan.model_dump()
    said: list[str] = []
    with whole_town(plan, said.append) as town:
        changed = change_rules(town, ReloadPlan(**parts, saved=0, asked=1), said.append)
        killed = kill_each(town, RestartPlan(**parts, settle=0.0), said.append)
    [change] = changed.changes
    assert change.seconds is not None
    assert change.seconds > 0
    assert change.disturbed == []
    assert [each.shard for each in killed.kills] == ["shard-0", "shard-1"]
    assert all(each.cameras for each in killed.kills), "both have something to do"
    assert sum(each.cameras for each in killed.kills) == 5
    for each in killed.kills:
        assert each.seen is not None
        assert each.online is not None
        assert 0 < each.online <= each.seen
        assert each.disturbed == []
