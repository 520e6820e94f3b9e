"""One transaction's worth of work: the session, the moment, and the town's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.timers.calendar import WorkCalendar
from command_center.timers.calendars import calendar_of


@dataclass(frozen=True, slots=True)
class Turn:
    session: AsyncSession
    now: datetime
    calendar: WorkCalendar


async def begin(session: AsyncSession, now: datetime) -> Turn:
    """
    Raises:
        Problem: 503, there is no town yet.
    """
    return Turn(session, now, await calendar_of(session))
