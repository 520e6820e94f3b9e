"""The town as every page asks for it when it opens, written out once a revision of the town: the
polygons of 1,442 grids take 0.2 s to check and to write, and change once in a month."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.town import repository
from command_center.town.schemas import (
    DepartmentBody,
    GridCollection,
    GridFeature,
    TownBody,
    UnitBody,
)

_written: WeakKeyDictionary[Engine, tuple[int, bytes]] = WeakKeyDictionary()
"""By database: the revision, and a `TownBody` as JSON."""


async def town_json(session: AsyncSession) -> bytes:
    """A `TownBody` as a reading session sees it; such a one sees a single state of the database.

    Raises:
        Problem: 503, there is no town yet.
    """
    revision = (await repository.town(session)).revision
    engine = session.get_bind().engine
    kept = _written.get(engine)
    if kept is None or kept[0] != revision:
        kept = _written[engine] = revision, (await _body(session)).model_dump_json().encode()
    return kept[1]


async def _body(session: AsyncSession) -> TownBody:
    town = await repository.town(session)
    return TownBody(
        code=town.code,
        name=town.name,
        centre=town.centre,
        timezone=town.timezone,
        config_version=town.config_version,
        units=[
            UnitBody(
                code=u.code,
                name=u.name,
                level=u.level,
                parent=u.parent,
                station_chief=u.station_chief,
            )
            for u in await repository.units(session)
        ],
        grids=GridCollection(features=[GridFeature.of(g) for g in await repository.grids(session)]),
        departments=[
            DepartmentBody(code=d.code, name=d.name, phone=d.phone)
            for d in await repository.departments(session)
        ],
    )
