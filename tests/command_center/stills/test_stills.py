"""Stills: asked for by looking, brought by shards, gone in minutes, and every look is logged."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.audit.tables import Access, AccessEntry
from command_center.housekeeping import expire_stills
from command_center.live.tables import Change
from command_center.stills.endpoints import AHEAD, LIMIT
from command_center.stills.service import KEPT, LOGGED_EVERY, WANTED_FOR
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

JPEG = b"\xff\xd8\xff\xe0" + bytes(64) + b"\xff\xd9"
"""How every JPEG begins and ends; nobody looks inside."""
STILL = "/cameras/lane-1/still"


async def begin(shard: httpx.AsyncClient, name: str = "shard-0") -> int:
    return int((await shard.post(f"/shards/{name}/epoch")).json()["epoch"])


async def wanted(shard: httpx.AsyncClient, epoch: int, *cameras: str) -> list[str]:
    """What a heartbeat is answered, of a shard that watches these cameras."""
    since = "2025-06-02T02:00:00Z"
    reports = [{"id": name, "state": "online", "since": since} for name in cameras]
    answer = await shard.post(
        "/shards/shard-0/heartbeat", json={"epoch": epoch, "cameras": reports}
    )
    assert answer.status_code == 200
    found: list[str] = answer.json()["stills_wanted"]
    return found


async def bring(
    shard: httpx.AsyncClient,
    epoch: int,
    at: datetime,
    camera: str = "lane-1",
    *,
    jpeg: bytes = JPEG,
    media: str = "image/jpeg",
) -> httpx.Response:
    return await shard.put(
        f"/shards/shard-0/stills/{camera}",
        params={"epoch": epoch, "captured_at": at.isoformat()},
        content=jpeg,
        headers={"Content-Type": media},
    )


async def looks(app: FastAPI) -> list[tuple[str, str | None]]:
    async with ground_of(app).database.reading() as session:
        query = select(AccessEntry).where(AccessEntry.access == Access.STILL)
        return [(e.login, e.camera_id) for e in await session.scalars(query)]


@ON_BOTH
async def test_a_look_asks_for_stills_for_a_while(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator, epoch = await log_in("operator"), await begin(shard)
    assert await wanted(shard, epoch, "lane-1", "square-1") == []
    first = await operator.get(STILL)
    assert (first.status_code, first.content) == (202, b"")
    assert int(first.headers["Retry-After"]) > 0
    assert await wanted(shard, epoch, "lane-1", "square-1") == ["lane-1"]
    assert await wanted(shard, epoch, "square-1") == [], "another shard's camera"
    clock.now += WANTED_FOR - timedelta(seconds=1)
    assert await wanted(shard, epoch, "lane-1") == ["lane-1"]
    await operator.get(STILL)
    clock.now += WANTED_FOR - timedelta(seconds=1)
    assert await wanted(shard, epoch, "lane-1") == ["lane-1"], "looked at again"
    clock.forward(seconds=1)
    assert await wanted(shard, epoch, "lane-1") == []


async def test_the_newest_still_is_shown_with_its_time(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator, epoch = await log_in("operator"), await begin(shard)
    for newer in (b"one", b"two"):
        clock.forward(seconds=2)
        jpeg = JPEG[:6] + newer + JPEG[-2:]
        assert (await bring(shard, epoch, clock(), jpeg=jpeg)).status_code == 204
    shown = await operator.get(STILL)
    assert (shown.status_code, shown.content) == (200, jpeg)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Cache-Control"] == "no-store"
    assert datetime.fromisoformat(shown.headers["X-Captured-At"]) == clock()
    assert (await operator.get("/cameras/square-1/still")).status_code == 202


async def test_stills_are_gone_in_minutes(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator, epoch = await log_in("operator"), await begin(shard)
    await bring(shard, epoch, clock())
    clock.now += KEPT
    await expire_stills(ground_of(app))
    assert (await operator.get(STILL)).status_code == 200
    clock.forward(seconds=1)
    assert (await operator.get(STILL)).status_code == 202, "before housekeeping comes round"
    await expire_stills(ground_of(app))
    assert list(ground_of(app).stills.root.iterdir()) == []


async def test_a_shards_wrong_clock_keeps_no_still_for_ever(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    await bring(shard, await begin(shard), clock() + AHEAD * 100)
    shown = await (await log_in("operator")).get(STILL)
    assert datetime.fromisoformat(shown.headers["X-Captured-At"]) == clock()


@ON_BOTH
async def test_looks_are_logged_once_a_person_and_camera_in_ten_minutes(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    operator, engineer = await log_in("operator"), await log_in("engineer")
    for _ in range(3):
        for client in (operator, engineer):
            await client.get(STILL)
        clock.forward(seconds=20)
    await operator.get("/cameras/square-1/still")
    assert sorted(await looks(app)) == [
        ("engineer", "lane-1"),
        ("operator", "lane-1"),
        ("operator", "square-1"),
    ]
    clock.now += LOGGED_EVERY
    await operator.get(STILL)
    assert (await looks(app)).count(("operator", "lane-1")) == 2


@ON_BOTH
async def test_many_who_look_at_once_are_one_wish_and_one_entry_each(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn
) -> None:
    desks = [await log_in("operator"), await log_in("engineer")]
    answers = await asyncio.gather(*(desk.get(STILL) for desk in desks))
    assert {answer.status_code for answer in answers} == {202}
    assert sorted(await looks(app)) == [("engineer", "lane-1"), ("operator", "lane-1")]
    assert await wanted(shard, await begin(shard), "lane-1") == ["lane-1"]


async def test_a_still_is_no_change(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    before = await changes(app)
    await (await log_in("operator")).get(STILL)
    await bring(shard, await begin(shard), clock())
    assert await changes(app) == before


async def changes(app: FastAPI) -> int:
    async with ground_of(app).database.reading() as session:
        return len(list(await session.scalars(select(Change))))


@pytest.mark.parametrize(
    ("jpeg", "media", "status"),
    [
        (JPEG, "image/png", 422),
        (b"GIF89a" + bytes(20), "image/jpeg", 422),
        (JPEG[:-2], "image/jpeg", 422),
        (b"", "image/jpeg", 422),
        (JPEG[:-2] + bytes(LIMIT) + JPEG[-2:], "image/jpeg", 413),
    ],
    ids=["another type", "no JPEG", "cut off", "empty", "too large"],
)
async def test_a_body_that_is_no_still(
    app: FastAPI,
    shard: httpx.AsyncClient,
    clock: TurnedClock,
    jpeg: bytes,
    media: str,
    status: int,
) -> None:
    answer = await bring(shard, await begin(shard), clock(), jpeg=jpeg, media=media)
    assert answer.status_code == status
    assert ground_of(app).stills.get("lane-1") is None


async def test_a_fenced_shard_shows_nothing(shard: httpx.AsyncClient, clock: TurnedClock) -> None:
    old = await begin(shard)
    await begin(shard)
    assert (await bring(shard, old, clock())).status_code == 409


async def test_a_camera_that_is_not_there(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    assert (await bring(shard, await begin(shard), clock(), "nowhere")).status_code == 404
    assert (await bring(shard, 1, clock(), "..")).status_code in {404, 422}
    assert (await (await log_in("operator")).get("/cameras/nowhere/still")).status_code == 404
    assert await looks(app) == []


async def test_stills_take_more_than_seeing_cameras(app: FastAPI, log_in: LogIn) -> None:
    for login in ("auditor", "worker", "chief", "admin"):
        assert (await (await log_in(login)).get(STILL)).status_code == 403
    assert await looks(app) == []


async def test_a_full_disk_is_told_to_the_shard(
    shard: httpx.AsyncClient, clock: TurnedClock, app: FastAPI
) -> None:
    ground_of(app).stills.root.write_bytes(b"a file where the folder should be")
    assert (await bring(shard, await begin(shard), clock())).status_code == 507
