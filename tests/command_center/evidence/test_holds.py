"""Evidence of an open alert or ticket outlives its time, and of a settled one does not."""

from __future__ import annotations

import os
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from command_center.evidence.media import MediaType
from command_center.housekeeping import expire_evidence
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Finder, jpeg
from tests.command_center.light_fixtures import ON_BOTH, database_url, log_in

__all__ = ["database_url", "log_in"]

pytestmark = pytest.mark.anyio


async def find(app: FastAPI, finder: Finder, clock: TurnedClock) -> int:
    """An alert with a snapshot that was written 31 days ago."""
    event = finder.event(clock())
    alert_id = int((await finder.send(event)).json()["alert_id"])
    await finder.shard.put(
        f"/events/{event.id}/evidence/snapshot",
        content=jpeg(),
        headers={"Content-Type": "image/jpeg"},
    )
    path = ground_of(app).evidence.find(event.id, "snapshot", MediaType.JPEG)
    assert path is not None
    written = (clock() - timedelta(days=31)).timestamp()
    os.utime(path, (written, written))
    return alert_id


async def has_snapshot(operator: httpx.AsyncClient, alert_id: int) -> bool:
    said = (await operator.get(f"/alerts/{alert_id}")).json()["evidence"]["snapshot"]
    found = (await operator.get(f"/alerts/{alert_id}/snapshot")).status_code == 200
    assert said == found
    return bool(said)


@ON_BOTH
async def test_until_it_is_settled(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    finder = Finder(shard)
    await finder.register()
    alert_id = await find(app, finder, clock)
    operator = await log_in("operator")
    await expire_evidence(ground_of(app))
    assert await has_snapshot(operator, alert_id), "nobody has decided yet"
    answer = await operator.post(f"/alerts/{alert_id}/reject", json={"reason": "a shadow"})
    assert answer.status_code == 200, answer.text
    await expire_evidence(ground_of(app))
    assert not await has_snapshot(operator, alert_id)


async def test_an_open_ticket_holds_it(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    finder = Finder(shard)
    await finder.register()
    alert_id = await find(app, finder, clock)
    operator = await log_in("operator")
    answer = await operator.post(f"/alerts/{alert_id}/confirm", json={})
    assert answer.status_code == 200, answer.text
    await expire_evidence(ground_of(app))
    assert await has_snapshot(operator, alert_id)
