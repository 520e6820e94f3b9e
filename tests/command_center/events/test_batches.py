"""A batch of events comes to what its events come to one by one, whoever takes in beside it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid5

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from command_center.alerts.tables import Alert
from command_center.audit.verify import Verification
from command_center.database import Base, Database
from command_center.events import service
from command_center.events.bodies import MEDIA_TYPE, parsed
from command_center.events.schemas import MOST
from command_center.events.tables import Event
from command_center.live.changes import _ORDERED
from command_center.live.tables import Change
from command_center.notifications.tables import Notification
from command_center.problems import Problem
from command_center.shadows.tables import ShadowEvent
from command_center.shards.service import begin_epoch
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Ticket, TicketDay, Transition
from command_center.timers.tables import Timer
from configs.values import Position
from detectors.event import Event as EventBody
from detectors.event import EventData, Method, Phase
from tests.command_center.conftest import fill, ground_of
from tests.command_center.example import START, TurnedClock
from tests.command_center.findings import EAST, Finder, Json
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.postgres import until_waiting

NAMESPACE = UUID(int=7)
ROWS = (Alert, Event, Ticket, TicketDay, Transition, Change, Notification)


@dataclass(frozen=True)
class Told:
    """An event in short; the same number is the same event."""

    number: int
    camera: str
    event_type: str
    phase: Phase
    confidence: float
    seconds: int
    away: bool

    def event(self) -> EventBody:
        at = START + timedelta(seconds=self.seconds)
        zone = "lane" if self.event_type != "camera_offline" else None
        east = EAST.lon + (0.0015 if self.away else 0.0)
        return EventBody(
            id=uuid5(NAMESPACE, str(self.number)),
            source=f"/shards/shard-0/cameras/{self.camera}",
            time=at,
            subject=f"{self.camera}/{zone or '-'}",
            shard="shard-0",
            epoch=1,
            data=EventData(
                event_type=self.event_type,
                phase=self.phase,
                episode_id=uuid5(NAMESPACE, f"episode {self.number // 3}"),
                camera_id=self.camera,
                zone_id=zone,
                position=Position(lon=east, lat=EAST.lat),
                started_at=at,
                confidence=self.confidence,
                method=Method.BACKGROUND if zone else Method.HEALTH,
                note="a van" if self.number % 2 else "",
                config_version="c1",
            ),
        )


TOLD = st.builds(
    Told,
    number=st.integers(0, 40),
    camera=st.sampled_from(["lane-1", "square-1", "lane-9"]),
    event_type=st.sampled_from(["lane_blocked", "fire", "camera_offline"]),
    phase=st.sampled_from([Phase.OPENED, Phase.OPENED, Phase.CLEARED]),
    confidence=st.sampled_from([0.5, 1.0]),
    seconds=st.integers(0, 900),
    away=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(TOLD, min_size=2, max_size=16), st.data())
def test_a_batch_comes_to_what_its_events_come_to(
    filled: Path, told: list[Told], data: st.DataObject
) -> None:
    events = [one.event() for one in told]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events) - 1), max_size=3)))
    parts = [events[a:b] for a, b in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    alone = asyncio.run(outcome(filled, [[event] for event in events]))
    assert asyncio.run(outcome(filled, parts)) == alone


async def outcome(filled: Path, batches: Sequence[Sequence[EventBody]]) -> object:
    """Everything that these batches leave in a database, and how each event was answered."""
    with TemporaryDirectory() as folder:
        file = Path(shutil.copy(filled, folder))
        database = Database(f"sqlite+aiosqlite:///{file}")
        async with database.transaction() as session:
            await begin_epoch(session, "shard-0", START)
        fates = []
        for batch in batches:
            fates += await service.take_in(database, START, batch)
        answers = [
            (fate.event_id, fate.again, (fate.told.status, fate.told.field))
            if isinstance(fate.told, Problem)
            else (fate.event_id, fate.again, fate.told)
            for fate in fates
        ]
        rows = {table.__tablename__: await everything(database, table) for table in ROWS}
        timers = await armed(database)
        async with database.reading() as session:
            broken = [fault async for fault in Verification(session).everything({})]
        await database.close()
        assert broken == []
        return answers, rows, timers


async def everything(database: Database, of: type[Base]) -> list[tuple[object, ...]]:
    table = of.__table__
    assert isinstance(table, Table)
    async with database.reading() as session:
        rows = await session.execute(select(table).order_by(*table.primary_key.columns))
        return [tuple(row) for row in rows]


async def armed(database: Database) -> Counter[tuple[object, ...]]:
    """Timers that run: one that was cancelled in the moment it was armed is none."""
    columns = (Timer.kind, Timer.alert_id, Timer.ticket_id, Timer.due_at)
    query = select(*columns).where(Timer.cancelled_at.is_(None))
    async with database.reading() as session:
        return Counter(tuple(row) for row in await session.execute(query))


@pytest.fixture
async def finder(shard: httpx.AsyncClient) -> Finder:
    found = Finder(shard)
    await found.register()
    return found


async def send(finder: Finder, *events: EventBody | Json) -> httpx.Response:
    told = [json.loads(e.model_dump_json()) if isinstance(e, EventBody) else e for e in events]
    headers = {"Content-Type": MEDIA_TYPE}
    return await finder.shard.post("/events/batch", content=json.dumps(told), headers=headers)


@pytest.mark.anyio
async def test_each_event_of_a_batch_is_answered_by_itself(
    finder: Finder, clock: TurnedClock
) -> None:
    now = clock()
    good, nowhere = finder.event(now), finder.event(now, camera="lane-9")
    wrong = json.loads(finder.event(now).model_dump_json())
    wrong["data"]["confidence"] = 7
    fenced = finder.event(now).model_copy(update={"epoch": 9})
    data = good.data.model_copy(update={"shadow": "bolder"})
    of_shadow = finder.event(now).model_copy(update={"data": data})
    answer = await send(finder, good, nowhere, wrong, 3, fenced, good, of_shadow)  # type: ignore[arg-type]
    items = answer.json()["items"]
    assert [(item["status"], item["outcome"], item["field"]) for item in items] == [
        (202, "opened", None),
        (422, None, "data.camera_id"),
        (422, None, "data.confidence"),
        (422, None, None),
        (409, None, None),
        (202, "duplicate", None),
        (202, "recorded", None),
    ]
    assert [item["event_id"] for item in items] == [
        str(good.id),
        str(nowhere.id),
        wrong["id"],
        None,
        str(fenced.id),
        str(good.id),
        str(of_shadow.id),
    ]
    assert "no camera 'lane-9'" in items[1]["detail"]
    again = (await send(finder, good, of_shadow)).json()["items"]
    assert [item["outcome"] for item in again] == ["duplicate", "duplicate"]
    assert again[0]["alert_id"] == items[0]["alert_id"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "send a JSON array of events"),
        (b"[", "send a JSON array of events"),
        (b"[" + b"1," * MOST + b"1]", f"send at most {MOST} at once"),
    ],
)
async def test_what_is_no_batch_is_said_to_be_none(finder: Finder, body: bytes, said: str) -> None:
    headers = {"Content-Type": MEDIA_TYPE}
    answer = await finder.shard.post("/events/batch", content=body, headers=headers)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_an_empty_batch_is_a_batch() -> None:
    assert parsed(b"[]") == []


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_the_database_cannot_keep_hinders_no_other(
    finder: Finder, clock: TurnedClock
) -> None:
    now = clock()
    unfit = finder.event(now, camera="square-1", note="a\0b")
    answer = await send(finder, finder.event(now), unfit, finder.event(now))
    items = answer.json()["items"]
    assert [item["status"] for item in items] == [202, 422, 202]
    assert "NUL" in items[1]["detail"]


@pytest.mark.anyio
async def test_what_never_fits_the_record_hinders_no_other_camera(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    """Somebody has written a line by hand where the next alert's record begins."""
    database, now = ground_of(app).database, clock()
    async with database.transaction() as session:
        session.add(_line_by_hand("alert/1", now))
    sure = finder.event(now, event_type="camera_offline", zone=None, confidence=1.0)
    after_it, other = finder.event(now), finder.event(now, camera="square-1")
    items = (await send(finder, sure, after_it, other)).json()["items"]
    assert [item["status"] for item in items] == [503, 503, 202]
    again = (await send(finder, sure, after_it, other)).json()["items"]
    assert [item["status"] for item in again] == [202, 202, 202]


def _line_by_hand(subject: str, now: datetime) -> Transition:
    return Transition(
        subject=subject,
        seq=1,
        at=now,
        by="system",
        move=Move.CONFIRM,
        source=State.NEW,
        target=State.CONFIRMED,
        reason="",
        note="",
        detail={},
        changed={},
        hash="0" * 64,
    )


@pytest.mark.anyio
@ON_BOTH
async def test_two_command_centers_at_once_lose_and_double_nothing(
    database_url: str, filled: Path
) -> None:
    """Each is told of the same fingerprints in another order, and of some of the same events."""
    if database_url.startswith("sqlite"):
        shutil.copy(filled, database_url.removeprefix("sqlite+aiosqlite:///"))
    else:
        await fill(database_url)
    both = [Database(database_url), Database(database_url)]
    async with both[0].transaction() as session:
        await begin_epoch(session, "shard-0", START)
    events = list(_all_over_town(48))
    orders: list[Callable[[list[EventBody]], Iterator[EventBody]]] = [iter, reversed]
    tasks = []
    for database, order in zip(both, orders, strict=True):
        mine = list(order(events))
        tasks += [service.take_in(database, START, mine[at : at + 8]) for at in range(0, 48, 8)]
    fates = [fate for batch in await asyncio.gather(*tasks) for fate in batch]
    for database in both:
        await database.close()
    database = Database(database_url)
    assert Counter(fate.again for fate in fates) == {False: 48, True: 48}
    async with database.reading() as session:
        alerts = (await session.scalars(select(Alert))).all()
        assert len((await session.scalars(select(Event.event_id))).all()) == 48
        assert [fault async for fault in Verification(session).everything({})] == []
    assert len({alert.fingerprint for alert in alerts}) == len(alerts)
    assert sum(alert.events for alert in alerts) == 48
    assert not (await everything(database, ShadowEvent))
    await database.close()


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_command_centers_that_hear_of_one_matter_at_once_make_one_incident_of_it(
    database_url: str,
) -> None:
    """Each from another camera. Both have decided before either has committed."""
    await fill(database_url)
    both = [Database(database_url), Database(database_url)]
    async with both[0].transaction() as session:
        await begin_epoch(session, "shard-0", START)
    told = [
        Told(number, camera, "fire", Phase.OPENED, 0.5, number, away=False).event()
        for number, camera in enumerate(("lane-1", "square-1"))
    ]
    async with both[0].transaction() as session:
        await session.execute(_ORDERED)  # whoever commits a change waits for this
        tasks = [
            asyncio.create_task(service.take_in(database, START, [event]))
            for database, event in zip(both, told, strict=True)
        ]
        await until_waiting(session, 2)
    await asyncio.gather(*tasks)
    async with both[0].reading() as session:
        alerts = (await session.scalars(select(Alert).order_by(Alert.id))).all()
    for database in both:
        await database.close()
    assert sorted(alert.state for alert in alerts) == [State.MERGED, State.NEW]


def _all_over_town(count: int) -> Iterator[EventBody]:
    types = ("lane_blocked", "fire", "gathering", "camera_offline")
    for number in range(count):
        camera = ("lane-1", "square-1")[number % 2]
        yield Told(number, camera, types[number % 4], Phase.OPENED, 1.0, number, away=False).event()


@pytest.mark.anyio
async def test_a_batch_is_few_statements(database_url: str, filled: Path) -> None:
    """However many they are: of 40 more sights of alerts that are open."""
    shutil.copy(filled, database_url.removeprefix("sqlite+aiosqlite:///"))
    database = Database(database_url)
    async with database.transaction() as session:
        await begin_epoch(session, "shard-0", START)
    events = list(_all_over_town(48))
    await service.take_in(database, START, events[:8])
    statements, commits = database.work.statements, database.work.commits
    await service.take_in(database, START, [e for e in events[8:] if e.data.zone_id])
    assert database.work.statements - statements <= 12
    assert database.work.commits - commits == 1
    await database.close()
