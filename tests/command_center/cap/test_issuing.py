"""From an urgent ticket's moves to messages, the feed, and webhooks."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.webhooks.tables import Delivery
from tests.command_center.cap.rules import NAMESPACE, faults
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TOWN_CODE, TurnedClock
from tests.command_center.findings import Desk
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

ATOM = "{http://www.w3.org/2005/Atom}"
BURNS = {
    "source": "operator",
    "event_type": "fire",
    "description": "the shed of Mr Wang",
    "place": "behind Mr Wang's",
    "position": {"lon": 122.0512, "lat": 37.1912},
}


async def feed(client: httpx.AsyncClient, key: str | None = None) -> list[ET.Element]:
    """The messages of the feed, newest first."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = await client.get("/public/cap", headers=headers)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    top = ET.fromstring(answer.content)
    assert top.tag == f"{ATOM}feed"
    assert {"id", "title", "updated"} <= {e.tag.removeprefix(ATOM) for e in top}
    messages = []
    for entry in top.findall(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        path = link.attrib["href"].partition("/api/v1")[2]
        message = await client.get(path, headers=headers)
        assert message.headers["Content-Type"].startswith("application/cap+xml")
        assert faults(message.text) == []
        assert "Wang" not in message.text
        messages.append(ET.fromstring(message.content))
    return messages


def said(message: ET.Element, *names: str) -> list[str | None]:
    return [message.findtext("/".join(NAMESPACE + part for part in n.split("/"))) for n in names]


@ON_BOTH
async def test_a_fire_from_its_alert_to_its_cancel(
    visitor: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    engineer, operator = await log_in("engineer"), await log_in("operator")
    hook = {"label": "The fire brigade", "url": "https://a.test/", "events": ["cap.issued"]}
    assert (await engineer.post("/webhooks", json=hook)).status_code == 201
    made = (await operator.post("/reports", json=BURNS)).json()
    (alert,) = await feed(visitor)
    assert said(alert, "msgType", "status", "scope", "sent", "references", "sender") == [
        "Alert",
        "Actual",
        "Public",
        "2025-06-02T10:00:00+08:00",
        None,
        "fenghuo@127.0.0.1",
    ]
    infos = alert.findall(f"{NAMESPACE}info")
    assert [said(i, "language", "category", "urgency", "severity") for i in infos] == [
        ["zh-CN", "Fire", "Immediate", "Severe"],
        ["en", "Fire", "Immediate", "Severe"],
    ]
    assert said(infos[1], "area/areaDesc", "area/circle") == ["east", "37.19120,122.05120 0.1"]
    ring = str(said(infos[1], "area/polygon")[0]).split()
    assert (len(ring), ring[0], ring[-1]) == (5, "37.190000,122.050000", "37.190000,122.050000")

    clock.forward(minutes=1)
    worker = Desk(await log_in("worker"), made["ticket_id"])
    await worker.move("acknowledge")
    await worker.move("start")
    clock.forward(minutes=30)
    await worker.finish()
    lead = Desk(await log_in("lead"), made["ticket_id"])
    await lead.move("verify")
    cancel, update, first = await feed(visitor)
    assert [said(m, "msgType")[0] for m in (first, update, cancel)] == ["Alert", "Update", "Cancel"]
    sender, number, sent = (str(x) for x in said(first, "sender", "identifier", "sent"))
    assert number.startswith(f"{TOWN_CODE}-")
    assert said(update, "references") == [f"{sender},{number},{sent}"]
    second = ",".join(str(x) for x in said(update, "sender", "identifier", "sent"))
    assert said(cancel, "references") == [f"{sender},{number},{sent} {second}"]
    assert said(cancel, "info/responseType", "info/urgency", "info/instruction") == [
        "AllClear",
        "Past",
        None,
    ]
    rows = (await engineer.get("/webhooks/deliveries")).json()["items"]
    assert [row["message_id"].startswith("cap-") for row in rows] == [True] * 3


async def test_what_is_for_partners_and_what_is_for_nobody(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    engineer, operator = await log_in("engineer"), await log_in("operator")
    made = await engineer.post("/partners", json={"name": "brigade", "label": "x"})
    for event_type in ("gathering", "rubbish", "person_in_need"):
        answer = await operator.post("/reports", json=BURNS | {"event_type": event_type})
        assert answer.status_code == 201
    assert await feed(visitor) == []
    key = made.json()["api_key"]
    (message,) = await feed(visitor, key)
    assert said(message, "scope", "info/category") == ["Restricted", "Security"]
    path = f"/public/cap/{said(message, 'identifier')[0]}"
    assert (await visitor.get(path)).status_code == 404
    assert (await visitor.get("/public/cap/nothing")).status_code == 404
    wrong = {"Authorization": "Bearer wrong"}
    assert (await visitor.get("/public/cap", headers=wrong)).status_code == 403


async def test_a_report_that_nobody_has_accepted_alarms_nobody(
    visitor: httpx.AsyncClient, log_in: LogIn
) -> None:
    body = {key: value for key, value in BURNS.items() if key != "source"}
    assert (await visitor.post("/public/reports", json=body)).status_code == 201
    assert await feed(visitor) == []
    operator = await log_in("operator")
    (ticket,) = (await operator.get("/tickets")).json()["items"]
    await Desk(operator, ticket["id"]).move("accept")
    assert len(await feed(visitor)) == 1


async def test_the_webhook_holds_the_message(app: FastAPI, log_in: LogIn) -> None:
    engineer, operator = await log_in("engineer"), await log_in("operator")
    hook = {"label": "x", "url": "https://a.test/", "events": ["cap.issued"]}
    await engineer.post("/webhooks", json=hook)
    await operator.post("/reports", json=BURNS)
    async with ground_of(app).database.reading() as session:
        (row,) = await session.scalars(select(Delivery))
    told = json.loads(row.body)
    assert told["type"] == "cap.issued"
    assert faults(told["data"]["cap"]) == []
