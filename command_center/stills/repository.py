"""Reading and renewing what is wanted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.stills.tables import WantedStill


async def wanted(
    session: AsyncSession, camera_ids: Collection[str], now: datetime
) -> tuple[str, ...]:
    """Those of the cameras that somebody looks at, sorted."""
    query = select(WantedStill.camera_id).where(WantedStill.until > now)
    looked_at = set(await session.scalars(query))
    return tuple(sorted(looked_at.intersection(camera_ids)))


async def wanted_until(session: AsyncSession, camera_id: str) -> datetime | None:
    found = await session.get(WantedStill, camera_id)
    return None if found is None else found.until


async def want(session: AsyncSession, camera_id: str, until: datetime) -> None:
    found = await session.get(WantedStill, camera_id, with_for_update=True)
    if found is None:
        session.add(WantedStill(camera_id=camera_id, until=until))
    else:
        found.until = max(found.until, until)
