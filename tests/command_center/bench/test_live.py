"""A command center of two is killed while people follow its stream; and what is called a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_center.bench.live import TARGET_MS, LivePlan, LiveResult, run
from command_center.bench.spread import Spread, spread_of
from tests.command_center.postgres import new_database


def test_readers_of_a_killed_command_center_miss_nothing_at_the_next(postgres: Path) -> None:
    """Real processes, real sockets, `kill -9`; the senders, too, go on at the one that lives."""
    url = new_database(postgres)
    plan = LivePlan(streams=4, rate=8, seconds=3, kill=True, database=url)
    result = run(plan, lambda _: None)
    assert (result.events, result.lost, result.doubled, result.resets) == (24, 0, 0, 0)
    assert result.told_ms.count == 4 * 24
    assert url not in result.model_dump_json()


@pytest.mark.parametrize(
    ("rate", "told", "lost", "doubled", "said"),
    [
        (200.0, TARGET_MS, 0, 0, []),
        (200.0, TARGET_MS + 1, 0, 0, ["told after 151 ms (p95), not 150"]),
        (180.0, TARGET_MS, 0, 0, ["180 events/s were taken in, not 200"]),
        (200.0, TARGET_MS, 2, 1, ["2 lost, 1 told twice, 0 resets"]),
    ],
)
def test_what_is_a_fault(
    rate: float, told: float, lost: int, doubled: int, said: list[str]
) -> None:
    result = LiveResult(
        plan=LivePlan(),
        database="SQLite",
        machine="",
        events=100,
        rate=rate,
        answered_ms=Spread(),
        told_ms=spread_of([told]),
        center_cores=0.1,
        lost=lost,
        doubled=doubled,
        resets=0,
    )
    assert result.faults() == said
