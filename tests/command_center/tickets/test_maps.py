"""A map against looking at each ticket: what it shows lies in it, is open and may be seen."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database
from command_center.tickets import maps, reach
from command_center.tickets.maps import Box, drawn
from command_center.tickets.scope import Scope
from command_center.tickets.spots import STEPS, degrees, spot_of, steps
from command_center.tickets.states import CLOSED
from command_center.tickets.tables import Ticket
from configs.catalogue import Urgency
from configs.values import Position
from tests.command_center.conftest import LogIn
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.tickets.test_lists import SCOPES, sees, some_ticket

pytestmark = pytest.mark.anyio

EVERYWHERE = Box(-180.0, -90.0, 180.0, 90.0)


async def scattered(session: AsyncSession) -> list[Ticket]:
    random = Random(5)
    tickets = [some_ticket(random, number) for number in range(120)]
    for ticket in tickets:
        lon, lat = random.uniform(122.0, 122.1), random.uniform(37.1, 37.2)
        ticket.position = random.choice((Position(lon=lon, lat=lat), None))
    session.add_all(tickets)
    await session.flush()
    for ticket in tickets:
        await reach.keep(session, ticket, reach.NOTHING)
    return tickets


def lies(ticket: Ticket, box: Box) -> bool:
    place = ticket.position
    if place is None or ticket.state in CLOSED:
        return False
    x, y = spot_of(place)
    low, high = spot_of(Position(lon=box.west, lat=box.south)), (box.east, box.north)
    return low[0] <= x <= steps(high[0] + 180) and low[1] <= y <= steps(high[1] + 90)


@ON_BOTH
async def test_what_is_shown_singly_and_what_is_gathered_are_the_same_tickets(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        tickets = await scattered(session)
        for box in (EVERYWHERE, Box(122.0, 37.1, 122.05, 37.15), Box(0.0, 0.0, 1.0, 1.0)):
            for scope in SCOPES:
                expected = {t.id for t in tickets if sees(scope, t) and lies(t, box)}
                monkeypatch.setattr(maps, "MOST_PINS", 200)
                found = await drawn(session, scope, box)
                assert {ticket.id for ticket in found.tickets} == expected
                assert not found.clusters
                monkeypatch.setattr(maps, "MOST_PINS", 0)
                found = await drawn(session, scope, box)
                assert not found.tickets
                assert sum(cluster.count for cluster in found.clusters) == len(expected)
                urgent = {t.id for t in tickets if t.urgency is Urgency.URGENT} & expected
                assert sum(cluster.urgent for cluster in found.clusters) == len(urgent)


async def test_a_cluster_lies_in_the_middle_of_what_it_gathers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "MOST_PINS", 0)
    async with database.transaction() as session:
        tickets = [t for t in await scattered(session) if lies(t, EVERYWHERE)]
        [one] = (await drawn(session, Scope(everything=True), EVERYWHERE)).clusters
        lon = sum(t.position.lon for t in tickets if t.position) / len(tickets)
        assert one.position.lon == pytest.approx(lon, abs=2e-4)
        box = Box(122.0, 37.1, 122.1, 37.2)
        many = (await drawn(session, Scope(everything=True), box)).clusters
        assert 10 < len(many) <= (maps.SQUARES + 1) ** 2


def test_the_whole_way_around_has_all_steps() -> None:
    assert spot_of(Position(lon=-180.0, lat=-90.0)) == (0, 0)
    assert spot_of(Position(lon=180.0, lat=90.0)) == (STEPS, STEPS // 2)
    assert degrees(STEPS / 4) == 90.0


async def test_over_http(log_in: LogIn) -> None:
    worker = await log_in("worker")
    box = {"west": 122, "south": 37, "east": 123, "north": 38}
    assert (await worker.get("/tickets/map", params=box)).json() == {"tickets": [], "clusters": []}
    wrong = await worker.get("/tickets/map", params={**box, "west": 124})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "west")
