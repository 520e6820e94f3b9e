"""Epochs, heartbeats, silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from structlog.testing import capture_logs

from command_center.housekeeping import watch_shards
from command_center.live.tables import Change, ChangeKind
from command_center.shards.said import LOOK_AGAIN
from command_center.shards.service import SILENCE
from command_center.town.tables import CameraStatus
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import START, TurnedClock
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


def report(camera_id: str, state: str = "online", reason: str = "") -> dict[str, str]:
    return {"id": camera_id, "state": state, "since": START.isoformat(), "reason": reason}


async def beat(
    shard: httpx.AsyncClient,
    epoch: int,
    *cameras: dict[str, str],
    models: tuple[str, ...] = (),
    name: str = "shard-0",
    outbox_dead: int = 0,
) -> int:
    answer = await shard.post(
        f"/shards/{name}/heartbeat",
        json={
            "epoch": epoch,
            "cameras": list(cameras),
            "missing_models": list(models),
            "metrics": {"findings": {"scans": 7, "outbox_dead": outbox_dead}},
        },
    )
    return answer.status_code


async def start(shard: httpx.AsyncClient, name: str = "shard-0") -> int:
    return int((await shard.post(f"/shards/{name}/epoch")).json()["epoch"])


async def states(client: httpx.AsyncClient) -> dict[str, str]:
    items = (await client.get("/cameras")).json()["items"]
    return {item["id"]: item["state"] for item in items}


async def notices(client: httpx.AsyncClient) -> list[str]:
    return [item["id"] for item in (await client.get("/notices")).json()["items"]]


async def told(app: FastAPI) -> list[str]:
    async with ground_of(app).database.reading() as session:
        query = select(Change).where(Change.kind == ChangeKind.CAMERA, Change.what == "state")
        return [c.object_id for c in await session.scalars(query.order_by(Change.id))]


@ON_BOTH
async def test_an_epoch_grows_and_fences_off_the_one_before(shard: httpx.AsyncClient) -> None:
    assert [await start(shard) for _ in range(3)] == [1, 2, 3]
    assert await start(shard, "shard-1") == 1
    assert await beat(shard, 3) == 200
    for stale in (2, 1, 4):
        assert await beat(shard, stale) == 409
    assert await beat(shard, 1, name="never-seen") == 409


async def test_a_fenced_process_is_logged_once(shard: httpx.AsyncClient) -> None:
    await start(shard)
    await start(shard)
    with capture_logs() as logs:
        for _ in range(5):
            assert await beat(shard, 1) == 409
    fenced = [entry for entry in logs if entry["event"] == "heartbeat_fenced_off"]
    assert [(entry["shard"], entry["epoch"]) for entry in fenced] == [("shard-0", 1)]


async def test_a_heartbeat_tells_the_states_of_cameras(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn
) -> None:
    operator = await log_in("operator")
    epoch = await start(shard)
    assert await beat(shard, epoch, report("lane-1"), report("square-1", "offline", "no route"))
    assert await states(operator) == {"lane-1": "online", "square-1": "offline"}
    square = (await operator.get("/cameras/square-1")).json()
    assert square["reason"] == "no route"
    assert square["shard"] == "shard-0"
    assert square["since"] == "2025-06-02T02:00:00Z"
    assert await told(app) == ["lane-1", "square-1"]


async def test_only_changes_are_told(app: FastAPI, shard: httpx.AsyncClient) -> None:
    epoch = await start(shard)
    for state in ("online", "online", "stalled", "stalled", "online"):
        await beat(shard, epoch, report("lane-1", state))
    assert await told(app) == ["lane-1"] * 3


async def test_one_that_was_connected_to_anew_is_online_since_then(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn
) -> None:
    operator = await log_in("operator")
    await beat(shard, await start(shard), report("lane-1"))
    later = "2025-06-02T03:00:00Z"
    assert await beat(shard, await start(shard), report("lane-1") | {"since": later})
    assert (await operator.get("/cameras/lane-1")).json()["since"] == later
    assert await told(app) == ["lane-1"], "its state is what it was"


async def test_words_that_were_written_down_are_held_against_the_database_now_and_then(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    epoch = await start(shard)
    await beat(shard, epoch, report("lane-1"))
    async with ground_of(app).database.transaction() as session:
        (await session.get_one(CameraStatus, "lane-1")).state = "unknown"
    await beat(shard, epoch, report("lane-1"))
    assert (await states(operator))["lane-1"] == "unknown", "said before, and not looked at"
    clock.now += LOOK_AGAIN
    await beat(shard, epoch, report("lane-1"))
    assert (await states(operator))["lane-1"] == "online"
    epoch = await start(shard)
    await beat(shard, epoch, report("lane-1", "connecting"))
    assert (await states(operator))["lane-1"] == "connecting"


async def test_a_camera_that_nobody_knows_is_passed_over(
    shard: httpx.AsyncClient, log_in: LogIn
) -> None:
    epoch = await start(shard)
    assert await beat(shard, epoch, report("removed"), report("lane-1")) == 200
    assert await states(await log_in("operator")) == {"lane-1": "online", "square-1": "unknown"}


@ON_BOTH
async def test_silence_is_a_notice_and_its_cameras_are_unknown(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    epoch = await start(shard)
    await beat(shard, epoch, report("lane-1"))
    clock.now += SILENCE
    await watch_shards(ground_of(app))
    assert await notices(operator) == []
    clock.forward(seconds=1)
    for _ in range(2):
        await watch_shards(ground_of(app))
    assert await notices(operator) == ["shard:shard-0"]
    assert (await states(operator))["lane-1"] == "unknown"
    assert (await operator.get("/health")).json() == {
        "status": "degraded",
        "version": (await operator.get("/health")).json()["version"],
        "shards": [{"name": "shard-0", "up": False}],
    }
    assert await told(app) == ["lane-1", "lane-1"]
    assert await beat(shard, epoch, report("lane-1")) == 200
    assert await notices(operator) == []
    assert (await states(operator))["lane-1"] == "online"
    assert (await operator.get("/health")).json()["status"] == "ok"


@ON_BOTH
async def test_what_is_not_started_any_more_is_given_up_without_a_notice(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    operator = await log_in("operator")
    ground = ground_of(app)
    fewer = replace(ground, settings=ground.settings.model_copy(update={"shards": 1}))
    for name in ("shard-0", "shard-1", "elsewhere"):
        await beat(shard, await start(shard, name), name=name, outbox_dead=1, models=("fire",))
    await beat(shard, 1, report("lane-1"), name="shard-1", outbox_dead=1)
    clock.forward(seconds=21)
    await beat(shard, 1, name="shard-0")
    await watch_shards(fewer)
    await watch_shards(fewer)
    shown = (await operator.get("/health")).json()["shards"]
    assert shown == [{"name": "elsewhere", "up": False}, {"name": "shard-0", "up": True}]
    assert await notices(operator) == ["model:fire", "outbox:elsewhere", "shard:elsewhere"]
    assert (await states(operator))["lane-1"] == "unknown"
    assert await start(shard, "shard-1") == 2, "its epoch is remembered"
    assert len((await operator.get("/health")).json()["shards"]) == 3


async def test_nobody_is_blamed_for_what_this_process_did_not_hear(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    """The command center itself was away for an hour."""
    await start(shard)
    clock.forward(hours=1)
    restarted = replace(ground_of(app), started_at=clock() - timedelta(seconds=5))
    await watch_shards(restarted)
    assert await notices(await log_in("operator")) == []


@ON_BOTH
async def test_a_missing_model_is_on_the_wall_until_no_shard_misses_it(
    shard: httpx.AsyncClient, log_in: LogIn
) -> None:
    operator = await log_in("operator")
    one, two = await start(shard, "shard-1"), await start(shard, "shard-2")
    await beat(shard, one, models=("yolox_nano",), name="shard-1")
    await beat(shard, two, models=("yolox_nano", "fire"), name="shard-2")
    assert await notices(operator) == ["model:fire", "model:yolox_nano"]
    text = (await operator.get("/notices")).json()["items"][1]["text"]
    assert "fenghuo models pull yolox_nano" in text["zh"]
    assert "fenghuo models pull yolox_nano" in text["en"]
    await beat(shard, one, name="shard-1")
    assert await notices(operator) == ["model:fire", "model:yolox_nano"]
    await beat(shard, two, name="shard-2")
    assert await notices(operator) == []


async def test_dead_letters_are_on_the_wall_while_there_are_some(
    shard: httpx.AsyncClient, log_in: LogIn
) -> None:
    operator, epoch = await log_in("operator"), await start(shard)
    await start(shard, "shard-1")
    with capture_logs() as logs:
        for dead in (0, 1, 2):
            await beat(shard, epoch, outbox_dead=dead)
    await beat(shard, 1, name="shard-1")
    assert [line["event"] for line in logs].count("notice") == 1, "once, not at every heartbeat"
    (shown,) = (await operator.get("/notices")).json()["items"]
    assert shown["id"] == "outbox:shard-0"
    for text in shown["text"].values():
        assert "shard-0" in text
        assert "delivery.refused" in text
    await beat(shard, epoch, outbox_dead=0)
    assert await notices(operator) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"epoch": 0}, "epoch"),
        ({"epoch": 1, "cameras": [report("lane-1", "happy")]}, "cameras.0.state"),
        (
            {"epoch": 1, "cameras": [{**report("lane-1"), "since": "2025-06-02T10:00"}]},
            "cameras.0.since",
        ),
        ({"epoch": 1, "missing_models": ["../../etc"]}, "missing_models.0"),
    ],
)
async def test_a_bad_heartbeat_names_its_field(
    shard: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    await start(shard)
    answer = await shard.post("/shards/shard-0/heartbeat", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_shards_are_listed_for_engineers(shard: httpx.AsyncClient, log_in: LogIn) -> None:
    await beat(shard, await start(shard))
    items = (await (await log_in("engineer")).get("/shards")).json()["items"]
    assert [(s["name"], s["epoch"], s["metrics"]["findings"]["scans"]) for s in items] == [
        ("shard-0", 1, 7)
    ]
