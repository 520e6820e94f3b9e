"""What the tests of timers share: a ticket, and what people see of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from tests.command_center.example import TurnedClock
from tests.command_center.findings import Finder, Json

Fire = Callable[..., Awaitable[None]]


async def a_ticket(
    shard: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    clock: TurnedClock,
    event_type: str = "lane_blocked",
) -> Json:
    finder = Finder(shard)
    await finder.register()
    alert_id = (await finder.send(finder.event(clock(), event_type=event_type))).json()["alert_id"]
    return dict((await operator.post(f"/alerts/{alert_id}/confirm", json={})).json()["ticket"])


async def told(client: httpx.AsyncClient, kind: str) -> list[str]:
    items = (await client.get("/notifications?limit=200")).json()["items"]
    return [n["text"]["en"] for n in reversed(items) if n["kind"] == kind]


def moves(ticket: Json) -> list[str]:
    return [t["move"] for t in ticket["transitions"]]
