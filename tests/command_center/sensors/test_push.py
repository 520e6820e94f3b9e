"""Readings that gateways push: who may, what is refused of them, and that none is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
import structlog
from fastapi import FastAPI

from command_center.housekeeping import prune
from command_center.sensors import endpoints, service
from command_center.sensors.limits import PUSHES_A_MINUTE
from tests.command_center.conftest import LogIn, browser, ground_of
from tests.command_center.example import MACHINE_TOKEN, START, TurnedClock
from tests.command_center.findings import Finder, Json
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

PUSH, NEXT = "/sensors/readings", "/sensors/readings/next"


@pytest.fixture
async def gateway(app: FastAPI) -> httpx.AsyncClient:
    client = browser(app)
    token = ground_of(app).settings.token_of_sensors().get_secret_value()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@pytest.fixture
async def sensors(shard: httpx.AsyncClient) -> Finder:
    """The sensors' process."""
    finder = Finder(shard, name="sensors")
    await finder.register()
    return finder


def level(value: object = 1.5, **more: object) -> Json:
    return {"sensor": "level", "value": value, **more}


async def push(gateway: httpx.AsyncClient, *readings: Json) -> httpx.Response:
    return await gateway.post(PUSH, json={"readings": list(readings)})


async def fetch(sensors: Finder, *done: int, wait: float = 0.0) -> list[Json]:
    body = {"shard": "sensors", "epoch": sensors.epoch, "done": list(done), "wait": wait}
    answer = await sensors.shard.post(NEXT, json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@ON_BOTH
async def test_what_is_pushed_waits_until_it_is_dealt_with(
    gateway: httpx.AsyncClient, sensors: Finder
) -> None:
    answer = await push(gateway, level(1.5, at=START.timestamp() - 5), level("1.6", unit="m"))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "refused": []})
    for _ in range(2):
        items = await fetch(sensors)
        assert [(i["value"], i["quality"]) for i in items] == [(1.5, "good"), (1.6, "arrival_time")]
    first, second = (item["seq"] for item in items)
    assert [item["seq"] for item in await fetch(sensors, first)] == [second]
    assert await fetch(sensors, second) == []
    await push(gateway, level(1.7))
    [third] = await fetch(sensors, first, second)
    assert third["seq"] > second, "an id is never used again"


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (level("nonsense"), "not_a_number"),
        (level(None), "not_a_number"),
        (level(1e15), "not_a_number"),
        (level(1, unit="cm"), "wrong_unit"),
        (level(1, at="2025-06-02T10:00:00"), "bad_time"),
        (level(1, at=0), "too_old"),
        ({"sensor": "smoke", "value": 1}, "unknown_sensor"),
        ({"sensor": "nobody", "value": 1}, "unknown_sensor"),
        ({"sensor": ["level"], "value": 1}, "unknown_sensor"),
    ],
)
async def test_what_is_wrong_with_one_is_told_of_it_alone(
    gateway: httpx.AsyncClient, sensors: Finder, reading: Json, reason: str
) -> None:
    answer = (await push(gateway, reading, level(1.5))).json()
    assert answer["accepted"] == 1
    [refused] = answer["refused"]
    assert (refused["index"], refused["reason"]) == (0, reason)
    assert refused["detail"]
    assert [item["value"] for item in await fetch(sensors)] == [1.5]


@ON_BOTH
@pytest.mark.parametrize("name", ["\\ud800", "\\u0000", "le\\nvel", "级", "x" * 70])
async def test_a_name_that_none_can_have_costs_the_others_nothing(
    gateway: httpx.AsyncClient, sensors: Finder, name: str
) -> None:
    body = (
        f'{{"readings": [{{"sensor": "{name}", "value": 1}}, {{"sensor": "level", "value": 1}}]}}'
    )
    answer = await gateway.post(PUSH, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    [refused] = answer.json()["refused"]
    assert (refused["index"], refused["reason"]) == (0, "unknown_sensor")
    assert refused["sensor"].isprintable()
    assert len(await fetch(sensors)) == 1


@pytest.mark.parametrize("body", ["{}", '{"readings": []}', '{"readings": [{"sensor": "level"}]}'])
async def test_a_body_that_is_none_is_refused_whole(gateway: httpx.AsyncClient, body: str) -> None:
    answer = await gateway.post(PUSH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_nan_is_no_reading(gateway: httpx.AsyncClient) -> None:
    body = b'{"readings": [{"sensor": "level", "value": NaN}]}'
    answer = await gateway.post(PUSH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {202, 422}
    assert answer.json().get("accepted", 0) == 0


async def test_only_gateways_push_and_only_our_process_fetches(
    app: FastAPI, gateway: httpx.AsyncClient, log_in: LogIn
) -> None:
    with structlog.testing.capture_logs() as logs:
        for token in ("not-the-sensor-token", MACHINE_TOKEN):
            async with browser(app) as stranger:
                stranger.headers["Authorization"] = f"Bearer {token}"
                answer = await push(stranger, level())
                assert answer.status_code == 401
                assert token not in answer.text
        assert (await push(await log_in("admin"), level())).status_code == 401
        assert (await gateway.post(NEXT, json={"shard": "x", "epoch": 1})).status_code == 401
        assert (await gateway.get("/sensors")).status_code == 401
    assert "not-the-sensor-token" not in str(logs)


async def test_an_old_process_is_fenced_off(sensors: Finder) -> None:
    old = sensors.epoch
    await sensors.register()
    answer = await sensors.shard.post(NEXT, json={"shard": "sensors", "epoch": old})
    assert answer.status_code == 409


async def test_who_waits_is_told_at_once(
    gateway: httpx.AsyncClient, sensors: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the bell: nobody looks again by himself in this test, nor is there an end to the wait."""
    waits = asyncio.Event()

    async def hear(ring: asyncio.Event, _seconds: float) -> None:
        waits.set()
        await ring.wait()

    monkeypatch.setattr(endpoints, "heard", hear)
    waiting = asyncio.create_task(fetch(sensors, wait=8.0))
    await asyncio.wait_for(waits.wait(), 30)
    await push(gateway, level(1.5))
    assert [item["value"] for item in await asyncio.wait_for(waiting, 30)] == [1.5]


async def test_too_many_are_left_with_the_gateway(
    gateway: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_WAITING", 2)
    assert (await push(gateway, level(1), level(2))).status_code == 202
    answer = await push(gateway, level(3))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


async def test_an_address_that_runs_wild_is_slowed_down(
    app: FastAPI, gateway: httpx.AsyncClient, clock: TurnedClock
) -> None:
    for _ in range(PUSHES_A_MINUTE):
        ground_of(app).pushes.count("127.0.0.1", clock())
    answer = await push(gateway, level())
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    clock.forward(minutes=1)
    assert (await push(gateway, level())).status_code == 202


async def test_what_nobody_fetches_is_forgotten_after_a_week(
    app: FastAPI, gateway: httpx.AsyncClient, sensors: Finder, clock: TurnedClock
) -> None:
    await push(gateway, level())
    clock.forward(days=6)
    await prune(ground_of(app))
    assert len(await fetch(sensors)) == 1
    clock.now += timedelta(days=2)
    await prune(ground_of(app))
    assert await fetch(sensors) == []
