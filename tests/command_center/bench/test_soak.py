"""Which faults are drawn, what the samples of a soak mean, and a very short one in earnest."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from command_center.bench.farm_process import FarmReading
from command_center.bench.ledger import PacketLedger, differences
from command_center.bench.soak import (
    SoakPlan,
    SoakResult,
    SoakSample,
    fitted_slope,
    judge,
    judge_again,
    outages,
    run,
)
from command_center.bench.trouble import PlannedFault, plan_faults, recovery
from command_center.bench.worker_process import is_even
from command_center.cli.main import app
from ingest.farm import FaultKind
from ingest.farm.mix import Mix
from ingest.source import Drop
from ingest.stats import CameraStats

FARM = FarmReading(
    wall=0,
    cpu=0,
    clients=4,
    pictures=0,
    packets=10,
    dropped_pictures=0,
    dropped_packets=0,
    failing=1,
)


def plan(seconds: float = 1000.0) -> SoakPlan:
    return SoakPlan(
        cameras=4,
        seconds=seconds,
        shards=2,
        mix=Mix.H264,
        fault_every=1.0,
        seed=1,
        ring_bytes=100,
        models_dir=Path("models"),
        cache=Path("cache"),
    )


def sample(at: float, **changed: object) -> SoakSample:
    usual: dict[str, object] = {
        "at": at,
        "rss": 1000,
        "pss": 1000,
        "threads": 10,
        "descriptors": 20,
        "ring_bytes": 100,
        "delivering": 4,
        "states": {"online": 4},
        "connections": 4,
        "packets": 10,
        "packets_used": 10,
        "packets_pending": 0,
        "packets_dropped": {},
        "units": 2,
        "units_kept": 2,
        "drops": {},
        "events": 0,
        "cpu": 1.0,
        "ping": 0.01,
        "uneven": [],
        "silent": [],
        "farm": FARM,
    }
    return SoakSample.model_validate(usual | changed)


def judged(*samples: SoakSample) -> SoakResult:
    return judge(plan(), samples, Counter({"stall": 3}))


def test_a_run_without_growth_or_loss_is_well() -> None:
    # What grows before the warm-up is over, and threads that come and go, harm nothing.
    found = judged(sample(0, pss=100), sample(300, threads=12), sample(600), sample(1000))
    assert found.failed == []
    assert found.growth == pytest.approx(0.0)


def test_rings_that_fill_later_are_no_growth() -> None:
    found = judged(sample(300, pss=950, ring_bytes=50), sample(1000, pss=1000, ring_bytes=100))
    assert found.failed == []
    assert found.growth == pytest.approx(0.0)


def test_growth_is_a_part_of_the_whole_and_so_much_an_hour() -> None:
    found = judged(sample(250, pss=100_000_000), sample(1000, pss=102_000_000))
    assert found.growth == pytest.approx(0.02)
    assert found.growth_mb_per_hour == pytest.approx(2.0 * 3600 / 750)


def test_a_run_in_which_nothing_failed_proves_nothing() -> None:
    calm = FARM.model_copy(update={"failing": 0})
    one, two = sample(300, farm=calm), sample(1000, farm=calm)
    assert judged(one, two).failed == ["no camera ever failed, though 3 faults were planned"]
    assert judged(one, two.model_copy(update={"most_failing": 1})).failed == []
    (said,) = judge(plan(), [sample(0), sample(1000)], Counter({"drop": 1})).failed
    assert "dialled again" in said
    assert judge(plan(), [one, two], Counter()).failed == []


def test_a_file_is_judged_again_whatever_wrote_it() -> None:
    old = sample(1000).model_dump(exclude={"most_failing", "ledger"})
    lines = [json.dumps(line) for line in (sample(300).model_dump(mode="json"), old)]
    without_end = judge_again(lines, plan())
    assert without_end.samples == 2
    assert without_end.ledger is None
    end = judge(plan(), [sample(1000)], Counter({"stall": 1})).model_copy(
        update={"plan": plan(2000.0)}
    )
    again = judge_again([*lines, end.model_dump_json()], plan())
    assert (again.plan.seconds, again.faults_by_kind) == (2000.0, {"stall": 1})
    for bad in ([], ["{}"], ["cut of"]):
        with pytest.raises(ValueError, match=r"sample|validation"):
            judge_again(bad, plan())


def test_a_camera_that_never_failed_has_exactly_what_was_sent() -> None:
    sent, later = {"a": 10, "b": 10, "c": 10}, {"a": 12, "b": 12, "c": 12}
    assert differences(sent, {"a": 10, "b": 12}, later) == []
    assert differences(sent, {"a": 9, "b": 13, "c": 11}, later) == [
        "a: 10 packets sent, 9 taken",
        "b: 12 packets sent, and 13 taken",
    ]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"pss": 1100}, "grew by 10.0% of the whole"),
        ({"packets": 9_000, "farm": FARM.model_copy(update={"packets": 10_000})}, "9000 taken"),
        (
            {"ledger": PacketLedger(cameras=1, sent=9, taken=8, wrong=["camera-1: 9 sent"])},
            "never failed: camera-1: 9 sent",
        ),
        ({"threads": 13}, "threads: 10 after the warm-up, 13"),
        ({"descriptors": 25}, "descriptors: 20 after the warm-up, 25"),
        ({"uneven": ["camera-3"]}, "camera-3 do not add up"),
        ({"delivering": 3, "silent": ["camera-2"]}, "1 cameras are not back: camera-2"),
        ({"ring_bytes": 201}, "the rings hold 201"),
    ],
)
def test_what_is_a_fault(last: dict[str, object], said: str) -> None:
    found = judged(sample(0), sample(300), sample(1000, **last))
    assert len(found.failed) == 1
    assert said in found.failed[0]


@settings(deadline=None)
@given(
    st.lists(st.floats(1, 1e9), min_size=2, max_size=50, unique=True).map(sorted),
    st.floats(1e6, 1e9),
    st.floats(-0.5, 3.0),
)
def test_a_line_is_fitted_to_what_lies_on_one(
    times: list[float], start: float, growth: float
) -> None:
    length = times[-1] - times[0]
    points = [(t, start * (1 + growth * (t - times[0]) / length)) for t in times]
    assert fitted_slope(points) * length == pytest.approx(growth * start, abs=1e-3 * start)


def test_the_network_fails_too_in_a_long_run_only() -> None:
    assert outages(300.0) == []
    at = [when for when, _ in outages(3600.0)]
    assert at == sorted(at)
    assert len(at) == 4


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(10, 5000))
def test_every_fault_leaves_time_to_come_back(seed: int, seconds: float) -> None:
    faults = plan_faults(20, seconds, 10.0, seed, list(FaultKind))
    assert faults == plan_faults(20, seconds, 10.0, seed, list(FaultKind))
    for fault in faults:
        assert 0 <= fault.camera < 20
        assert fault.at + fault.duration + recovery(fault.kind) <= seconds


def test_all_kinds_of_faults_come_in_an_hour() -> None:
    faults = plan_faults(200, 3500.0, 5.0, 1, list(FaultKind))
    assert {fault.kind for fault in faults} == set(FaultKind)


def test_ledgers() -> None:
    assert is_even(CameraStats(0, 3, 0, {Drop.GARBAGE: 1, Drop.SUPERSEDED: 5}, units_kept=2))
    assert not is_even(CameraStats(0, 3, 0, {Drop.GARBAGE: 1}, units_kept=1))
    late = CameraStats(0, 0, 0, {}, packets=6, packets_used=3, packets_pending=1)
    assert is_even(replace(late, packets_dropped={Drop.LATE: 2}))
    assert not is_even(late)


@pytest.mark.timeout(300)
def test_a_few_seconds_with_three_cameras_of_which_one_hangs_up(tmp_path: Path, clip: Path) -> None:
    short = plan(5.0).model_copy(
        update={
            "cameras": 3,
            "shards": 1,
            "still": str(clip),
            "moving": str(clip),
            "ring_bytes": 8 << 20,
            "models_dir": tmp_path,
            "cache": tmp_path,
        }
    )
    out = io.StringIO()
    fault = PlannedFault(camera=2, kind=FaultKind.DROP, at=0.0, duration=600.0)
    result = run(short, out, lambda _text: None, [fault])
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert SoakResult.model_validate(lines[-1]) == result
    assert len(lines) == result.samples + 1
    assert result.last.most_failing == 1
    assert result.ledger is not None
    assert result.ledger.cameras <= 2
    assert result.ledger.wrong == []
    assert result.ledger.taken > 0
    assert result.last.uneven == []


def test_an_earlier_run_is_judged_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "soak.jsonl"
    file.write_text(sample(1000).model_dump_json() + "\n")
    run_it = CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "200"})
    done = run_it.invoke(app, ["bench", "soak", "--to", str(file)])
    assert done.exit_code == 1
    assert "holds an earlier run" in done.output
    done = run_it.invoke(app, ["bench", "soak", "--judge", str(file), "--cameras", "4"])
    assert "growth of that, part of the whole" in done.output
    done = run_it.invoke(app, ["bench", "soak", "--judge", str(tmp_path / "none")])
    assert "cannot be read" in done.output
