"""A town cut off in earnest, with three cameras; and what is called a fault in what came out."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.storm import Moment, Storm, StormPlan, StormResult, run
from ingest.farm.mix import Mix
from ingest.farm.outage import Outage


def moment(at: float, delivering: int, connections: float = 0.0, ping: float = 0.01) -> Moment:
    return Moment(at=at, delivering=delivering, connections=connections, cpu=0.5, ping=ping)


def storm(
    *moments: Moment, most: int = 3, before: int = 100, uneven: tuple[str, ...] = ()
) -> Storm:
    return Storm(
        outage=Outage.RESET,
        cameras=100,
        before=before,
        moments=list(moments),
        most_connections=most,
        allowed_connections=10,
        uneven=list(uneven),
        silent=[],
    )


def test_a_town_that_comes_back_in_time_has_no_fault() -> None:
    found = storm(moment(-1, 0, 90), moment(1, 20, 30), moment(29, 95), moment(40, 100))
    assert found.faults() == []
    assert (found.back_after, found.all_back_after) == (29, 40)
    assert (found.back_at(10), found.back_at(30)) == (20, 95)
    assert (found.peak, found.peak_after) == (90, 30)
    assert found.cpu_during == 0.5


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (storm(moment(-1, 0), moment(31, 95)), "0 of 100 cameras were back"),
        (storm(moment(1, 94)), "94 of 100 cameras were back after 30 s"),
        (storm(moment(1, 99), most=11), "dialled 11 times"),
        (storm(moment(1, 0), before=0), "0 of 100 cameras delivered before"),
        (storm(moment(1, 99, 90), moment(2, 99, 50)), "70 attempts a second for 100 cameras"),
        (storm(moment(1, 99, ping=1.5)), "1.5 s to answer"),
        (storm(moment(1, 99), uneven=("camera-7",)), "camera-7"),
    ],
)
def test_what_is_a_fault(found: Storm, said: str) -> None:
    assert len(found.faults()) == 1
    assert said in found.faults()[0]


@pytest.mark.timeout(300)
def test_three_cameras(tmp_path: Path, clip: Path) -> None:
    plan = StormPlan(
        cameras=3,
        cut=2.0,
        shards=1,
        mix=Mix.H264,
        still=str(clip),
        moving=str(clip),
        ring_bytes=8 << 20,
        outages=[Outage.RESET],
        models_dir=tmp_path,
        cache=tmp_path,
    )
    told: list[str] = []
    result = run(plan, told.append)
    (one,) = StormResult.model_validate_json(result.model_dump_json()).storms
    assert one.before == 3
    assert one.most_connections >= 1
    assert any(m.delivering < 3 for m in one.moments)
    assert one.moments[-1].delivering == 3
    assert one.uneven == []
