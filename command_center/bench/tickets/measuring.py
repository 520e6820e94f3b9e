"""A real command center over the filled database, asked over HTTP as each role's people ask."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.bench.centers import centers
from command_center.bench.meter import Machine, processor
from command_center.bench.spread import Spread, spread_of
from command_center.bench.tickets.views import Ids, View, views
from command_center.database import Database
from command_center.people import tokens
from command_center.people.permissions import may
from command_center.people.tables import Person
from command_center.tickets.tables import Ticket
from configs.town import Role

WARM_UP = 3
"""Questions before those that count: what a morning's first caller pays is not what is judged."""


class Asked(BaseModel):
    """One view as one role: milliseconds over HTTP from question to the whole answer."""

    role: Role
    view: str
    ms: Spread
    limit_ms: float
    bytes: int

    @property
    def holds(self) -> bool:
        return self.ms.p95 <= self.limit_ms


class Measured(BaseModel):
    tickets: int
    database: str
    machine: str
    load: float
    cores_used: float
    """Of the whole machine meanwhile, others' programs and ours together."""
    asked: list[Asked]

    def faults(self) -> list[str]:
        return [
            f"{a.view} as {a.role}: p95 {a.ms.p95:.0f} ms, at most {a.limit_ms:.0f} are allowed"
            for a in self.asked
            if not a.holds
        ]


@dataclass(frozen=True, slots=True)
class Asking:
    """How often, for which views (those whose name holds `only`), as whom."""

    times: int
    only: str
    roles: frozenset[Role]


def measure(url: str, tickets: int, asking: Asking, said: Callable[[str], None]) -> Measured:
    """Ask every view as a person of each role who may.

    Raises:
        CentersError: the command center did not start.
        RuntimeError: an answer was not 200.
    """
    people = asyncio.run(_people(url))
    asked: list[Asked] = []
    load, before = os.getloadavg()[0], Machine.now()
    with TemporaryDirectory() as folder, centers(1, url, Path(folder), said=said) as [center]:
        base = f"{center.url}/api/v1"
        for role, (token, ids, roles) in people.items():
            if role not in asking.roles:
                continue
            said(f"as {role}")
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as http:
                asked += [
                    _ask(http, role, view, asking.times)
                    for view in views(ids)
                    if may(roles, view.needs) and asking.only in view.name
                ]
    after = Machine.now()
    return Measured(
        tickets=tickets,
        database=url.partition(":")[0].partition("+")[0],
        machine=processor(),
        load=load,
        cores_used=(after.busy - before.busy) / (after.wall - before.wall),
        asked=asked,
    )


def _ask(http: httpx.Client, role: Role, view: View, times: int) -> Asked:
    took: list[float] = []
    size = 0
    for turn in range(WARM_UP + times):
        began = time.perf_counter()
        answer = http.get(view.path, params=list(view.parameters))
        if turn >= WARM_UP:
            took.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise RuntimeError(f"{view.name} as {role}: {answer.status_code} {answer.text[:300]}")
        size = len(answer.content)
    return Asked(role=role, view=view.name, ms=spread_of(took), limit_ms=view.limit_ms, bytes=size)


async def _people(url: str) -> dict[Role, tuple[str, Ids, tuple[Role, ...]]]:
    """For each role a token of whoever has the most to do, and what he can ask for."""
    database = Database(url)
    found: dict[Role, tuple[str, Ids, tuple[Role, ...]]] = {}
    try:
        async with database.transaction() as session:
            everybody = list(await session.scalars(select(Person).order_by(Person.login)))
            busiest = await _busiest(session)
            for role in Role:
                held = [p for p in everybody if role in p.roles]
                if not held:
                    continue
                person = max(held, key=lambda p: busiest.get(p.login, 0))
                _, token = await tokens.make(session, person.login, "bench", datetime.now(UTC))
                found[role] = (token, await _ids(session, person), person.roles)
    finally:
        await database.close()
    return found


async def _busiest(session: AsyncSession) -> dict[str, int]:
    query = select(Ticket.assignee, func.count()).group_by(Ticket.assignee)
    return {row[0]: row[1] for row in await session.execute(query) if row[0] is not None}


async def _ids(session: AsyncSession, person: Person) -> Ids:
    newest = await session.scalar(select(func.max(Ticket.id))) or 0
    own = select(Ticket).where(Ticket.assignee == person.login).order_by(Ticket.id.desc()).limit(1)
    ticket = await session.scalar(own)
    any_ticket = await session.get_one(Ticket, newest)
    alert = await session.get_one(Alert, await session.scalar(select(func.max(Alert.id))) or 0)
    unit = next(
        t.unit
        for t in await session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(100))
        if t.unit is not None
    )
    return Ids(
        tickets=newest,
        ticket=str(ticket.id) if ticket is not None else None,
        number=(ticket or any_ticket).number,
        alert=str(alert.id),
        camera=alert.camera_id or "",
        grid_unit=unit,
        town_unit=f"{unit[:9]}000",
        somewhere=_place_of(any_ticket),
        month=f"{datetime.now(UTC) - timedelta(days=60):%Y-%m}",
    )


def _place_of(ticket: Ticket) -> tuple[float, float]:
    if ticket.position is None:
        raise RuntimeError("the newest ticket lies nowhere; fill the database anew")
    return ticket.position.lon, ticket.position.lat
