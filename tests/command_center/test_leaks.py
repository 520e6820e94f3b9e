"""Every call of the API, by those whom a matter does not concern, with the ids of it: nothing of it
comes back, nothing of it changes. And the net underneath, for the query that forgets to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from command_center.alerts.tables import Alert
from command_center.database import Database
from command_center.people.auth import current_person
from command_center.people.permissions import Permission, may
from command_center.people.tables import Person
from command_center.tickets import sight
from command_center.tickets.access import scope_of
from command_center.tickets.tables import Photo, Ticket, Transition
from command_center.town.importing import import_town
from configs.town import Role, Town
from tests.command_center.channels.browser import Phone
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import (
    CATALOGUE,
    OTHER_VILLAGE,
    START,
    TOWN,
    TurnedClock,
    person,
)
from tests.command_center.findings import Desk, Finder, Json, jpeg
from tests.command_center.light_fixtures import database_url, log_in
from tests.command_center.test_app import Walked, walk
from tests.command_center.tickets.test_lists import filled as filled_tickets

__all__ = ["database_url", "log_in"]

pytestmark = pytest.mark.anyio

STRANGERS = {
    "far-worker": Role.GRID_WORKER,
    "far-aide": Role.ASSISTANT,
    "far-chief": Role.STATION_CHIEF,
    "far-office": Role.DEPARTMENT,
    "engineer": Role.ENGINEER,
    "auditor": Role.AUDITOR,
}
"""Somebody of each role but those that see all tickets, with nothing to do in the village."""
WIDER = TOWN.model_copy(
    update={
        "people": (
            *TOWN.people,
            person("far-worker", Role.GRID_WORKER, unit=OTHER_VILLAGE),
            person("far-aide", Role.ASSISTANT, unit=OTHER_VILLAGE),
            person("far-chief", Role.STATION_CHIEF, unit=OTHER_VILLAGE),
            person("far-office", Role.DEPARTMENT, department="nobodys"),
        )
    }
)
ENDLESS = {"GET /api/v1/stream"}
"""Who is told of which change is tried in `live`."""
OWN = (
    "ticket_id",
    "photo_id",
    "report_id",
    "notification_id",
    "token_id",
    "channel_id",
    "order_id",
)
"""Names of ids in paths that no stranger gets an answer for."""
ALERTS_PAGES = ("/alerts", "/verdicts", "/dataset")


@dataclass(frozen=True)
class Matter:
    """Two tickets, one of a camera and one of a call, and all that hangs on them."""

    ids: dict[str, str]
    in_ticket: tuple[str, ...]
    """Words that stand nowhere but in what is the ticket's."""


async def matter(app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, now: TurnedClock) -> Matter:
    ground = ground_of(app)
    async with ground.database.transaction() as session:
        await import_town(session, WIDER, CATALOGUE, now=now(), first_hash=lambda _: None)
    operator, worker = await log_in("operator"), await log_in("worker")
    finder = Finder(shard)
    await finder.register()
    alert_id = (await finder.send(finder.event(now(), note="NOTE-OF-IT"))).json()["alert_id"]
    confirmed = await operator.post(f"/alerts/{alert_id}/confirm", json={"note": "WHY-IT-IS"})
    ticket_id = str(confirmed.json()["ticket_id"])
    called = await operator.post(
        "/reports",
        json={
            "source": "hotline",
            "event_type": "rubbish",
            "hotline_category": "complaint",
            "description": "WORDS-OF-CALLER",
            "place": "PLACE-OF-CALLER",
            "contact": "CONTACT-OF-CALLER",
            "position": {"lon": 122.0513, "lat": 37.1913},
        },
    )
    report_id = str(called.json()["id"])
    photo = await worker.post(
        f"/tickets/{ticket_id}/photos", files={"file": ("x.jpg", jpeg(), "image/jpeg")}
    )
    spoken = {"called": "CALLED-BY-WORKER", "answered": True}
    assert (await worker.post(f"/tickets/{ticket_id}/calls", json=spoken)).status_code == 201
    told = (await worker.get("/notifications")).json()["items"]
    tokens = (await worker.get("/tokens")).json()["items"]
    push = {"kind": "web_push", "address": Phone("https://127.0.0.1/push").subscription()}
    channel = await worker.post("/channels", json=push)
    number = (await worker.get(f"/tickets/{ticket_id}")).json()["number"]
    return Matter(
        ids={
            "ticket_id": ticket_id,
            "alert_id": str(alert_id),
            "report_id": report_id,
            "photo_id": photo.json()["id"],
            "notification_id": str(told[0]["id"]),
            "token_id": str(tokens[0]["id"]),
            "channel_id": str(channel.json()["id"]),
        },
        in_ticket=(
            *("WHY-IT-IS", "WORDS-OF-CALLER", "PLACE-OF-CALLER", "CONTACT-OF-CALLER"),
            *("CALLED-BY-WORKER", number),
        ),
    )


def calls(app: FastAPI, ids: dict[str, str]) -> Iterator[tuple[Walked, str, Json]]:
    """Every route of people with the matter's ids in its path, and what httpx is to send."""
    others = {"camera_id": "lane-1", "login": "worker", "event_id": str(uuid4())}
    for route in walk(app):
        if current_person not in route.calls or str(route) in ENDLESS:
            continue
        path = re.sub(
            r"\{(\w+)\}",
            lambda found: ids.get(found[1]) or others.get(found[1], "1"),
            route.path.removeprefix("/api/v1"),
        )
        yield from ((route, path, sent) for sent in _sent(route, ids))


def _sent(route: Walked, ids: dict[str, str]) -> Iterator[Json]:
    if route.method == "GET":
        box = {"west": 122, "south": 37, "east": 123, "north": 38}
        days = {"first": "2025-06-01", "last": "2025-06-30", "lon": 122.05, "lat": 37.19}
        yield {"params": {**box, **days}}
        yield {"params": {**box, **days, "q": "PLACE", "alert": ids["alert_id"], "mine": True}}
        return
    if route.path.endswith("/photos"):
        yield {"files": {"file": ("x.jpg", jpeg(), "image/jpeg")}}
        return
    yield {"json": {}}
    if route.path.endswith("/moves"):
        for move in ("note", "acknowledge", "verify", "accept"):
            yield {"json": {"move": move, "note": "x"}}
    elif route.path.endswith("/calls"):
        yield {"json": {"called": "x", "answered": True}}
    elif "/alerts/" in route.path:
        yield {"json": {"reason": "x"}}
        yield {"json": {"into": int(ids["alert_id"]), "note": "x"}}


async def standing(database: Database) -> Json:
    """What a stranger could have changed."""
    async with database.reading() as session:
        return {
            "tickets": [(t.id, t.seq, t.head) for t in await session.scalars(select(Ticket))],
            "alerts": [(a.id, a.seq, a.head) for a in await session.scalars(select(Alert))],
            "lines": await session.scalar(select(func.count()).select_from(Transition)),
            "photos": await session.scalar(select(func.count()).select_from(Photo)),
        }


async def test_a_stranger_learns_nothing_and_changes_nothing(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    found = await matter(app, shard, log_in, clock)
    before = await standing(ground_of(app).database)
    tried = 0
    for login, role in STRANGERS.items():
        http = await log_in(login)
        sees_alerts = may([role], Permission.SEE_ALERTS)
        for route, path, sent in calls(app, found.ids):
            answer = await http.request(route.method, path, **sent)
            said = f"{login}: {route} {sent} → {answer.status_code} {answer.text[:300]}"
            assert answer.status_code < 500, said
            if any(f"{{{name}}}" in route.path for name in OWN):
                assert answer.status_code in {403, 404, 422}, said
            if "{alert_id}" in route.path and not (sees_alerts and route.method == "GET"):
                assert answer.status_code in {403, 404, 422}, said
            alerts_page = sees_alerts and any(page in route.path for page in ALERTS_PAGES)
            secret = found.in_ticket[1:] if alerts_page else (*found.in_ticket, "NOTE-OF-IT")
            assert not [word for word in secret if word in answer.text], said
            tried += 1
    assert tried > 300
    assert await standing(ground_of(app).database) == before


async def test_those_whom_it_concerns_see_it_but_not_who_called(
    app: FastAPI, shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock
) -> None:
    found = await matter(app, shard, log_in, clock)
    for login in ("worker", "chief"):
        http = await log_in(login)
        assert await Desk(http, found.ids["ticket_id"]).ticket()
        assert "WORDS-OF-CALLER" not in (await http.get("/reports")).text
        for route, path, sent in calls(app, found.ids):
            if route.method == "GET":
                text = (await http.request(route.method, path, **sent)).text
                assert "CONTACT-OF-CALLER" not in text, f"{login}: {route}"


async def person_of(session: AsyncSession, login: str) -> Person:
    return await session.get_one(Person, login)


async def test_under_every_reading_session_lies_the_callers_scope(database: Database) -> None:
    async with database.transaction() as session:
        town: Town = WIDER
        await import_town(session, town, CATALOGUE, now=START, first_hash=lambda _: None)
        tickets = await filled_tickets(session)
        everything = {ticket.id for ticket in tickets}
    for who in WIDER.people:
        async with database.reading() as session:
            caller = await person_of(session, who.login)
            scope = await scope_of(session, caller)
            asked = set(await session.scalars(select(Ticket.id).where(scope.clause())))
        connection = HTTPConnection({"type": "http", "headers": []})
        async with database.reading() as session:
            sight.answering(session.sync_session, connection)
            sight.called_by(connection, caller)
            assert set(await session.scalars(select(Ticket.id))) == asked, who.login
            counted = await session.scalar(select(func.count()).select_from(Ticket))
            assert counted == len(asked)
            for foreign in sorted(everything - asked)[:3]:
                assert await session.get(Ticket, foreign) is None
            meant = select(Ticket.id).execution_options(**sight.BEYOND)
            assert set(await session.scalars(meant)) == everything
