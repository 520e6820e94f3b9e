"""PostgreSQL ends its connections, as a restart does, while people work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from command_center.alerts.tables import Alert
from command_center.database import Database
from command_center.events.bodies import MEDIA_TYPE
from command_center.shards.tables import Shard
from tests.command_center.conftest import LogIn
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Finder
from tests.command_center.postgres import new_database

pytestmark = pytest.mark.anyio

END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
OURS = " AND datname = current_database()"


@pytest.fixture
def database_url(postgres: Path) -> str:
    return new_database(postgres)


@pytest.fixture
async def beside(database_url: str) -> AsyncIterator[Database]:
    """Somebody else's connections to the same database."""
    found = Database(database_url)
    yield found
    await found.close()


async def test_connections_that_died_in_the_pool_cost_no_request(
    log_in: LogIn, beside: Database
) -> None:
    operator = await log_in("operator")
    paths = ("/alerts", "/tickets", "/notices", "/cameras", "/session", "/health")
    await asyncio.gather(*(operator.get(path) for path in paths))
    async with beside.transaction() as session:
        ended = list(await session.scalars(text(END + OURS)))
    assert len(ended) > len(paths) / 2
    answers = await asyncio.gather(*(operator.get(path) for path in paths))
    assert [answer.status_code for answer in answers] == [200] * len(paths)


async def test_a_request_in_its_middle_is_told_to_come_again_and_may(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock, beside: Database
) -> None:
    operator, finder = await log_in("operator"), Finder(shard)
    await finder.register()
    alert_id = (await finder.send(finder.event(clock()))).json()["alert_id"]
    async with beside.transaction() as session:
        await session.scalar(select(Alert).where(Alert.id == int(alert_id)).with_for_update())
        asking = asyncio.create_task(operator.post(f"/alerts/{alert_id}/confirm", json={}))
        await end_whoever_waits(session, asking)
        answer = await asking
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "send it again" in answer.json()["detail"]
    again = await operator.post(f"/alerts/{alert_id}/confirm", json={})
    assert again.json()["ticket"]["state"] == "dispatched"


async def test_no_event_of_a_batch_is_refused_because_the_database_went_away(
    shard: httpx.AsyncClient, clock: TurnedClock, beside: Database
) -> None:
    finder = Finder(shard)
    await finder.register()
    events = [finder.event(clock(), camera=camera) for camera in ("lane-1", "square-1")]
    body = f"[{','.join(event.model_dump_json() for event in events)}]"

    async def send() -> httpx.Response:
        return await shard.post("/events/batch", content=body, headers={"Content-Type": MEDIA_TYPE})

    async with beside.transaction() as session:
        await session.scalar(select(Shard).with_for_update())
        sending = asyncio.create_task(send())
        await end_whoever_waits(session, sending)
        answer = await sending
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert [item["status"] for item in (await send()).json()["items"]] == [202, 202]


async def test_the_log_says_nobodys_query_code(
    visitor: httpx.AsyncClient, beside: Database
) -> None:
    body = {"description": "bags", "place": "here"}
    code = (await visitor.post("/public/reports", json=body)).json()["query_code"]
    with capture_logs() as logs:
        async with beside.transaction() as session:
            await session.execute(text("LOCK TABLE reports"))
            asking = asyncio.create_task(visitor.get(f"/public/reports/{code}"))
            await end_whoever_waits(session, asking)
        assert (await asking).status_code == 503
    (line,) = [line for line in logs if line["event"] == "database_away"]
    assert line["path"] == "/api/v1/public/reports/…"


async def end_whoever_waits(session: AsyncSession, asking: asyncio.Task[httpx.Response]) -> None:
    """As often as it takes until there is an answer."""
    waiting = text(f"{END}{OURS} AND wait_event_type = 'Lock'")
    async with asyncio.timeout(10):
        while not asking.done():
            await session.execute(text("SELECT pg_stat_clear_snapshot()"))  # else the first look's
            await session.execute(waiting)
            await asyncio.sleep(0.01)
