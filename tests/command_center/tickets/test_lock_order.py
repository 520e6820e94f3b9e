"""People and batches of events take the same locks in the same order: nobody is sent away.

On PostgreSQL, where two that wait for each other are noticed after a second and one is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import httpx
import pytest

from command_center.alerts import repository as alerts
from command_center.database import Database
from command_center.tickets import repository as tickets
from tests.command_center.conftest import LogIn
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk, Finder
from tests.command_center.postgres import new_database, until_waiting
from tests.command_center.tickets.test_tickets import LEAVE_IS_OVER, confirmed

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(postgres: Path) -> str:
    return new_database(postgres)


@pytest.fixture
async def beside(database_url: str) -> AsyncIterator[Database]:
    """Another command center on the same database."""
    found = Database(database_url)
    yield found
    await found.close()


async def test_a_worker_who_moves_a_ticket_is_in_no_ring_with_a_batch(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock, beside: Database
) -> None:
    clock.now += LEAVE_IS_OVER
    ticket = await confirmed(shard, await log_in("operator"), clock, "fire")
    worker = Desk(await log_in("worker"), ticket["id"])
    async with beside.transaction() as session:
        await tickets.lock_all(session, [int(ticket["id"])])
        moving = asyncio.create_task(worker.try_move("acknowledge"))
        await until_waiting(session)
        await alerts.lock_all(session, [int(ticket["alert_id"])])
    assert (await moving).status_code == 200


async def test_an_operator_who_rejects_an_incident_is_in_no_ring_with_a_batch(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock, beside: Database
) -> None:
    finder, operator = Finder(shard), await log_in("operator")
    await finder.register()
    older, newer = [
        (await finder.send(finder.event(clock(), camera=camera))).json()["alert_id"]
        for camera in ("lane-1", "square-1")
    ]
    await operator.post(f"/alerts/{newer}/split", json={"reason": "another"})
    await operator.post(f"/alerts/{older}/merge", json={"into": newer})
    await as_a_batch_goes_by(beside, {int(older), int(newer)}, operator, f"/alerts/{newer}/reject")


async def as_a_batch_goes_by(
    beside: Database, ids: Collection[int], operator: httpx.AsyncClient, path: str
) -> None:
    async with beside.transaction() as session:
        await alerts.lock_all(session, [min(ids)])
        deciding = asyncio.create_task(operator.post(path, json={"reason": "a shadow"}))
        await until_waiting(session)
        await alerts.lock_all(session, [max(ids)])
    assert (await deciding).status_code == 200
