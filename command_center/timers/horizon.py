"""Said in time: the calendar ends before the deadlines that run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.timers.calendar import WorkCalendar
from command_center.timers.calendars import calendar_of
from command_center.town.repository import event_types
from configs.catalogue import EventType, WorkClock
from configs.load import catalogue_of, workdays_of
from configs.town import Town
from configs.values import Name

NOTICE = "calendar"
AHEAD = timedelta(days=14)
"""Deadlines that begin within this are looked at: time to bring the next year in. Notice of it
came between 25 October and 12 November for the years 2024 to 2026."""


def runs_out(types: Iterable[EventType], calendar: WorkCalendar, now: datetime) -> date | None:
    """The last day that is known, if a deadline that begins soon may end after it."""
    last = calendar.known_until
    if last is None:
        return None
    start = now + AHEAD
    longest = (calendar.due(start, *allowed) for each in types for allowed in _allowed(each))
    end = max(longest, default=start)
    return last if end.astimezone(calendar.zone).date() > last else None


def missing(town: Town, now: datetime) -> Name | None:
    """What is to be said of a town file whose calendar ends too soon."""
    calendar = WorkCalendar.of(town.timezone, workdays_of(town))
    last = runs_out(catalogue_of(town).event_types, calendar, now)
    return None if last is None else in_words(last)


def _allowed(event_type: EventType) -> tuple[tuple[float, WorkClock], ...]:
    """The longest that each of its working clocks may run."""
    deadlines = event_type.deadlines
    after = max(deadlines.verify, deadlines.feed_back)
    handling = (deadlines.handle, event_type.clock)
    checking = (after, WorkClock.WORKING_DAYS)
    return (checking,) if event_type.clock is WorkClock.EMERGENCY else (handling, checking)


def in_words(last: date) -> Name:
    return Name(
        zh=f"节假日安排只到{last}，此后的工作时限只按周末计算；请升级，"
        "或将下一年的安排写入城镇文件的 calendar.years",
        en=f"public holidays are known until {last}: after it deadlines count every Monday to "
        "Friday; take a newer version, or write the next year into the town file's calendar.years",
    )


async def watch(session: AsyncSession, now: datetime) -> None:
    """Say on the wall that the next year is missing, and take it down once it is here."""
    last = runs_out(await event_types(session), await calendar_of(session), now)
    if last is None:
        await end_notice(session, NOTICE, now)
    else:
        await raise_notice(session, NOTICE, NoticeLevel.WARNING, in_words(last), now)
