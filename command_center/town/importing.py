"""Bringing a town file into the database, as often as one likes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, JsonValue
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Base
from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.people.tables import Person
from command_center.sensors.tables import Sensor
from command_center.town import edits, grids, repository, staff, tables
from command_center.town.edit_tables import Edited
from command_center.town.losses import losses
from command_center.town.summary import ImportSummary
from configs import town as files
from configs.catalogue import Catalogue
from configs.load import workdays_of
from configs.shapes import normal

FirstHash = Callable[[files.Person], str | None]
"""The hash of a new person's first password, made before the transaction because argon2 is slow on
purpose; None: cannot log in until an administrator gives one."""


class AnotherTownError(ValueError):
    """The database belongs to another town."""


class LargeLossError(ValueError):
    """Much of what the town has is missing from the file."""


async def import_town(
    session: AsyncSession,
    town: files.Town,
    catalogue: Catalogue,
    *,
    now: datetime,
    first_hash: FirstHash,
    asked_for: bool = True,
) -> ImportSummary:
    """Make the database say what the files say.

    What has gone from the files becomes inactive. A changed grid ends its version at `now` and
    begins the next. What was edited at run time stays as it is (`town.edits`). People keep
    their passwords. Cameras that an administrator added, changed or removed at run time are left as
    he made them. `asked_for`: whether somebody wants this file as it is, however much it takes
    away.

    Raises:
        AnotherTownError: the database holds a town with another code.
        LargeLossError: it was not asked for, and takes away a large part of a list.
    """
    summary = ImportSummary()
    if not await _put_town(session, town, catalogue, now, summary):
        return summary
    if not asked_for and (lost := await losses(session, town)):
        raise LargeLossError("; ".join(lost))
    summary.note("units", await _put_units(session, town))
    summary.note("departments", await _put_departments(session, town))
    summary.note("people", await _put_people(session, town, first_hash, summary))
    summary.note("duty and leave", await _put_duty(session, town))
    summary.grids_changed = await _put_grids(session, town, now)
    await _put_cameras(session, town, now, summary)
    summary.sensors_changed = await _put_sensors(session, town, now)
    summary.note("catalogue", await _put_event_types(session, catalogue))
    await edits.say_conflicts(session, now)
    await session.flush()
    return summary


def config_version(town: files.Town, catalogue: Catalogue) -> str:
    """First 12 hex digits of the SHA-256 of both files' content, and of the working days."""
    parts = (town, catalogue, workdays_of(town))
    text = "".join(part.model_dump_json() for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


async def _put_town(
    session: AsyncSession,
    town: files.Town,
    catalogue: Catalogue,
    now: datetime,
    summary: ImportSummary,
) -> bool:
    """Whether anything in the files differs from what was imported last."""
    record = await session.scalar(select(tables.TownRecord))
    if record is None:
        record = tables.TownRecord(code=town.code, config_version="")
        session.add(record)
    if record.code != town.code:
        raise AnotherTownError(
            f"this database belongs to the town {record.code} ({record.name.en}), and the file "
            f"describes {town.code} ({town.name.en}); use another FENGHUO_DATA_DIR for it"
        )
    version = config_version(town, catalogue)
    if record.config_version == version:
        return False
    summary.note("name", record.name != town.name)
    summary.note("time zone", record.timezone != town.timezone)
    summary.note("centre", record.centre != town.centre)
    summary.note("confidence floor", record.confidence_floor != town.confidence_floor)
    record.workdays = workdays_of(town)
    record.name = town.name
    record.timezone = town.timezone
    record.centre = town.centre
    record.confidence_floor = town.confidence_floor
    record.catalogue_version = catalogue.version
    record.config_version = version
    record.imported_at = now
    return True


def _differ(session: AsyncSession, rows: Iterable[Base]) -> bool:
    """Whether any of these rows is new or says something else than the database."""
    return any(row in session.new or session.is_modified(row) for row in rows)


async def _put_units(session: AsyncSession, town: files.Town) -> bool:
    rows = {row.code: row for row in await session.scalars(select(tables.OrgUnit))}
    every = list(rows.values())
    for unit in town.units:
        row = rows.pop(unit.code, None) or tables.OrgUnit(code=unit.code)
        row.name = unit.name
        row.level = unit.level
        row.parent = unit.parent
        row.station_chief = unit.station_chief
        row.active = True
        session.add(row)
        every.append(row)
    for row in rows.values():
        row.active = False
    return _differ(session, every)


async def _put_departments(session: AsyncSession, town: files.Town) -> bool:
    rows = {row.code: row for row in await session.scalars(select(tables.Department))}
    every = list(rows.values())
    for department in town.departments:
        row = rows.pop(department.code, None) or tables.Department(code=department.code)
        row.name = department.name
        row.phone = department.phone
        row.active = True
        session.add(row)
        every.append(row)
    for row in rows.values():
        row.active = False
    return _differ(session, every)


async def _put_people(
    session: AsyncSession,
    town: files.Town,
    first_hash: FirstHash,
    summary: ImportSummary,
) -> bool:
    """Whether anybody who was known already has changed."""
    rows = {row.login: row for row in await session.scalars(select(Person))}
    known = list(rows.values())
    left = await edits.merged(
        session,
        Edited.PERSON,
        {person.login: edits.plain(person) for person in town.people},
        {row.login: edits.plain(staff.config_of(row)) for row in known if row.active},
    )
    for person in town.people:
        row = rows.pop(person.login, None)
        if person.login in left:
            continue
        if row is None:
            row = Person(login=person.login, password_hash=first_hash(person))
            session.add(row)
            summary.people_added.append(person.login)
        staff.put(row, person)
    for login, row in rows.items():
        if login not in left:
            row.active = False
    return _differ(session, known)


async def _put_duty(session: AsyncSession, town: files.Town) -> bool:
    shifts, leave = staff.shifts_of(town.shifts), staff.leave_of(town.leave)
    had_shifts, had_leave = await staff.every_shift(session), await staff.every_leave(session)
    changed = False
    for login in await _to_put(session, Edited.SHIFTS, shifts, had_shifts):
        await staff.put_shifts(session, login, shifts.get(login, ()))
        changed = True
    for login in await _to_put(session, Edited.LEAVE, leave, had_leave):
        await staff.put_leave(session, login, leave.get(login, ()))
        changed = True
    return changed


async def _to_put(
    session: AsyncSession,
    kind: Edited,
    wanted: Mapping[str, Sequence[BaseModel]],
    held: Mapping[str, Sequence[BaseModel]],
) -> list[str]:
    """Of these lists by person, those that a file changes."""
    left = await edits.merged(session, kind, _plain(wanted), _plain(held))
    return sorted(
        login for login in {*wanted, *held} - left if wanted.get(login, ()) != held.get(login, ())
    )


def _plain(lists: Mapping[str, Sequence[BaseModel]]) -> dict[str, JsonValue]:
    return {login: edits.plain_list(entries) for login, entries in lists.items()}


async def _put_grids(session: AsyncSession, town: files.Town, now: datetime) -> list[str]:
    held = {row.code: row.config for row in await repository.grids(session)}
    wanted = {grid.code: grid for grid in town.grids}
    left = await edits.merged(
        session,
        Edited.GRID,
        {code: edits.plain(normal(grid)) for code, grid in wanted.items()},
        {code: edits.plain(normal(grid)) for code, grid in held.items()},
    )
    changes = {
        code: wanted.get(code)
        for code in {*held, *wanted} - left
        if held.get(code) != wanted.get(code)
    }
    await grids.change(session, changes, now)
    return sorted(changes)


async def _put_cameras(
    session: AsyncSession, town: files.Town, now: datetime, summary: ImportSummary
) -> None:
    rows = {row.id: row for row in await session.scalars(select(tables.Camera))}
    for config in town.cameras:
        row = rows.pop(config.id, None)
        if row is None:
            session.add(tables.Camera(id=config.id, config=config, changed_at=now))
        elif row.config == config and row.active:
            continue
        elif not row.from_file:
            summary.cameras_kept.append(config.id)
            continue
        is_new = row is None or not row.active
        if row is not None:
            row.config, row.active, row.changed_at = config, True, now
        (summary.cameras_added if is_new else summary.cameras_changed).append(config.id)
        _tell(session, config.id, "opened" if row is None else "updated", now)
    for row in rows.values():
        if row.from_file and row.active:
            row.active, row.changed_at = False, now
            _tell(session, row.id, "cleared", now)
            summary.cameras_removed.append(row.id)
    gone = tables.CameraStatus.camera_id.in_(summary.cameras_removed)
    await session.execute(delete(tables.CameraStatus).where(gone))


def _tell(session: AsyncSession, camera_id: str, what: str, now: datetime) -> None:
    record_change(session, kind=ChangeKind.CAMERA, id=camera_id, what=what, at=now)


async def _put_sensors(session: AsyncSession, town: files.Town, now: datetime) -> list[str]:
    rows = {row.id: row for row in await session.scalars(select(Sensor))}
    changed = []
    for config in town.sensors:
        row = rows.pop(config.id, None)
        if row is not None and row.active and row.config == config:
            continue
        if row is None:
            row = Sensor(id=config.id)
            session.add(row)
        row.config, row.active, row.changed_at = config, True, now
        changed.append(config.id)
    for row in rows.values():
        if row.active:
            row.active, row.changed_at = False, now
            changed.append(row.id)
    for sensor_id in changed:
        record_change(session, kind=ChangeKind.SENSOR, id=sensor_id, what="updated", at=now)
    return changed


async def _put_event_types(session: AsyncSession, catalogue: Catalogue) -> bool:
    rows = {row.code: row for row in await session.scalars(select(tables.EventType))}
    every = list(rows.values())
    for position, config in enumerate(catalogue.event_types):
        row = rows.pop(config.code, None) or tables.EventType(code=config.code)
        row.position = position
        row.config = config
        row.active = True
        session.add(row)
        every.append(row)
    for row in rows.values():
        row.active = False
    return _differ(session, every)
