"""What is urgent: said again until it is acknowledged, handed on by the ladder, rung up at last."""

from __future__ import annotations

import asyncio
from itertools import product

import httpx
import pytest
from fastapi import FastAPI

from command_center.channels import urgent
from command_center.channels.publishing import REPEATED, REPEATS
from command_center.housekeeping import repeat_urgent
from command_center.notifications.tables import Notification
from command_center.people.tables import Person
from command_center.tickets.states import Rung, State
from command_center.tickets.tables import Ticket
from command_center.timers import service as timers
from configs.town import Role
from tests.command_center.channels.reaching import deliver, fates, subscribed
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import START, TurnedClock
from tests.command_center.findings import EAST, Desk, Json
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.webhooks.receiver import Receiver, receiver

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_clockwork(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's own loops stand still."""

    async def nothing(*_of_it: object) -> None:
        return

    monkeypatch.setattr("command_center.housekeeping.repeat_urgent", nothing)
    monkeypatch.setattr("command_center.timers.loop.fire", nothing)


async def pass_time(app: FastAPI, clock: TurnedClock, seconds: float) -> None:
    """What the loops would do, ten seconds after ten seconds."""
    ground = ground_of(app)
    for _ in range(int(seconds / 10)):
        clock.forward(seconds=10)
        await timers.catch_up(ground.database, clock())
        await repeat_urgent(ground)
        while await deliver(app):
            pass


async def fire(operator: httpx.AsyncClient) -> Json:
    seen = {"event_type": "fire", "description": "smoke", "source": "operator"}
    answer = await operator.post("/reports", json={**seen, "position": EAST.model_dump()})
    assert answer.status_code == 201, answer.text
    ticket = await operator.get(f"/tickets/{answer.json()['ticket_id']}")
    return dict(ticket.json())


async def orders(operator: httpx.AsyncClient, person: str, **query: str) -> list[Json]:
    items = (await operator.get("/phone-orders", params=query)).json()["items"]
    return [item for item in items if item["person"] == person]


async def rounds(operator: httpx.AsyncClient, person: str) -> list[int]:
    """Repetitions that were sent, the first one first."""
    told = await fates(operator, person=person)
    sent = {"sent", "acknowledged"}
    return sorted(number for _, about, number, fate in told if about == "task" and fate in sent)


async def asked(operator: httpx.AsyncClient) -> int:
    """How often he was told to see to something."""
    told = await fates(operator, person="operator", limit="200")
    return len([about for _, about, _, _ in told if about in REPEATED])


@ON_BOTH
async def test_it_is_repeated_until_he_takes_it(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    phone, _ = await subscribed(app, worker, there, language="en")
    ticket = await fire(operator)
    await deliver(app)
    await pass_time(app, clock, 100)
    assert await rounds(operator, "worker") == [0, 1, 2]
    first, second, third = (phone.read(one.raw) for one in there.received)
    assert first["urgent"]
    assert first["body"].startswith("[urgent] ")
    assert second["body"] == f"{first['body']} (reminder 1)"
    assert third["body"].endswith("(reminder 2)")
    (order,) = await orders(operator, "worker", open="true")
    assert (order["why"], order["callers"]) == ("no_answer", ["lead", "operator"])
    (order,) = await orders(operator, "police", open="true")
    assert order["why"] == "no_channel"

    await Desk(worker, ticket["id"]).move("acknowledge")
    assert {f for who, about, _, f in await fates(operator) if about} == {"acknowledged"}
    assert (await operator.get("/phone-orders?open=true")).json()["items"] == []
    (order,) = await orders(operator, "worker")
    assert (order["closed_by"], order["answered"]) == ("system", None)
    await pass_time(app, clock, 300)
    assert len(there.received) == 3


@ON_BOTH
async def test_it_moves_on_by_the_ladder_and_the_one_before_hears_no_more(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    """B is on leave: after A the station chief, then the centre."""
    with receiver() as of_worker, receiver() as of_chief, receiver() as of_operator:
        operator = await log_in("operator")
        await subscribed(app, await log_in("worker"), of_worker)
        await subscribed(app, await log_in("chief"), of_chief)
        await subscribed(app, operator, of_operator)
        ticket = await fire(operator)
        await deliver(app)
        await pass_time(app, clock, 400)
        assert await rounds(operator, "worker") == [0, 1, 2]
        assert await rounds(operator, "chief") == [0, 1, 2]
        ringing = (await operator.get("/phone-orders?open=true")).json()["items"]
        assert {order["person"] for order in ringing} <= {"police"}, "they are asked no more"
        left = (await operator.get(f"/tickets/{ticket['id']}")).json()
        assert left["assignee"] is None, "it stands at the top"
        before = await asked(operator)
        await pass_time(app, clock, 1800)
        assert len(of_worker.received) == 3
        assert await rounds(operator, "chief") == [0, 1, 2], "told of supervision besides"
        assert await asked(operator) > before, "until somebody takes it"
        await Desk(operator, ticket["id"]).move("acknowledge")
        before = await asked(operator)
        await pass_time(app, clock, 1800)
        assert await asked(operator) == before


@ON_BOTH
async def test_whom_nothing_reaches_is_rung_at_once(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    ticket = await fire(operator)
    await pass_time(app, clock, 10)
    (order,) = await orders(operator, "worker", open="true")
    assert (order["why"], order["phone"]) == ("no_channel", "13800000000")
    assert order["ticket_id"] == ticket["id"]
    told = (await operator.get("/notifications")).json()["items"]
    assert "ring up Worker" in next(t for t in told if t["kind"] == "phone_order")["text"]["en"]

    done = f"/phone-orders/{order['id']}/done"
    assert (await worker.post(done, json={"answered": True})).status_code == 403
    missed = await operator.post(done, json={"answered": False, "note": "engaged"})
    assert (missed.json()["closed_by"], missed.json()["answered"]) == ("operator", False)
    assert (await operator.post(done, json={"answered": True})).status_code == 409
    await pass_time(app, clock, 60)
    (again,) = await orders(operator, "worker", open="true")
    assert again["id"] != order["id"]
    await operator.post(f"/phone-orders/{again['id']}/done", json={"answered": True})
    await pass_time(app, clock, 40)
    assert len(await orders(operator, "worker")) == 2
    calls = (await operator.get(f"/tickets/{ticket['id']}")).json()["calls"]
    assert [(c["called"], c["answered"]) for c in calls] == [("worker", False), ("worker", True)]


@ON_BOTH
async def test_two_command_centers_repeat_once(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    await subscribed(app, worker, there)
    for _ in range(6):
        await fire(operator)
    while await deliver(app):
        pass
    clock.forward(seconds=REPEATS[0].total_seconds())
    database = ground_of(app).database
    await asyncio.gather(*(urgent.repeat(database, clock()) for _ in range(2)))
    await asyncio.gather(deliver(app), deliver(app))
    while await deliver(app):
        pass
    assert len(there.received) == 12
    assert await rounds(operator, "worker") == [0] * 6 + [1] * 6


async def test_reading_it_ends_its_repetition_and_not_the_ladder(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    worker, operator = await log_in("worker"), await log_in("operator")
    await subscribed(app, worker, there)
    ticket = await fire(operator)
    await deliver(app)
    for told in (await worker.get("/notifications")).json()["items"]:
        await worker.post(f"/notifications/{told['id']}/read")
    await pass_time(app, clock, 130)
    assert len(there.received) == 1
    assert (await operator.get(f"/tickets/{ticket['id']}")).json()["assignee"]["login"] == "chief"


def _row(kind: str) -> Notification:
    return Notification(person="li", kind=kind, at=START)


def _ticket(state: State, **parts: object) -> Ticket:
    return Ticket(**{"state": state, "offered": (), "assignee": None, "department": None, **parts})


LI = Person(login="li", roles=(Role.DEPARTMENT,), department="police")
ASKED: list[tuple[str, dict[str, object], set[State]]] = [
    ("task", {"assignee": "li"}, {State.DISPATCHED, State.REFERRED}),
    ("task", {"assignee": "wu", "offered": ("li",)}, {State.DISPATCHED, State.REFERRED}),
    ("task", {"department": "police"}, {State.DISPATCHED, State.REFERRED}),
    ("task", {"assignee": "wu", "department": "roads"}, set()),
    ("unassigned", {"rung": Rung.CENTRE}, {State.DISPATCHED}),
    ("unassigned", {"rung": Rung.CHOSEN}, set()),
    ("alarm", {}, {State.DISPATCHED, State.REFERRED}),
    ("overdue", {}, {State.CONFIRMED, State.ACCEPTED, State.RETURNED}),
    ("feedback", {"assignee": "li"}, set()),
]


@pytest.mark.parametrize(("asked", "state"), list(product(ASKED, State)))
def test_who_is_still_asked(asked: tuple[str, dict[str, object], set[State]], state: State) -> None:
    kind, parts, states = asked
    assert urgent.is_asked(_row(kind), LI, _ticket(state, **parts)) == (state in states)
    assert kind in REPEATED or not states


def test_waits_grow_and_never_end() -> None:
    waits = [urgent.wait_after(number) for number in range(20)]
    assert waits == sorted(waits)
    assert waits[-1] == REPEATS[-1]
