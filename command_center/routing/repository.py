"""Grids, shifts and leave as routing needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.tables import Person
from command_center.routing.ground import GroundIndex, Patch
from command_center.routing.ladder import Standing
from command_center.town.duty import on_duty
from command_center.town.repository import grids, units
from command_center.town.tables import Department, Grid, OrgUnit, TownRecord
from configs.values import Name

_Version = tuple[datetime | None, int | None, int]

_indexes: WeakKeyDictionary[Engine, tuple[_Version, GroundIndex]] = WeakKeyDictionary()
"""One index a database, rebuilt when a grid changed: building 1,400 polygons takes 50 ms."""


async def ground_index(session: AsyncSession) -> GroundIndex:
    """The grids in force."""
    engine = session.get_bind().engine
    version = await _version(session)
    kept = _indexes.get(engine)
    if kept is None or kept[0] != version:
        patches = _patches(await grids(session), await units(session))
        kept = _indexes[engine] = (version, GroundIndex(patches))
    return kept[1]


async def _version(session: AsyncSession) -> _Version:
    """Changes with every import and every new or ended version of a grid."""
    query = select(
        select(func.max(TownRecord.imported_at)).scalar_subquery(),
        func.max(Grid.id),
        func.count().filter(Grid.valid_to.is_(None)),
    )
    imported_at, newest, in_force = (await session.execute(query)).one()
    return imported_at, newest, in_force


def _patches(rows: Sequence[Grid], places: Sequence[OrgUnit]) -> list[Patch]:
    by_code = {unit.code: unit for unit in places}
    return [
        Patch(
            code=row.code,
            version=row.version,
            name=row.name,
            layer=row.layer,
            unit=row.unit,
            polygon=row.polygon,
            worker_a=row.worker_a,
            worker_b=row.worker_b,
            chief=_chief(row.unit, by_code),
            assistants=row.assistants,
        )
        for row in rows
    ]


def _chief(unit: str | None, by_code: Mapping[str, OrgUnit]) -> str | None:
    """The chief of the unit, or of the nearest unit above it that has one."""
    seen: set[str] = set()
    while unit is not None and unit in by_code and unit not in seen:
        seen.add(unit)
        if by_code[unit].station_chief is not None:
            return by_code[unit].station_chief
        unit = by_code[unit].parent
    return None


async def standings(
    session: AsyncSession, logins: Iterable[str | None], now: datetime
) -> dict[str, Standing]:
    """Names of these people, and whether they are on duty."""
    wanted = {login for login in logins if login is not None}
    people = await session.scalars(select(Person).where(Person.login.in_(wanted)))
    names = {person.login: person.name for person in people}
    return {
        login: Standing(
            names.get(login) or Name(zh=login, en=login), await on_duty(session, login, now)
        )
        for login in sorted(wanted)
    }


async def department_name(session: AsyncSession, code: str | None) -> Name | None:
    row = await session.get(Department, code) if code else None
    return row.name if row else None
