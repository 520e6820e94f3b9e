"""The calendar of the town."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.timers.calendar import WorkCalendar
from command_center.town.held import held_town
from command_center.town.tables import TownRecord


async def calendar_of(session: AsyncSession) -> WorkCalendar:
    """
    Raises:
        Problem: 503, there is no town yet.
    """
    return (await held_town(session)).calendar


async def calendar_if_any(session: AsyncSession) -> WorkCalendar | None:
    """None: there is no town yet."""
    is_here = await session.scalar(select(TownRecord.code).limit(1))
    return None if is_here is None else await calendar_of(session)
