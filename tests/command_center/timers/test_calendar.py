"""Deadlines on the three clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_center.timers.calendar import WorkCalendar
from configs.catalogue import WorkClock
from configs.load import shipped_holidays
from configs.workdays import TownCalendar, workdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(SHANGHAI)
HOUR = 3600.0
DAY = 86400.0


def local(day: int, hour: int = 0, minute: int = 0, month: int = 6) -> datetime:
    """June 2025: the 2nd, 9th … are Mondays."""
    return datetime(2025, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "seconds", "clock", "end"),
    [
        (local(7, 23), 2 * HOUR, WorkClock.EMERGENCY, local(8, 1)),
        (local(2, 9), HOUR, WorkClock.WORKING_HOURS, local(2, 10)),
        (local(2, 11, 30), HOUR, WorkClock.WORKING_HOURS, local(2, 14, 30)),
        (local(2, 11), HOUR, WorkClock.WORKING_HOURS, local(2, 12)),
        (local(2, 17), HOUR, WorkClock.WORKING_HOURS, local(3, 9)),
        (local(6, 17), HOUR, WorkClock.WORKING_HOURS, local(9, 9)),
        (local(7, 12), HOUR, WorkClock.WORKING_HOURS, local(9, 9, 30)),
        (local(2, 3), HOUR, WorkClock.WORKING_HOURS, local(2, 9, 30)),
        (local(2, 8, 30), 7 * HOUR, WorkClock.WORKING_HOURS, local(2, 17, 30)),
        (local(2, 8, 30), 24 * HOUR, WorkClock.WORKING_HOURS, local(5, 11, 30)),
        (local(2, 10), DAY, WorkClock.WORKING_DAYS, local(3, 10)),
        (local(6, 16), DAY, WorkClock.WORKING_DAYS, local(9, 16)),
        (local(7, 12), DAY, WorkClock.WORKING_DAYS, local(10, 0)),
        (local(2, 10), 5 * DAY, WorkClock.WORKING_DAYS, local(9, 10)),
        (local(2, 10), 0.0, WorkClock.WORKING_HOURS, local(2, 10)),
    ],
)
def test_due(start: datetime, seconds: float, clock: WorkClock, end: datetime) -> None:
    assert CALENDAR.due(start, seconds, clock) == end


def test_holidays_and_days_worked_in_exchange() -> None:
    calendar = WorkCalendar(
        SHANGHAI, holidays=frozenset({date(2025, 6, 2)}), extra_days=frozenset({date(2025, 6, 7)})
    )
    friday = local(30, 17, month=5)
    assert calendar.due(friday, HOUR, WorkClock.WORKING_HOURS) == local(3, 9)
    assert calendar.due(local(6, 17), HOUR, WorkClock.WORKING_HOURS) == local(7, 9)


def test_another_time_zone_of_the_caller_changes_nothing() -> None:
    utc = local(2, 17).astimezone(UTC)
    assert CALENDAR.due(utc, HOUR, WorkClock.WORKING_HOURS) == local(3, 9)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 (made local next)
    lambda naive: naive.replace(tzinfo=SHANGHAI)
)
clocks = st.sampled_from(WorkClock)


@given(moments, st.floats(1, 30 * DAY), clocks)
def test_what_was_allowed_is_what_has_gone_by(
    start: datetime, seconds: float, clock: WorkClock
) -> None:
    end = CALENDAR.due(start, seconds, clock)
    assert CALENDAR.elapsed(start, end, clock) == pytest.approx(seconds, abs=0.01)


@given(moments, st.floats(1, 5 * DAY), st.floats(1, 5 * DAY), clocks)
def test_two_spans_make_one(start: datetime, one: float, two: float, clock: WorkClock) -> None:
    """The clock may be stopped and started anywhere: nothing is lost or won."""
    by_parts = CALENDAR.due(CALENDAR.due(start, one, clock), two, clock)
    at_once = CALENDAR.due(start, one + two, clock)
    assert abs((by_parts - at_once).total_seconds()) < 0.01


@given(moments, st.timedeltas(timedelta(0), timedelta(days=30)), clocks)
def test_no_clock_runs_faster_than_time(start: datetime, gone: timedelta, clock: WorkClock) -> None:
    elapsed = CALENDAR.elapsed(start, start + gone, clock)
    assert 0 <= elapsed <= gone.total_seconds() + 1e-6


days = st.frozensets(st.dates(date(2024, 1, 1), date(2027, 2, 1)), max_size=40)


@settings(deadline=None)
@given(moments, st.floats(1, 30 * DAY), st.floats(0, 30 * DAY), clocks, days, days)
def test_who_is_given_more_time_is_never_due_earlier(
    start: datetime,
    seconds: float,
    more: float,
    clock: WorkClock,
    off: frozenset[date],
    worked: frozenset[date],
) -> None:
    calendar = WorkCalendar(SHANGHAI, holidays=off, extra_days=worked)
    due = calendar.due(start, seconds, clock)
    assert start < due <= calendar.due(start, seconds + more, clock)


@settings(deadline=None)
@given(moments, st.floats(1, 30 * DAY), clocks, days, days)
def test_another_day_off_makes_no_deadline_earlier_and_another_worked_one_none_later(
    start: datetime,
    seconds: float,
    clock: WorkClock,
    some: frozenset[date],
    more: frozenset[date],
) -> None:
    due = WorkCalendar(SHANGHAI, holidays=some).due(start, seconds, clock)
    assert WorkCalendar(SHANGHAI, holidays=some | more).due(start, seconds, clock) >= due
    worked = WorkCalendar(SHANGHAI, holidays=some, extra_days=more)
    assert worked.due(start, seconds, clock) <= due


@settings(deadline=None)
@given(moments, st.integers(1, 30), days, days)
def test_n_working_days_span_n_working_days(
    start: datetime, n: int, off: frozenset[date], worked: frozenset[date]
) -> None:
    """Counted from the first moment that counts: as many midnights of working days go by, and the
    deadline has the same time of day."""
    calendar = WorkCalendar(SHANGHAI, holidays=off, extra_days=worked)
    due = calendar.due(start, n * DAY, WorkClock.WORKING_DAYS)
    first = start.date()
    span = [first + timedelta(days=i) for i in range((due.date() - first).days)]
    counted = sum(calendar.is_working_day(day) for day in span)
    if calendar.is_working_day(first) and due.time() != time(0):
        assert counted == n
        assert due.time() == start.time()
    else:  # begins and ends at the midnights about working days
        assert counted == n
        assert due.time() == time(0)


@settings(deadline=None)
@given(days, days, days, days)
def test_the_first_day_on_which_two_calendars_part(
    off: frozenset[date], worked: frozenset[date], off2: frozenset[date], worked2: frozenset[date]
) -> None:
    one = WorkCalendar(SHANGHAI, holidays=off, extra_days=worked)
    other = WorkCalendar(SHANGHAI, holidays=off2, extra_days=worked2)
    every = [date(2023, 12, 25) + timedelta(days=n) for n in range(1200)]
    apart = [day for day in every if one.is_working_day(day) != other.is_working_day(day)]
    first = one.differs_from(other)
    assert first == (datetime.combine(apart[0], time(0), SHANGHAI) if apart else None)


@pytest.mark.parametrize(
    ("start", "seconds", "clock", "end"),
    [
        # 10:00 on the day before National Day of 2025; the 11th is a Saturday that is worked.
        ((2025, 9, 30, 10), 2 * DAY, WorkClock.WORKING_DAYS, (2025, 10, 10, 10)),
        ((2025, 9, 30, 10), 3 * DAY, WorkClock.WORKING_DAYS, (2025, 10, 11, 10)),
        ((2025, 9, 30, 17), HOUR, WorkClock.WORKING_HOURS, (2025, 10, 9, 9)),
        ((2026, 2, 14, 17), HOUR, WorkClock.WORKING_HOURS, (2026, 2, 24, 9)),
        ((2026, 2, 13, 16), DAY, WorkClock.WORKING_DAYS, (2026, 2, 14, 16)),
        ((2026, 2, 13, 16), DAY, WorkClock.EMERGENCY, (2026, 2, 14, 16)),
        ((2024, 2, 9, 12), DAY, WorkClock.WORKING_DAYS, (2024, 2, 18, 12)),
        ((2027, 1, 1, 12), DAY, WorkClock.WORKING_DAYS, (2027, 1, 4, 12)),
    ],
)
def test_deadlines_over_public_holidays(
    start: tuple[int, ...], seconds: float, clock: WorkClock, end: tuple[int, ...]
) -> None:
    calendar = WorkCalendar.of("Asia/Shanghai", workdays(TownCalendar(), shipped_holidays()))
    assert calendar.due(at(start), seconds, clock) == at(end)


def at(parts: tuple[int, ...]) -> datetime:
    year, month, day, hour = parts
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


@given(moments, moments, clocks)
def test_time_never_runs_backwards(one: datetime, two: datetime, clock: WorkClock) -> None:
    if two <= one:
        assert CALENDAR.elapsed(one, two, clock) == 0
