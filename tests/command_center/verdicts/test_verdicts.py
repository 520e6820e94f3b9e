"""An operator's verdict reaches the figures of the rule that told it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from command_center.here import NotReadableError
from command_center.verdicts.figures import FEW
from command_center.verdicts.here import to_be_tuned
from tests.command_center.conftest import LogIn
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Finder, Json
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.verdicts.test_figures import UNTIL

pytestmark = pytest.mark.anyio


@pytest.fixture
async def finder(shard: httpx.AsyncClient) -> Finder:
    found = Finder(shard)
    await found.register()
    return found


async def alarm(finder: Finder, clock: TurnedClock, **what: str) -> str:
    clock.forward(hours=2)
    return str((await finder.send(finder.event(clock(), **what))).json()["alert_id"])  # type: ignore[arg-type]


async def reject(operator: httpx.AsyncClient, alert: str, reason: str) -> None:
    answer = await operator.post(f"/alerts/{alert}/reject", json={"reason": reason})
    assert answer.status_code == 200, answer.text


@ON_BOTH
async def test_verdicts_by_rule(finder: Finder, clock: TurnedClock, log_in: LogIn) -> None:
    operator = await log_in("operator")
    for reason in ["shadow of a tree"] * FEW + ["rain"]:
        await reject(operator, await alarm(finder, clock), reason)
    real = await alarm(finder, clock, camera="square-1")
    assert (await operator.post(f"/alerts/{real}/confirm", json={})).status_code == 200
    await alarm(finder, clock, camera="square-1", event_type="gathering")
    engineer = await log_in("engineer")
    found: list[Json] = (await engineer.get("/verdicts")).json()["items"]
    [worst, *_] = found
    assert (worst["camera_id"], worst["zone_id"], worst["rule"]) == (
        "lane-1",
        "lane",
        "obstruction",
    )
    assert (worst["alerts"], worst["real"], worst["false"]) == (FEW + 1, 0, FEW + 1)
    assert worst["precision"]["share"] == 0
    assert worst["precision"]["high"] < 0.5
    assert worst["reasons"][0] == {"reason": "shadow of a tree", "count": FEW}
    assert "shadow" in worst["advice"]["en"]
    others = {each["event_type"]: each for each in found[1:]}
    assert others["lane_blocked"]["precision"]["share"] == 1
    assert (others["gathering"]["undecided"], others["gathering"]["precision"]) == (1, None)
    assert others["gathering"]["advice"] is None
    [one] = (await engineer.get("/verdicts", params={"camera": "lane-1"})).json()["items"]
    assert one == worst


async def test_a_merged_alert_has_the_verdict_of_its_incident(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    operator = await log_in("operator")
    first = await alarm(finder, clock)
    second = (await finder.send(finder.event(clock(), camera="square-1"))).json()["alert_id"]
    assert (await operator.get(f"/alerts/{second}")).json()["merged_into"] == first
    await reject(operator, first, "a cat")
    items = (await operator.get("/verdicts")).json()["items"]
    assert [(item["false"], item["undecided"]) for item in items] == [(1, 0), (1, 0)]


@pytest.mark.parametrize(
    ("login", "status"),
    [("operator", 200), ("supervisor", 200), ("admin", 200), ("worker", 403), ("auditor", 403)],
)
async def test_who_may_see_them(log_in: LogIn, login: str, status: int) -> None:
    assert (await (await log_in(login)).get("/verdicts")).status_code == status


@pytest.mark.parametrize("since", ["2099-01-01T00:00:00Z", "2025-05-01T00:00:00Z"])
async def test_neither_the_future_is_a_beginning_nor_what_is_not_kept(
    log_in: LogIn, since: str
) -> None:
    answer = await (await log_in("operator")).get("/verdicts", params={"since": since})
    assert (answer.status_code, answer.json()["field"]) == (422, "since")


async def test_the_doctor_names_the_worst(
    finder: Finder, clock: TurnedClock, log_in: LogIn, database_url: str
) -> None:
    operator = await log_in("operator")
    for _ in range(FEW):
        await reject(operator, await alarm(finder, clock), "a cat")
    [worst] = await asyncio.to_thread(to_be_tuned, database_url, clock())
    assert (worst.camera_id, worst.false, worst.reasons[0].reason) == ("lane-1", FEW, "a cat")


async def test_no_database_is_nothing_to_tune_and_a_strange_one_is_said(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"
    assert await asyncio.to_thread(to_be_tuned, url, UNTIL) == []
    (tmp_path / "none.db").write_bytes(b"")
    with pytest.raises(NotReadableError, match="no such table"):
        await asyncio.to_thread(to_be_tuned, url, UNTIL)
