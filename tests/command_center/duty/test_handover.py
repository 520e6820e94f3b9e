"""Open tasks go to a stand-in when leave begins, and come back when it is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from command_center.duty import handover
from command_center.people.tables import Person
from command_center.problems import Problem
from command_center.tickets.tables import Ticket
from configs.town import Role
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Desk
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.tickets.test_tickets import confirmed

pytestmark = pytest.mark.anyio

BACKUP_IS_BACK = timedelta(days=3)


async def a_task(shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock) -> Desk:
    """On 5 June, the worker has it in hand."""
    clock.now += BACKUP_IS_BACK
    ticket = await confirmed(shard, await log_in("operator"), clock, "lane_blocked")
    assert ticket["assignee"]["login"] == "worker"
    await Desk(await log_in("worker"), ticket["id"]).move("acknowledge")
    return Desk(await log_in("operator"), ticket["id"])


async def go(log_in: LogIn, first: str, last: str, **more: str) -> None:
    admin = await log_in("admin")
    leave = [{"first_day": first, "last_day": last, **more}] if first else []
    assert (await admin.put("/duty/worker/leave", json={"leave": leave})).status_code == 204


async def holder(desk: Desk) -> str:
    return str((await desk.ticket())["assignee"]["login"])


@ON_BOTH
async def test_there_and_back(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    desk, ground = await a_task(shard, log_in, clock), ground_of(app)
    await go(log_in, "2025-06-06", "2025-06-07")
    await handover.run(ground)
    assert await holder(desk) == "worker"  # not yet
    clock.forward(days=1)
    await asyncio.gather(handover.run(ground), handover.run(ground))
    ticket = await desk.ticket()
    assert (ticket["assignee"]["login"], ticket["state"]) == ("backup", "dispatched")
    record = [(t["move"], t["by"], t["reason"]) for t in ticket["transitions"]]
    handed = [line for line in record if line[0] == "reassign"]
    assert [line[1] for line in handed] == ["system"]
    assert "worker is on leave until 2025-06-07" in handed[0][2]
    told = (await (await log_in("backup")).get("/notifications")).json()["items"]
    assert any("A new task" in n["text"]["en"] for n in told)
    await Desk(await log_in("backup"), ticket["id"]).move("acknowledge")
    clock.forward(days=1)
    await handover.run(ground)
    assert await holder(desk) == "backup"  # 7 June is the last day
    clock.forward(days=1)
    await asyncio.gather(handover.run(ground), handover.run(ground))
    assert await holder(desk) == "worker"
    moves = [t["move"] for t in (await desk.ticket())["transitions"]]
    assert moves.count("reassign") == 2
    await handover.run(ground)
    assert moves == [t["move"] for t in (await desk.ticket())["transitions"]]


async def test_whom_the_leave_names_comes_before_b(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    desk = await a_task(shard, log_in, clock)
    await go(log_in, "2025-06-05", "2025-06-07", stand_in="chief")
    await handover.run(ground_of(app))
    assert await holder(desk) == "chief"
    await go(log_in, "", "")  # taken back: the leave was a mistake
    await handover.run(ground_of(app))
    assert await holder(desk) == "worker"


async def test_who_is_off_duty_is_skipped(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    desk = await a_task(shard, log_in, clock)
    admin = await log_in("admin")
    away = {"leave": [{"first_day": "2025-06-05", "last_day": "2025-06-30"}]}
    assert (await admin.put("/duty/backup/leave", json=away)).status_code == 204
    await go(log_in, "2025-06-05", "2025-06-07")
    await handover.run(ground_of(app))
    assert await holder(desk) == "chief"


async def test_a_stand_in_who_handles_no_tickets_is_skipped(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    desk, ground = await a_task(shard, log_in, clock), ground_of(app)
    await go(log_in, "2025-06-05", "2025-06-07", stand_in="chief")
    async with ground.database.transaction() as session:  # he became another since
        chief = await session.get_one(Person, "chief")
        chief.roles = (Role.AUDITOR,)
    await handover.run(ground)
    assert await holder(desk) == "backup"


async def test_nobody_is_named_as_stand_in_who_handles_no_tickets(log_in: LogIn) -> None:
    leave = {"first_day": "2025-06-05", "last_day": "2025-06-07", "stand_in": "auditor"}
    admin = await log_in("admin")
    answer = await admin.put("/duty/worker/leave", json={"leave": [leave]})
    assert (answer.status_code, answer.json()["field"]) == (422, "stand_in")


async def test_one_task_that_cannot_be_handed_over_keeps_no_other_back(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    desk, ground = await a_task(shard, log_in, clock), ground_of(app)
    async with ground.database.transaction() as session:
        ticket = await session.get_one(Ticket, int((await desk.ticket())["id"]))
        columns = {c.key: getattr(ticket, c.key) for c in Ticket.__mapper__.columns}
        broken = columns | {"id": 0, "number": "by hand", "event_type": "gone"}
        session.add(Ticket(**broken))
    await go(log_in, "2025-06-05", "2025-06-07")
    with pytest.raises(Problem, match="gone"):
        await handover.run(ground)
    assert await holder(desk) == "backup"


async def test_what_the_stand_in_has_done_or_passed_on_stays(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    desk, ground = await a_task(shard, log_in, clock), ground_of(app)
    await go(log_in, "2025-06-05", "2025-06-07")
    await handover.run(ground)
    await desk.move("reassign", assignee="chief", reason="he knows the place")
    clock.forward(days=5)
    await handover.run(ground)
    assert await holder(desk) == "chief"
