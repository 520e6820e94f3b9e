"""Who is on duty at a moment. Someone off duty is skipped at once, never waited for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.asked import asked
from command_center.people.tables import Person
from command_center.town.held import held_town
from command_center.town.tables import Leave, Shift
from configs.schedule import Weekday
from configs.values import Name

_WEEKDAYS = tuple(Weekday)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DutyAnswer:
    on: bool
    why: Name


async def on_duty(session: AsyncSession, login: str, at: datetime) -> DutyAnswer:
    """Whether a person is on duty at `at`, and why, to be kept with a routing decision.

    A person in no shift at all is always on duty: in a small village the grid worker is on
    call day and night, and silently having nobody would be the worse mistake.
    """
    return await asked(session, (on_duty, login, at), lambda: _on_duty(session, login, at))


async def _on_duty(session: AsyncSession, login: str, at: datetime) -> DutyAnswer:
    person = await session.get(Person, login)
    if person is None or not person.active:
        return DutyAnswer(False, Name(zh="不在册", en="not on the list of people"))
    shifts = await session.scalars(select(Shift).where(Shift.person == login).order_by(Shift.id))
    leave = await session.scalars(select(Leave).where(Leave.person == login))
    zone = (await held_town(session)).calendar.zone
    return answer(tuple(shifts), tuple(leave), at, zone)


def answer(
    shifts: tuple[Shift, ...], leave: tuple[Leave, ...], at: datetime, zone: ZoneInfo
) -> DutyAnswer:
    """The answer for one person with these shifts and this leave, in the town's time zone."""
    today = at.astimezone(zone).date()
    away = _leave_on(leave, today)
    if away is not None:
        return _on_leave(away)
    if not shifts:
        return DutyAnswer(True, Name(zh="未排班，随时在岗", en="on call: no shifts are set"))
    # A shift that began yesterday may last till today; one on a day of leave never began.
    for day in (today, today - _DAY):
        began_away = _leave_on(leave, day)
        for shift in shifts:
            if _covers(shift, day, at, zone):
                return _on_leave(began_away) if began_away else _on_shift(shift)
    return DutyAnswer(False, Name(zh="不在班次内", en="off shift"))


def next_on_duty(
    shifts: tuple[Shift, ...],
    leave: tuple[Leave, ...],
    now: datetime,
    until: datetime,
    zone: ZoneInfo,
) -> datetime | None:
    """When a person is on duty: `now`, or when that begins before `until`; None: not before it."""
    begins: list[datetime] = []
    day = now.astimezone(zone).date()
    while (midnight := datetime.combine(day, time(), zone).astimezone(UTC)) < until:
        begins.append(midnight)  # leave may be over, or a night shift go on after it
        begins += [datetime.combine(day, s.start, zone).astimezone(UTC) for s in shifts]
        day += _DAY
    later = sorted(moment for moment in begins if now < moment < until)
    return next((at for at in (now, *later) if answer(shifts, leave, at, zone).on), None)


def _leave_on(leave: Iterable[Leave], day: date) -> Leave | None:
    return next((x for x in leave if x.first_day <= day <= x.last_day), None)


def _covers(shift: Shift, day: date, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the shift that begins on `day` covers `at`; start included, end excluded.

    Moments are compared in UTC: two local times of one zone would be compared by the clock
    on the wall, which is wrong in the night in which clocks change.
    """
    if _WEEKDAYS[day.weekday()] not in shift.weekdays:
        return False
    last_day = day if shift.end > shift.start else day + _DAY
    start = datetime.combine(day, shift.start, zone).astimezone(UTC)
    end = datetime.combine(last_day, shift.end, zone).astimezone(UTC)
    return start <= at.astimezone(UTC) < end


def _on_leave(leave: Leave) -> DutyAnswer:
    last = leave.last_day.isoformat()
    return DutyAnswer(False, Name(zh=f"休假至 {last}", en=f"on leave until {last}"))


def _on_shift(shift: Shift) -> DutyAnswer:
    return DutyAnswer(True, Name(zh=f"在岗（{shift.name.zh}）", en=f"on duty ({shift.name.en})"))
