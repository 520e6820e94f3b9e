"""All SQL about sensors and pushed readings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.sensors.tables import PushedReading, Sensor, SensorStatus


async def sensor(session: AsyncSession, sensor_id: str) -> Sensor | None:
    """A sensor by its id, also one that has left the town file."""
    return await session.get(Sensor, sensor_id)


async def with_status(session: AsyncSession) -> Sequence[tuple[Sensor, SensorStatus | None]]:
    """All sensors with what is known of each, by id."""
    rows = await session.execute(
        select(Sensor, SensorStatus)
        .outerjoin(SensorStatus, SensorStatus.sensor_id == Sensor.id)
        .where(Sensor.active)
        .order_by(Sensor.id)
    )
    return [(found, status) for found, status in rows]


async def active(session: AsyncSession, ids: Collection[str]) -> dict[str, Sensor]:
    query = select(Sensor).where(Sensor.active, Sensor.id.in_(ids))
    return {row.id: row for row in await session.scalars(query)}


async def has_active(session: AsyncSession) -> bool:
    return await session.scalar(select(Sensor.id).where(Sensor.active).limit(1)) is not None


async def statuses(session: AsyncSession, ids: Collection[str]) -> dict[str, SensorStatus]:
    query = select(SensorStatus).where(SensorStatus.sensor_id.in_(ids))
    return {row.sensor_id: row for row in await session.scalars(query)}


async def waiting(session: AsyncSession) -> int:
    return int(await session.scalar(select(func.count()).select_from(PushedReading)) or 0)


async def oldest(session: AsyncSession, most: int) -> Sequence[PushedReading]:
    query = select(PushedReading).order_by(PushedReading.id).limit(most)
    return list(await session.scalars(query))


async def dealt_with(session: AsyncSession, ids: Collection[int]) -> None:
    await session.execute(delete(PushedReading).where(PushedReading.id.in_(ids)))


async def prune(session: AsyncSession, before: datetime) -> int:
    """Forget readings that nobody fetched; how many."""
    query = delete(PushedReading).where(PushedReading.received_at < before)
    gone = await session.execute(query.returning(PushedReading.id))
    return len(gone.all())
