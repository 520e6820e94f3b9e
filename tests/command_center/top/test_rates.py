"""From counters to what happens a second."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.metrics.schemas import CameraReading, Readings, ShardReading
from command_center.top.rates import percentile, rates_between
from detectors.metrics import CameraCounters, FindingTotals, IngestTotals, ProcessUse, ShardMetrics
from ingest.histogram import Histogram, HistogramSnapshot
from tests.command_center.example import START

BOUNDS = (1.0, 2.0, 4.0)


def reading(
    seconds: float, *, epoch: int = 1, scans: int, received: int = 0, heard: float = 0.0
) -> Readings:
    """A shard that started at START, so many seconds later."""
    at = START + timedelta(seconds=seconds)
    return Readings(
        at=at,
        shards=[
            ShardReading(
                name="shard-0",
                up=True,
                heard=heard,
                epoch=epoch,
                metrics=ShardMetrics(
                    process=ProcessUse(cpu_seconds=seconds / 2, started_at=START),
                    ingest=IngestTotals(
                        drops={"superseded": scans // 10},
                        interval=HistogramSnapshot(BOUNDS, (0, scans, 0, 0), 1.5 * scans),
                    ),
                    findings=FindingTotals(scans=scans),
                ),
            )
        ],
        cameras=[
            CameraReading(
                id="lane",
                shard="shard-0",
                state="online",
                since=START,
                reason="",
                counters=CameraCounters(
                    id="lane",
                    received_bytes=received,
                    scanned_at=at.timestamp() - 3,
                ),
                counted_at=at,
            )
        ],
    )


def test_between_two_readings_and_from_the_start() -> None:
    first, second = reading(10, scans=100), reading(20, scans=300, received=64_000)
    alone = rates_between(None, first).shards[0]
    assert (alone.seconds, alone.scans, alone.cpu) == (10, 10, 0.5)
    both = rates_between(first, second)
    assert (both.shards[0].seconds, both.shards[0].scans) == (10, 20)
    assert both.shards[0].drops == {"superseded": 2.0}
    assert both.shards[0].interval_p95 == pytest.approx(1.95)
    assert (both.cameras[0].received_bytes, both.cameras[0].scan_age) == (6400, 3)
    assert both.states == {"online": 1}


def test_time_counts_from_heartbeat_to_heartbeat_and_not_from_look_to_look() -> None:
    first, second = reading(10, scans=100), reading(21, scans=300, heard=1.0)
    assert rates_between(first, second).shards[0].seconds == 10


def test_a_shard_that_was_started_anew_counts_from_its_start() -> None:
    before, after = reading(100, scans=1000), reading(104, epoch=2, scans=8)
    assert rates_between(before, after).shards[0].scans == pytest.approx(8 / 104)


def test_the_worst_camera_stands_first() -> None:
    now = reading(10, scans=1)
    fine = now.cameras[0]
    dead = fine.model_copy(update={"id": "dead", "state": "offline", "counters": None})
    late = fine.model_copy(
        update={
            "id": "late",
            "counters": CameraCounters(id="late", scanned_at=START.timestamp() - 60),
        }
    )
    found = rates_between(None, now.model_copy(update={"cameras": [fine, late, dead]}))
    assert [camera.id for camera in found.cameras] == ["dead", "late", "lane"]


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ((0, 0, 0, 0), 0.95, None),
        ((10, 0, 0, 0), 0.5, 0.5),
        ((10, 10, 0, 0), 0.5, 1.0),
        ((10, 10, 0, 0), 0.75, 1.5),
        ((0, 0, 0, 3), 0.5, 4.0),
    ],
)
def test_percentiles_are_interpolated(
    counts: tuple[int, ...], share: float, expected: float | None
) -> None:
    assert percentile(HistogramSnapshot(BOUNDS, counts, 0.0), share) == expected


@given(st.lists(st.floats(0, 4), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    histogram = Histogram(BOUNDS)
    for value in values:
        histogram.add(value)
    found = percentile(histogram.snapshot(), share)
    assert found is not None
    assert 0 <= found <= 4
    assert sum(value <= found for value in values) <= len(values)
    upper = next(bound for bound in BOUNDS if found <= bound)
    assert sum(value <= upper for value in values) >= share * len(values) - 1e-6
