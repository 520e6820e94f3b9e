"""The calendar of the town: read from the database once an import, not once a move."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.timers.calendar import WorkCalendar
from command_center.town.repository import town
from command_center.town.tables import TownRecord

_calendars: WeakKeyDictionary[Engine, tuple[str, WorkCalendar]] = WeakKeyDictionary()
"""One a database, with the version of the town that it was made for."""


async def calendar_of(session: AsyncSession) -> WorkCalendar:
    """
    Raises:
        Problem: 503, there is no town yet.
    """
    record = await town(session)
    engine = session.get_bind().engine
    kept = _calendars.get(engine)
    if kept is None or kept[0] != record.config_version:
        days = (await session.execute(select(TownRecord.workdays))).scalar_one()
        calendar = WorkCalendar.of(record.timezone, days)
        kept = _calendars[engine] = (record.config_version, calendar)
    return kept[1]


async def calendar_if_any(session: AsyncSession) -> WorkCalendar | None:
    """None: there is no town yet."""
    is_here = await session.scalar(select(TownRecord.code).limit(1))
    return None if is_here is None else await calendar_of(session)
