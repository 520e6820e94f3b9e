"""When a schedule holds, and what is wrong with one that cannot."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from configs.schedule import Schedule, Weekday, Window

NIGHTS = {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "start": "22:00", "end": "06:00"}
FRIDAY = "2026-10-02"


@pytest.mark.parametrize(
    ("schedule", "moment", "holds"),
    [
        ({}, "2026-10-02T03:00", True),
        ({"windows": [NIGHTS]}, "2026-10-02T21:59", False),
        ({"windows": [NIGHTS]}, "2026-10-02T22:00", True),
        ({"windows": [NIGHTS]}, "2026-10-03T05:59", True),  # Friday's night on Saturday
        ({"windows": [NIGHTS]}, "2026-10-03T06:00", False),
        ({"windows": [NIGHTS]}, "2026-10-03T22:30", False),
        ({"windows": [NIGHTS]}, "2026-10-05T02:00", False),  # Sunday's night is none of them
        ({"windows": [NIGHTS, {"weekdays": ["sat", "sun"]}]}, "2026-10-04T12:00", True),
        ({"windows": [NIGHTS, {"weekdays": ["sat", "sun"]}]}, "2026-10-05T00:00", False),
        ({"windows": [{"start": "08:00", "end": "24:00"}]}, "2026-10-02T23:59:59", True),
        ({"windows": [{"start": "08:00", "end": "24:00"}]}, "2026-10-02T07:59", False),
        ({"windows": [NIGHTS], "holidays": [FRIDAY]}, "2026-10-02T23:00", False),
        ({"windows": [NIGHTS], "holidays": [FRIDAY]}, "2026-10-03T05:00", False),
        ({"windows": [NIGHTS], "holidays": [FRIDAY]}, "2026-10-02T05:00", True),  # Thursday's
        ({"windows": [NIGHTS, {"dates": [FRIDAY]}], "holidays": [FRIDAY]}, f"{FRIDAY}T12:00", True),
        ({"windows": [{"dates": [FRIDAY]}]}, "2026-10-03T12:00", False),
        ({"windows": [{"start": 1320, "end": 1380}]}, "2026-10-02T22:30", True),  # unquoted 22:00
    ],
)
def test_a_schedule_holds_in_its_windows(
    schedule: dict[str, Any], moment: str, holds: bool
) -> None:
    assert Schedule.model_validate(schedule).holds(datetime.fromisoformat(moment)) is holds


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"start": 9999}, "no time of day"),
        ({"start": "25:00"}, "hour value"),
        ({"start": "22:00+08:00"}, "town's time zone"),
        ({"weekdays": []}, "name a day"),
        ({"weekdays": ["mon"], "dates": [FRIDAY]}, "two windows"),
        ({"weekdays": ["monday"]}, "'mon'"),
        ({"dates": ["2 October"]}, "date"),
    ],
)
def test_a_window_that_cannot_be_is_refused(window: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Window.model_validate(window)


def test_a_schedule_without_a_window_is_refused() -> None:
    with pytest.raises(ValidationError, match="windows"):
        Schedule(windows=())


TIMES = st.times()
MOMENTS = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01"))


@given(
    start=TIMES,
    end=TIMES,
    days=st.sets(st.sampled_from(list(Weekday)), min_size=1),
    moment=MOMENTS,
)
def test_a_window_is_the_time_from_its_start_to_its_end(
    start: time, end: time, days: set[Weekday], moment: datetime
) -> None:
    window = Window(weekdays=tuple(days), start=start, end=end)
    spans = []
    for back in (0, 1):
        day = moment.date() - timedelta(days=back)
        if list(Weekday)[day.weekday()] in days:
            begins = datetime.combine(day, start)
            ends = datetime.combine(day, end) + timedelta(days=1 if end <= start else 0)
            spans.append(begins <= moment < ends)
    assert Schedule(windows=(window,)).holds(moment) is any(spans)


@given(moment=MOMENTS)
def test_a_schedule_is_the_same_after_its_way_to_a_shard(moment: datetime) -> None:
    schedule = Schedule.model_validate(
        {"windows": [NIGHTS, {"dates": [FRIDAY]}], "holidays": [date(2026, 10, 1)]}
    )
    told = Schedule.model_validate_json(schedule.model_dump_json())
    assert told == schedule
    assert told.holds(moment) is schedule.holds(moment)
