"""Which faults are drawn, what the samples of a soak mean, and a very short one in earnest."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.bench.farm_process import FarmReading
from command_center.bench.soak import (
    SoakPlan,
    SoakResult,
    SoakSample,
    fitted_growth,
    judge,
    outages,
    run,
)
from command_center.bench.trouble import plan_faults, recovery
from command_center.bench.worker_process import is_even
from ingest.farm import FaultKind
from ingest.farm.mix import Mix
from ingest.source import Drop
from ingest.stats import CameraStats

FARM = FarmReading(
    wall=0,
    cpu=0,
    clients=4,
    pictures=0,
    packets=0,
    dropped_pictures=0,
    dropped_packets=0,
    failing=0,
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
        "ring_bytes": 200,
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


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"pss": 1100}, "memory grew by 10.0%"),
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
    assert fitted_growth(points) == pytest.approx(growth, abs=1e-3)


def test_the_network_fails_too_in_a_long_run_only() -> None:
    assert outages(300.0) == []
    at = [when for when, _ in outages(3600.0)]
    assert at == sorted(at)
    assert len(at) == 4


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
def test_two_seconds_with_three_cameras(tmp_path: Path, clip: Path) -> None:
    short = plan(2.0).model_copy(
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
    result = run(short, out, lambda _text: None)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert SoakResult.model_validate(lines[-1]) == result
    assert len(lines) == result.samples + 1
    assert result.last.delivering == 3
    assert result.last.packets > 0
    assert result.last.uneven == []
