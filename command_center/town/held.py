"""What of the town is held in memory: read once a revision of the town, not once an event.

A row counts the revisions. Whatever changes the town counts it up in its own transaction, by itself
(`_count`), and whoever asks looks at the row first: one statement a transaction. So no process goes
by an older town than its transaction sees, however many command centers share a database.

People, shifts and leave are not held: who is on duty hangs on the moment as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, Engine, event, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Session

from command_center.problems import Problem
from command_center.routing.ground import GroundIndex
from command_center.routing.patches import patches
from command_center.sensors.tables import Sensor
from command_center.timers.calendar import WorkCalendar
from command_center.town import repository
from command_center.town.tables import Camera, Department, EventType, Grid, OrgUnit, TownRecord
from configs.catalogue import EventType as EventTypeConfig
from configs.values import Name


@dataclass(frozen=True, slots=True)
class Finder:
    """A camera or a sensor, also one that was removed: what events and tickets need of it."""

    name: Name
    zones: Mapping[str, Name]
    keeper: str | None


@dataclass(frozen=True, slots=True)
class HeldTown:
    """The town as of one revision. Entries that left the town file are there: alerts name them."""

    revision: int
    calendar: WorkCalendar
    event_types: Mapping[str, EventTypeConfig]
    cameras: Mapping[str, Finder]
    sensors: Mapping[str, Finder]
    departments: Mapping[str, Name]
    ground: GroundIndex

    def finder(self, camera_id: str | None, sensor_id: str | None) -> Finder | None:
        """The camera, or the sensor where that is named."""
        if sensor_id is not None:
            return self.sensors.get(sensor_id)
        return self.cameras.get(camera_id or "")


_HELD_TABLES = (TownRecord, EventType, Camera, Sensor, Department, Grid, OrgUnit)
_held: WeakKeyDictionary[Engine, HeldTown] = WeakKeyDictionary()
_SEEN, _CHANGED = "fenghuo_town", "fenghuo_town_changed"


async def held_town(session: AsyncSession) -> HeldTown:
    """The town as this transaction sees it.

    Raises:
        Problem: 503, there is no town yet.
    """
    seen = session.info.get(_SEEN)
    if seen is not None:
        return cast("HeldTown", seen)
    revision = await _revision(session)
    engine = session.get_bind().engine
    found = _held.get(engine)
    if found is None or found.revision != revision or _CHANGED in session.info:
        found = await _read(session, revision)
        while (now := await _revision(session)) != revision:  # changed while it was read
            revision = now
            found = await _read(session, revision)
        if _CHANGED not in session.info:  # or a rollback would leave what never was
            _held[engine] = found
    session.info[_SEEN] = found
    return found


async def _revision(session: AsyncSession) -> int:
    found = await session.scalar(select(TownRecord.revision).limit(1))
    if found is None:
        raise Problem(503, repository.NO_TOWN)
    return found


async def _read(session: AsyncSession, revision: int) -> HeldTown:
    record = (await session.execute(select(TownRecord.timezone, TownRecord.workdays))).one()
    types = await session.execute(select(EventType.code, EventType.config))
    departments = await session.execute(select(Department.code, Department.name))
    return HeldTown(
        revision=revision,
        calendar=WorkCalendar.of(record.timezone, record.workdays),
        event_types={row.code: row.config for row in types},
        cameras=await _finders(session, Camera.id, Camera.config),
        sensors=await _finders(session, Sensor.id, Sensor.config),
        departments={row.code: row.name for row in departments},
        ground=GroundIndex(
            patches(await repository.grids(session), await repository.units(session))
        ),
    )


async def _finders(
    session: AsyncSession, key: InstrumentedAttribute[str], config: InstrumentedAttribute[Any]
) -> dict[str, Finder]:
    """Not their whole configurations: checking those of 700 cameras takes 0.2 s."""
    rows = await session.execute(select(key, type_coerce(config, JSON)))
    return {
        finder: Finder(
            name=Name(**raw["name"]),
            zones={zone["id"]: Name(**zone["name"]) for zone in raw.get("zones", ())},
            keeper=raw.get("keeper"),
        )
        for finder, raw in rows
    }


@event.listens_for(Session, "before_flush")
def _count(session: Session, _context: object, _instances: object) -> None:
    """Whatever writes a row of the town makes a new revision, also where its author forgot."""
    changed = any(isinstance(row, _HELD_TABLES) for row in session.new | session.deleted)
    if changed or any(
        isinstance(row, _HELD_TABLES) and session.is_modified(row) for row in session.dirty
    ):
        count_up = update(TownRecord).values(revision=TownRecord.revision + 1)
        session.connection().execute(count_up)
        session.info.pop(_SEEN, None)
        session.info[_CHANGED] = True
