"""Reading the town from the database."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.problems import Problem
from command_center.town.tables import Camera, Department, EventType, Grid, OrgUnit, TownRecord
from configs.catalogue import EventType as EventTypeConfig

NO_TOWN = "no town is here yet; start with a town file: fenghuo up TOWN"


async def town(session: AsyncSession) -> TownRecord:
    """The town.

    Raises:
        Problem: 503, none was imported yet.
    """
    found = await session.scalar(select(TownRecord).limit(1))
    if found is None:
        raise Problem(503, NO_TOWN)
    return found


async def lock_town(session: AsyncSession) -> None:
    """Let others who change the town as a whole wait until this transaction has ended. What was
    read before may be old; read it after."""
    await session.execute(select(TownRecord.code).with_for_update())


async def time_zone(session: AsyncSession) -> ZoneInfo:
    return ZoneInfo((await town(session)).timezone)


async def event_types(session: AsyncSession) -> Sequence[EventTypeConfig]:
    """The catalogue in its own order."""
    query = select(EventType).where(EventType.active).order_by(EventType.position)
    return [row.config for row in await session.scalars(query)]


async def event_type(session: AsyncSession, code: str) -> EventTypeConfig | None:
    """An event type by its code, also one that has left the catalogue."""
    row = await session.get(EventType, code)
    return row.config if row else None


async def grids(session: AsyncSession) -> Sequence[Grid]:
    """The grids in force."""
    return list(
        await session.scalars(select(Grid).where(Grid.valid_to.is_(None)).order_by(Grid.code))
    )


async def units(session: AsyncSession) -> Sequence[OrgUnit]:
    return list(await session.scalars(select(OrgUnit).where(OrgUnit.active).order_by(OrgUnit.code)))


async def departments(session: AsyncSession) -> Sequence[Department]:
    query = select(Department).where(Department.active).order_by(Department.code)
    return list(await session.scalars(query))


async def cameras(session: AsyncSession) -> Sequence[Camera]:
    return list(await session.scalars(select(Camera).where(Camera.active).order_by(Camera.id)))


async def camera(session: AsyncSession, camera_id: str) -> Camera | None:
    """A camera by its id, also one that was removed."""
    return await session.get(Camera, camera_id)
