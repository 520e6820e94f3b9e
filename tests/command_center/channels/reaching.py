"""Channels of people of the example town, and one look at what is due."""

from __future__ import annotations

import random
import re

import httpx
from fastapi import FastAPI

from command_center.channels import delivering
from tests.command_center.channels.browser import Phone
from tests.command_center.conftest import ground_of
from tests.command_center.findings import Json
from tests.command_center.webhooks.receiver import Receiver

OUTSIDE = {"event_type": "fire", "description": "smoke behind Mr Wang's", "source": "operator"}


async def deliver(app: FastAPI) -> int:
    """With how many rows it dealt."""
    ground = ground_of(app)
    desk = delivering.desk_of(ground)
    return await delivering.deliver_due(desk, ground.clock(), random.Random(1))


async def add(client: httpx.AsyncClient, kind: str, address: str, **wishes: object) -> Json:
    body = {"kind": kind, "address": address, **wishes}
    answer = await client.post("/channels", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def confirm(client: httpx.AsyncClient, channel_id: str, text: str) -> None:
    """With the code that stands in what came."""
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    answer = await client.post(f"/channels/{channel_id}/confirm", json={"code": code})
    assert answer.status_code == 200, answer.text


async def subscribed(
    app: FastAPI, client: httpx.AsyncClient, there: Receiver, **wishes: object
) -> tuple[Phone, Json]:
    """A browser whose push service is `there`, verified."""
    phone = Phone(there.url)
    channel = await add(client, "web_push", phone.subscription(), **wishes)
    await deliver(app)
    await confirm(client, channel["id"], phone.read(there.received.pop().raw)["body"])
    return phone, channel


async def fates(client: httpx.AsyncClient, **query: str) -> list[tuple[str, str, int, str]]:
    """Newest first: who, about what, which repetition, and what became of it."""
    items = (await client.get("/channels/deliveries", params=query)).json()["items"]
    return [(d["person"], d["about"], d["round"], d["fate"]) for d in items]
