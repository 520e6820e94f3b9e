"""The closed loop from a camera's finding to the archive, over HTTP, on both databases."""

from __future__ import annotations

import httpx
import pytest

from tests.command_center.conftest import LogIn
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk, Finder
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


@ON_BOTH
async def test_a_blocked_lane_is_found_done_verified_and_fed_back(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    finder = Finder(shard)
    await finder.register()
    answer = await finder.send(finder.event(clock()))
    assert answer.status_code == 202, answer.text
    assert answer.json()["outcome"] == "opened"

    operator = await log_in("operator")
    alert_id = answer.json()["alert_id"]
    alert = (await operator.get(f"/alerts/{alert_id}")).json()
    assert (alert["state"], alert["name"]["en"]) == ("open", "Lane blocked")
    confirmed = await operator.post(f"/alerts/{alert_id}/confirm", json={})
    assert confirmed.status_code == 200, confirmed.text
    ticket = confirmed.json()["ticket"]
    assert ticket["state"] == "dispatched"
    assert [t["move"] for t in ticket["transitions"]] == ["confirm", "accept", "dispatch"]
    assert ticket["assignee"]["login"] == "worker"

    worker = Desk(await log_in("worker"), ticket["id"])
    assert [m["move"] for m in (await worker.ticket())["moves"] if m["primary"]] == ["acknowledge"]
    await worker.move("acknowledge")
    await worker.move("start")
    done = await worker.finish()
    assert done["state"] == "done"
    assert done["on_time"] is True

    desk = Desk(operator, ticket["id"])
    assert (await desk.move("verify"))["state"] == "fed_back"
    archived = await desk.move("rate", rating="satisfied")
    assert archived["state"] == "archived"
    chain = await operator.get(f"/tickets/{ticket['id']}/chain")
    assert chain.json() == {"whole": True, "broken_at": None}
