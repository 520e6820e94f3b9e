"""Deadlines on the three clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.timers.calendar import WorkCalendar
from configs.catalogue import WorkClock

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


@given(moments, moments, clocks)
def test_time_never_runs_backwards(one: datetime, two: datetime, clock: WorkClock) -> None:
    if two <= one:
        assert CALENDAR.elapsed(one, two, clock) == 0
