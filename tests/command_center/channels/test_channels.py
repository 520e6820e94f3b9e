"""Channels of one's own: added, verified, told, failing, taken away; real servers on loopback."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from command_center.channels import delivering
from command_center.channels.delivering import LANE, LEASE, WAITS
from command_center.channels.delivering import deliver as deliver_for_ever
from command_center.channels.tables import ChannelKind
from tests.command_center.channels.browser import Phone
from tests.command_center.channels.mail_server import MailServer
from tests.command_center.channels.reaching import add, confirm, deliver, fates, subscribed
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import EAST, Json
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.webhooks.receiver import Receiver

pytestmark = pytest.mark.anyio


async def reported(operator: httpx.AsyncClient, event_type: str = "rubbish") -> Json:
    """A ticket for `worker`, with somebody's words in it."""
    seen = {"event_type": event_type, "description": "of Mr Wang", "source": "operator"}
    answer = await operator.post("/reports", json={**seen, "position": EAST.model_dump()})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@ON_BOTH
async def test_a_task_goes_to_every_channel_that_was_verified(
    app: FastAPI, log_in: LogIn, there: Receiver, post: MailServer
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    phone, _ = await subscribed(app, worker, there, language="en")
    mail = await add(worker, "mail", "worker@home.test", label="at home")
    hook = await add(worker, "hook", there.url.replace("http", "json", 1))
    assert await deliver(app) == 2
    await confirm(worker, mail["id"], post.mails.pop().text)
    assert "验证码" in json.loads(there.received.pop().body)["message"], (
        "and nobody has said this one"
    )
    ticket = await reported(operator)
    assert await deliver(app) == 2, "the third was never verified"

    (pushed,) = there.received
    said = phone.read(pushed.raw)
    number = (await worker.get(f"/tickets/{ticket['ticket_id']}")).json()["number"]
    assert said == {
        "title": "Fenghuo",
        "body": said["body"],
        "path": f"/phone#/task/{ticket['ticket_id']}",
        "urgent": False,
    }
    assert said["body"].startswith(number)
    assert said["body"].endswith("a new task; take it")
    (mailed,) = post.mails
    assert mailed.to == ["worker@home.test"]
    assert "新任务，请接单" in mailed.text
    assert said["path"] in mailed.text
    assert "Wang" not in said["body"] + mailed.text
    assert hook["verified_at"] is None
    told = await fates(operator, ticket=str(ticket["ticket_id"]))
    assert told == [("worker", "task", 0, "sent")] * 2

    (first,) = (await worker.get("/notifications")).json()["items"]
    await worker.post(f"/notifications/{first['id']}/read")
    told = await fates(operator, ticket=str(ticket["ticket_id"]))
    assert told == [("worker", "task", 0, "acknowledged")] * 2


@ON_BOTH
async def test_what_does_not_arrive_is_tried_again_and_given_up(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    await subscribed(app, worker, there)
    await reported(operator)
    there.answers = [(500, {})] * (len(WAITS) + 1)
    tries = 0
    for wait in (timedelta(), *WAITS):
        clock.forward(seconds=1.2 * wait.total_seconds())
        tries += await deliver(app)
        assert await deliver(app) == 0
    assert tries == len(WAITS) + 1
    assert await fates(operator, person="worker", fate="given_up") == [
        ("worker", "task", 0, "given_up")
    ]
    (row,) = (await operator.get("/channels/deliveries?fate=given_up")).json()["items"]
    assert (row["status"], row["failure"], row["attempts"]) == (500, "HTTP 500", len(WAITS) + 1)
    (channel,) = (await worker.get("/channels")).json()["items"]
    assert channel["failing_since"] is not None
    await worker.post(f"/channels/{channel['id']}/code")
    await deliver(app)
    (channel,) = (await worker.get("/channels")).json()["items"]
    assert (channel["failing_since"], channel["failure"]) == (None, "")


@ON_BOTH
async def test_two_command_centers_and_one_that_dies(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    await subscribed(app, worker, there)
    for _ in range(8):
        await reported(operator)
    assert sum(await asyncio.gather(deliver(app), deliver(app))) == 8
    assert len(there.received) == 8

    await reported(operator)
    desk = delivering.desk_of(ground_of(app))
    met, parcels = await delivering.take(desk, clock(), dict.fromkeys(ChannelKind, LANE))
    assert (met, len(parcels)) == (1, 1), "and its process was killed here, sent or not"
    assert await deliver(app) == 0
    clock.forward(seconds=LEASE.total_seconds())
    assert await deliver(app) == 1
    assert {fate for *_, fate in await fates(operator)} == {"sent"}


async def test_a_service_that_never_answers_delays_no_other(
    app: FastAPI, log_in: LogIn, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    silent = await asyncio.start_server(lambda _r, _w: asyncio.sleep(60), "127.0.0.1", 0)
    async with silent:
        address = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
        await add(worker, "web_push", Phone(address).subscription())
        loop = asyncio.create_task(deliver_for_ever(ground_of(app)))
        await add(operator, "web_push", Phone(there.url).subscription())
        for _ in range(100):
            if there.received:
                break
            await asyncio.sleep(0.05)
        assert there.received
        assert not loop.done(), "the other is still under way"
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        left = [task.get_coro() for task in asyncio.all_tasks() if "_one" in repr(task)]
        assert left == [], "or the database would be closed under them"


async def test_a_code_is_good_for_half_an_hour_and_five_tries(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, post: MailServer
) -> None:
    worker = await log_in("worker")
    channel = await add(worker, "mail", "worker@home.test")
    path = f"/channels/{channel['id']}"
    await deliver(app)
    wrong = {"code": "000000" if "000000" not in post.mails[0].text else "000001"}
    answers = [(await worker.post(f"{path}/confirm", json=wrong)) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [409]
    assert answers[0].json()["field"] == "code"
    assert (await worker.post(f"{path}/code")).status_code == 202
    await deliver(app)
    clock.forward(minutes=31)
    (late,) = {word for word in post.mails[1].text.split() if word[:6].isdecimal()}
    expired = await worker.post(f"{path}/confirm", json={"code": late[:6]})
    assert expired.status_code == 409
    for _ in range(8):
        assert (await worker.post(f"{path}/code")).status_code == 202
    flood = await worker.post(f"{path}/code")
    assert (flood.status_code, flood.headers["Retry-After"]) == (429, "3600")


async def test_a_subscription_that_is_gone_and_one_that_lies_inside(
    app: FastAPI, log_in: LogIn, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    await subscribed(app, worker, there)
    there.answers = [(410, {})]
    await reported(operator)
    assert await deliver(app) == 1
    assert (await fates(operator))[0] == ("worker", "task", 0, "given_up")
    (channel,) = (await worker.get("/channels")).json()["items"]
    assert channel["failing_since"] is not None

    await add(worker, "web_push", Phone("https://169.254.169.254/latest").subscription())
    await add(worker, "hook", "jsons://10.1.2.3/x")
    await deliver(app)
    rows = (await operator.get("/channels/deliveries")).json()["items"][:2]
    assert all("FENGHUO_CHANNEL_NETWORKS" in row["failure"] for row in rows)


async def test_addresses_are_kept_secret_and_forgotten(app: FastAPI, log_in: LogIn) -> None:
    worker, admin = await log_in("worker"), await log_in("admin")
    secret = "jsons://gate.test/hunter2"
    channel = await add(worker, "hook", secret)
    again = await worker.post("/channels", json={"kind": "hook", "address": secret})
    assert (again.status_code, again.json()["field"]) == (409, "address")
    bad = await worker.post("/channels", json={"kind": "hook", "address": "x://hunter2"})
    assert (bad.status_code, bad.json()["field"]) == (422, "address")
    shown = await worker.get("/channels")
    seen = await admin.get("/people/worker/channels")
    log = await admin.get("/channels/deliveries")
    assert "hunter2" not in again.text + bad.text + shown.text + seen.text + log.text
    async with ground_of(app).database.reading() as session:
        rows = (await session.execute(text("SELECT * FROM channels"))).all()
    assert "hunter2" not in str(rows)
    assert (await worker.delete(f"/channels/{channel['id']}")).status_code == 204
    assert (await worker.get("/channels")).json()["items"] == []
    async with ground_of(app).database.reading() as session:
        assert await session.scalar(text("SELECT sealed FROM channels")) is None
    assert await deliver(app) == 0
    await add(worker, "hook", secret)


async def test_another_key_says_that_addresses_must_be_entered_anew(
    app: FastAPI, log_in: LogIn, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    await subscribed(app, worker, there)
    await reported(operator)
    ground = ground_of(app)
    other = delivering.Desk(ground.database, ground.settings, "x" * 40, ground.courier)
    assert await delivering.deliver_due(other, ground.clock(), random.Random(1)) == 1
    assert there.received == []
    (row,) = (await operator.get("/channels/deliveries?fate=given_up")).json()["items"]
    assert "enter it anew" in row["failure"]


async def test_one_for_urgent_things_hears_of_nothing_else(
    app: FastAPI, log_in: LogIn, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    _, channel = await subscribed(app, worker, there, urgent_only=True)
    await reported(operator)
    assert await deliver(app) == 0
    wishes = {"label": "mine", "language": "zh", "urgent_only": False}
    changed = await worker.put(f"/channels/{channel['id']}", json=wishes)
    assert changed.json()["label"] == "mine"
    await reported(operator)
    assert await deliver(app) == 1


async def test_who_may(log_in: LogIn) -> None:
    worker, backup, admin = await log_in("worker"), await log_in("backup"), await log_in("admin")
    body = {"kind": "mail", "address": "worker@home.test"}
    channel = await add(worker, "mail", "worker@home.test")
    for login in ("operator", "lead", "chief", "engineer", "backup"):
        client = await log_in(login)
        assert (await client.get("/people/worker/channels")).status_code == 403
        assert (await client.post("/people/worker/channels", json=body)).status_code == 403
        assert (await client.delete(f"/channels/{channel['id']}")).status_code == 404
    assert (await (await log_in("auditor")).post("/channels", json=body)).status_code == 403
    for login in ("worker", "chief", "engineer", "auditor"):
        assert (await (await log_in(login)).get("/channels/deliveries")).status_code == 403
    made = await admin.post("/people/backup/channels", json=body)
    assert made.status_code == 201
    path = f"/people/backup/channels/{made.json()['id']}"
    assert (await admin.post(f"/channels/{made.json()['id']}/code")).status_code == 404
    assert (await backup.post(f"/channels/{made.json()['id']}/code")).status_code == 202
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404
    assert (await admin.get("/people/nobody/channels")).status_code == 404
    sms = {"kind": "sms", "address": "13800000000"}
    refused = await worker.post("/channels", json=sms)
    assert (refused.status_code, refused.json()["field"]) == (422, "kind")
    log = (await (await log_in("auditor")).get("/access-log")).json()["items"]
    said = [entry["reason"] for entry in log if entry["access"] == "channel"]
    assert sorted(said) == [
        f"channel {made.json()['id']} (mail) of backup added",
        f"channel {made.json()['id']} (mail) of backup taken away",
    ]


def test_gateways_are_secret_and_name_a_recipient() -> None:
    from configs.settings import Settings, faults_of

    with pytest.raises(ValueError, match="recipient") as caught:
        Settings(channel_gateways=json.loads('{"mail": "mailtos://u:hunter2@smtp.test"}'))
    assert "hunter2" not in "".join(faults_of(caught.value))  # type: ignore[arg-type]
    kept = Settings(channel_gateways={"sms": SecretStr("x://hunter2/{to}")})
    assert "hunter2" not in repr(kept)
