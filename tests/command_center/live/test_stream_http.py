"""The stream over a real server and real sockets: resume, visibility, comments, large bodies."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from command_center.app import create_app
from command_center.live import stream
from configs.load import sample_town
from configs.settings import Settings
from tests.command_center.example import MACHINE_TOKEN, PASSWORD
from tests.command_center.light_fixtures import database_url
from tests.waiting import wait_for

__all__ = ["database_url"]

pytestmark = pytest.mark.anyio

DEADLINE = 15.0


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The demo town behind uvicorn on a free port."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        machine_token=SecretStr(MACHINE_TOKEN),
        town_file=sample_town("demo"),
        demo_password=SecretStr(PASSWORD),
    )
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), port=0, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server, thread)}/api/v1"
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        assert not thread.is_alive()


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    wait_for(lambda: server.started or not thread.is_alive(), DEADLINE, "the server starts")
    assert server.started, "the server did not start"
    return int(server.servers[0].sockets[0].getsockname()[1])


@asynccontextmanager
async def logged_in(url: str, login: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=DEADLINE) as client:
        answer = await client.post("/session", json={"login": login, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client


@dataclass
class Told:
    event: str = ""
    id: str = ""
    data: str = ""


async def listen(
    client: httpx.AsyncClient, count: int, last_event_id: str | None = None
) -> list[Told]:
    """The next `count` events; then the connection is broken off."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    found: list[Told] = []
    async with asyncio.timeout(DEADLINE), client.stream("GET", "/stream", headers=headers) as got:
        assert got.headers["Content-Type"].startswith("text/event-stream")
        assert "Content-Encoding" not in got.headers
        current = Told()
        async for line in got.aiter_lines():
            name, _, value = line.partition(": ")
            if not line and current.event:
                found.append(current)
                current = Told()
                if len(found) == count:
                    break
            elif name in {"event", "id", "data"}:
                setattr(current, name, value)
    return found


async def beat(url: str, *states: str) -> None:
    """The state of camera `gate`, one after another."""
    bearer = {"Authorization": f"Bearer {MACHINE_TOKEN}"}
    async with httpx.AsyncClient(base_url=url, headers=bearer) as shard:
        epoch = (await shard.post("/shards/s/epoch")).json()["epoch"]
        for state in states:
            camera = {"id": "gate", "state": state, "since": "2025-06-02T02:00:00Z"}
            body = {"epoch": epoch, "cameras": [camera]}
            assert (await shard.post("/shards/s/heartbeat", json=body)).status_code == 200


async def test_what_happened_while_nobody_listened_is_told_on_coming_back(url: str) -> None:
    async with logged_in(url, "wang") as client:
        listening = asyncio.create_task(listen(client, 2))
        await _after_ready(client)
        await beat(url, "online")
        first = await listening
        assert [t.event for t in first] == ["ready", "camera"]
        assert json.loads(first[1].data) | {"at": ""} == {
            "kind": "camera",
            "id": "gate",
            "what": "state",
            "at": "",
        }
        await beat(url, "stalled", "online", "offline")
        missed = await listen(client, 3, last_event_id=first[1].id)
        assert [t.event for t in missed] == ["camera"] * 3
        ids = [int(t.id) for t in (first[1], *missed)]
        assert ids == sorted(set(ids))
        again = await listen(client, 1, last_event_id=missed[1].id)
        assert again == missed[2:]


async def _after_ready(client: httpx.AsyncClient) -> None:
    """Whoever is told `ready` misses nothing from then on; a second stream shows that it is up."""
    assert [t.event for t in await listen(client, 1)] == ["ready"]


async def test_a_worker_is_told_nothing_of_cameras(url: str) -> None:
    async with logged_in(url, "li") as worker, logged_in(url, "wang") as operator:
        start = (await listen(worker, 1))[0].id
        await beat(url, "online", "offline")
        assert len(await listen(operator, 2, last_event_id=start)) == 2
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await listen(worker, 1, last_event_id=start)


async def test_an_id_from_another_life_is_a_reset(url: str) -> None:
    async with logged_in(url, "wang") as client:
        assert [t.event for t in await listen(client, 1, last_event_id="99999")] == ["reset"]
        answer = await client.get("/stream", headers={"Last-Event-ID": "x"})
        assert answer.status_code == 422


async def test_a_quiet_stream_is_kept_open_by_comments(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.follow, "__defaults__", (stream.LIFETIME, 0.05))
    async with (
        logged_in(url, "wang") as client,
        asyncio.timeout(DEADLINE),
        client.stream("GET", "/stream") as got,
    ):
        pings = 0
        async for line in got.aiter_lines():
            pings += line == ": ping"
            if pings == 3:
                break


async def test_a_200_mb_upload_is_answered_and_harms_nothing(url: str) -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(1 << 20)

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(200 << 20)}
    async with logged_in(url, "wang") as client:
        answer = await client.post("/tickets/1/photos", content=large(), headers=headers)
        assert answer.status_code == 413
        assert "at most" in answer.json()["detail"]
        assert (await client.get("/health")).status_code == 200
