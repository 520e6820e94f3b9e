"""Today's figures."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from command_center.statistics.repository import rank_of
from command_center.statistics.service import midnight, share
from tests.command_center.conftest import LogIn
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk, Finder
from tests.command_center.light_fixtures import ON_BOTH


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [(1, 50, 0), (1, 90, 0), (3, 50, 1), (3, 90, 2), (10, 50, 4), (10, 90, 8)],
)
def test_the_rank_is_that_of_the_smallest_value_that_so_many_do_not_exceed(
    count: int, percent: int, rank: int
) -> None:
    assert rank_of(count, percent) == rank


def test_a_share_of_nothing_is_no_share() -> None:
    assert share(0, 0).share is None
    assert share(1, 4).share == 0.25


def test_midnight_is_the_towns() -> None:
    late = datetime(2025, 6, 2, 17, 0, tzinfo=UTC)  # 01:00 of the 3rd in Shanghai
    assert midnight(late, ZoneInfo("Asia/Shanghai")) == datetime(2025, 6, 2, 16, 0, tzinfo=UTC)


@ON_BOTH
@pytest.mark.anyio
async def test_a_morning(shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock) -> None:
    finder = Finder(shard)
    await finder.register()
    operator = await log_in("operator")
    real = (await finder.send(finder.event(clock()))).json()["alert_id"]
    false = (await finder.send(finder.event(clock(), event_type="smoke"))).json()["alert_id"]
    await finder.send(finder.event(clock(), event_type="gathering"))
    clock.forward(seconds=30)
    ticket_id = (await operator.post(f"/alerts/{real}/confirm", json={})).json()["ticket_id"]
    clock.forward(seconds=20)
    await operator.post(f"/alerts/{false}/reject", json={"reason": "steam"})
    worker = Desk(await log_in("worker"), ticket_id)
    clock.forward(seconds=40)
    await worker.move("acknowledge")
    await worker.move("start")
    await worker.finish()
    today = (await operator.get("/statistics/today")).json()
    assert today["alerts"] == {
        "opened": 3,
        "waiting": 1,
        "by_state": {"confirmed": 1, "false_alarm": 1, "open": 1},
        "precision": {"count": 1, "of": 2, "share": 0.5},
    }
    assert today["tickets"]["by_state"] == {"done": 1}
    assert today["ontime"] == {"count": 1, "of": 1, "share": 1.0}
    assert today["confirm_seconds"] == {"n": 2, "p50": 30.0, "p90": 50.0}
    assert today["acknowledge_seconds"] == {"n": 1, "p50": 60.0, "p90": 60.0}
    assert today["routing"] == {"by_rung": {"a": 1}}
    assert today["by_source"] == {"camera": 1}
    assert (await (await log_in("worker")).get("/statistics/today")).status_code == 403
