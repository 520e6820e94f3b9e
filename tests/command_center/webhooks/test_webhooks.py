"""Deliveries to a real server on loopback: signed, tried again, recorded, replayed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from command_center.steady_clock import SteadyClock
from command_center.webhooks import sending, service
from command_center.webhooks.backoff import WAITS
from command_center.webhooks.service import LEASE
from configs.settings import Settings
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import MACHINE_TOKEN, TurnedClock
from tests.command_center.findings import Json
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.webhooks.receiver import Received, Receiver, receiver

pytestmark = pytest.mark.anyio

BAGS = {"event_type": "rubbish", "description": "bags of Mr Wang", "place": "behind Mr Wang's"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Loopback is inside: allowed here, as an administrator would allow a neighbour."""
    update = {"webhook_networks": "127.0.0.0/8", "webhook_key": SecretStr("k" * 40)}
    return settings.model_copy(update=update)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


async def add(client: httpx.AsyncClient, url: str, *events: str) -> Json:
    body = {"label": "A neighbour", "url": url, "events": list(events)}
    answer = await client.post("/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def deliver(app: FastAPI) -> int:
    """One look at what is due; the app's own loop stands still in these tests."""
    ground = ground_of(app)
    return await service.deliver_due(service.desk_of(ground), ground.clock(), random.Random(1))


@pytest.fixture(autouse=True)
def _no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_ground: object) -> None:
        return

    monkeypatch.setattr(service, "deliver", nothing)


async def fates(client: httpx.AsyncClient, **query: str) -> list[tuple[str, str, int]]:
    items = (await client.get("/webhooks/deliveries", params=query)).json()["items"]
    return [(d["event"], d["fate"], d["attempts"]) for d in items]


def signatures(one: Received, secret: str) -> bool:
    """As a receiver checks them, by the standard's words."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.{one.body}"
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(digest).decode()
    return wanted in one.headers["webhook-signature"].split(" ")


@ON_BOTH
async def test_a_tickets_moves_arrive_signed_and_say_nothing_of_people(
    app: FastAPI, visitor: httpx.AsyncClient, log_in: LogIn, there: Receiver
) -> None:
    engineer = await log_in("engineer")
    made = await add(engineer, there.url, "ticket.opened", "ticket.moved")
    await visitor.post("/public/reports", json=BAGS)
    operator = await log_in("operator")
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    moved = await operator.post(f"/tickets/{ticket['id']}/moves", json={"move": "accept"})
    assert moved.status_code == 200
    assert await deliver(app) == 3
    assert await deliver(app) == 0
    told = [json.loads(one.body) for one in there.received]
    assert sorted((t["type"], t["data"]["move"], t["data"]["seq"]) for t in told) == [
        ("ticket.moved", "accept", 2),
        ("ticket.moved", "dispatch", 3),
        ("ticket.opened", "confirm", 1),
    ]
    for one in there.received:
        assert signatures(one, made["secret"])
        assert not signatures(Received(one.path, one.headers, one.raw + b" "), made["secret"])
        assert "Wang" not in one.body
        assert "operator" not in one.body
    assert await fates(engineer) == [
        ("ticket.moved", "delivered", 1),
        ("ticket.moved", "delivered", 1),
        ("ticket.opened", "delivered", 1),
    ]


@ON_BOTH
async def test_what_does_not_arrive_is_tried_again_given_up_and_replayed(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    engineer, operator = await log_in("engineer"), await log_in("operator")
    made = await add(engineer, f"{there.url}/s3cret?key=hunter2", "ticket.moved")
    await engineer.post(f"/webhooks/{made['id']}/ping")
    there.answers = [(500, {}), (302, {"Location": there.url}), *((503, {}),) * len(WAITS)]
    tries = 0
    for wait in (timedelta(), *WAITS):
        assert await deliver(app) == (1 if wait == timedelta() else 0)
        clock.forward(seconds=1.2 * wait.total_seconds())
        tries += await deliver(app)
    assert tries == len(WAITS)
    assert await fates(engineer) == [("ping", "dead", len(WAITS) + 1)]
    assert len({one.headers["webhook-id"] for one in there.received}) == 1
    assert len({one.headers["webhook-timestamp"] for one in there.received}) == len(WAITS) + 1
    (notice,) = (await operator.get("/notices")).json()["items"]
    assert notice["id"] == f"webhook:{made['id']}"
    assert "localhost" in notice["text"]["en"]
    assert not any(secret in str(notice) for secret in ("hunter2", "s3cret"))

    (dead,) = (await engineer.get("/webhooks/deliveries?fate=dead")).json()["items"]
    assert (dead["status"], dead["failure"], dead["due_at"]) == (503, "HTTP 503", None)
    there.answers.clear()
    replay = f"/webhooks/deliveries/{dead['id']}/replay"
    assert (await engineer.post(replay)).status_code == 202
    assert (await engineer.post(replay)).status_code == 409
    assert await deliver(app) == 1
    assert await fates(engineer) == [("ping", "delivered", 1)]
    assert there.received[-1].headers["webhook-id"] == dead["message_id"]
    assert (await operator.get("/notices")).json()["items"] == []


@ON_BOTH
async def test_two_command_centers_and_one_that_dies(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    engineer = await log_in("engineer")
    made = await add(engineer, there.url, "ping")
    for _ in range(10):
        await engineer.post(f"/webhooks/{made['id']}/ping")
    assert sum(await asyncio.gather(deliver(app), deliver(app))) == 10
    assert len({one.headers["webhook-id"] for one in there.received}) == 10
    assert len(there.received) == 10

    await engineer.post(f"/webhooks/{made['id']}/ping")
    desk = service.desk_of(ground_of(app))
    taken = await service.take(desk, int(made["id"]), clock())
    assert len(taken) == 1, "and its process was killed here"
    assert await deliver(app) == 0
    clock.forward(seconds=LEASE.total_seconds())
    assert await deliver(app) == 1
    assert await fates(engineer, fate="pending") == []


async def test_a_receiver_that_never_answers_delays_no_other(
    app: FastAPI, log_in: LogIn, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has more waiting than a batch, and all of it for longer."""
    monkeypatch.setattr(sending, "TIMEOUT", 2.0)
    engineer = await log_in("engineer")
    with receiver() as silent:
        silent.opens.clear()
        for url, count in ((silent.url, service.BATCH + 1), (there.url, service.BATCH + 1)):
            made = await add(engineer, url, "ping")
            for _ in range(count):
                await engineer.post(f"/webhooks/{made['id']}/ping")
        assert await deliver(app) == 2 * service.BATCH + 1
        assert len(there.received) == service.BATCH + 1
    assert len(await fates(engineer, fate="delivered")) == service.BATCH + 1


async def test_what_is_sent_is_signed_by_the_machines_clock(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    """It was set; the command center goes on by elapsed time, and receivers do not."""
    engineer = await log_in("engineer")
    made = await add(engineer, there.url, "ping")
    app.state.ground = replace(ground_of(app), clock=SteadyClock(wall=clock, elapsed=lambda: 0.0))
    clock.forward(hours=1)
    await engineer.post(f"/webhooks/{made['id']}/ping")
    assert await deliver(app) == 1
    assert there.received[0].headers["webhook-timestamp"] == str(int(clock().timestamp()))


async def test_an_exchanged_secret_overlaps_for_a_day(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    engineer = await log_in("engineer")
    made = await add(engineer, there.url, "ping")
    old, ping = made["secret"], f"/webhooks/{made['id']}/ping"
    new = (await engineer.post(f"/webhooks/{made['id']}/secret")).json()["secret"]
    for _ in range(2):
        await engineer.post(ping)
        await deliver(app)
        clock.forward(hours=25)
    first, second = there.received
    assert (signatures(first, old), signatures(first, new)) == (True, True)
    assert (signatures(second, old), signatures(second, new)) == (False, True)
    assert old not in (await engineer.get("/webhooks")).text
    assert new not in (await engineer.get("/webhooks")).text


async def test_a_receiver_that_is_gone_and_one_that_asks_for_time(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    engineer = await log_in("engineer")
    made = await add(engineer, there.url, "ping")
    ping = f"/webhooks/{made['id']}/ping"
    there.answers = [(429, {"Retry-After": "3600"}), (410, {})]
    await engineer.post(ping)
    await deliver(app)
    clock.forward(minutes=59)
    assert await deliver(app) == 0
    clock.forward(minutes=1)
    assert await deliver(app) == 1
    (hook,) = (await engineer.get("/webhooks")).json()["items"]
    assert hook["why_stopped"] == "HTTP 410 Gone"
    assert (await engineer.post(ping)).status_code == 409
    await engineer.post(f"/webhooks/{made['id']}/start")
    await engineer.post(ping)
    assert await deliver(app) == 1
    assert await fates(engineer) == [("ping", "delivered", 1), ("ping", "dead", 2)]


async def test_nothing_is_sent_inside_unless_it_is_allowed(
    app: FastAPI, log_in: LogIn, there: Receiver
) -> None:
    engineer = await log_in("engineer")
    made = await add(engineer, there.url, "ping")
    await engineer.post(f"/webhooks/{made['id']}/ping")
    ground = ground_of(app)
    strict = replace(service.desk_of(ground), networks=())
    assert await service.deliver_due(strict, ground.clock(), random.Random(1)) == 1
    (row,) = (await engineer.get("/webhooks/deliveries")).json()["items"]
    assert row["status"] is None
    assert "FENGHUO_WEBHOOK_NETWORKS" in row["failure"]
    assert there.received == []


async def test_who_may_and_what_the_access_log_says(log_in: LogIn, there: Receiver) -> None:
    body = {"label": "x", "url": f"{there.url}?key=hunter2", "events": ["ping"]}
    for login in ("operator", "auditor", "worker", "supervisor"):
        assert (await (await log_in(login)).post("/webhooks", json=body)).status_code == 403
    engineer = await log_in("engineer")
    bad = body | {"url": "https://user:hunter2@a.test/"}
    refused = await engineer.post("/webhooks", json=bad)
    assert (refused.status_code, refused.json()["field"]) == (422, "url")
    assert "hunter2" not in refused.text
    made = (await engineer.post("/webhooks", json=body)).json()
    for move in ("stop", "start", "secret"):
        assert (await engineer.post(f"/webhooks/{made['id']}/{move}")).status_code == 200
    assert (await engineer.post("/webhooks/99/stop")).status_code == 404
    shown = await engineer.get("/webhooks")
    log = await (await log_in("auditor")).get("/access-log")
    said = [e["reason"] for e in log.json()["items"] if e["access"] == "connection"]
    assert len(said) == 4
    assert "hunter2" not in shown.text + log.text


def test_a_key_of_the_settings_or_one_made_once(settings: Settings) -> None:
    made = settings.model_copy(update={"webhook_key": None})
    made.data_dir.mkdir(parents=True)
    assert made.key_of_webhooks() == made.key_of_webhooks()
    assert (made.data_dir / "webhook-key").stat().st_mode & 0o77 == 0
    assert MACHINE_TOKEN not in made.key_of_webhooks().get_secret_value()
