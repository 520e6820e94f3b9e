"""When something holds: weekdays, dates and hours of a town's own time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from configs.values import Model


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEKDAYS = tuple(Weekday)
_MIDNIGHT = time()
_MINUTES_A_DAY = 24 * 60


def _time_of_day(value: object) -> object:
    """YAML 1.1 reads an unquoted 22:00 as the number 22 x 60; people end a day at 24:00."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= _MINUTES_A_DAY:
            raise ValueError(f'{value} is no time of day; write it as "22:00"')
        hours, minutes = divmod(value, 60)
        return time(hours % 24, minutes)
    return _MIDNIGHT if value == "24:00" else value


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    # JSON Schema's own format "time" (RFC 3339) asks for an offset.
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$|^24:00$"}),
]
"""Hours and minutes on a clock in the town; 24:00 is the midnight that ends a day."""


class Window(Model):
    """Hours of some days. An `end` at or before `start` lies past midnight; both 00:00: the whole
    day. Days are those on which it starts: weekdays, or dates, holidays or not."""

    weekdays: tuple[Weekday, ...] = _WEEKDAYS
    dates: tuple[date, ...] = Field(default=(), description="these days, and no weekdays")
    start: TimeOfDay = _MIDNIGHT
    end: TimeOfDay = _MIDNIGHT

    @model_validator(mode="after")
    def _on_some_day(self) -> Window:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("start and end are in the town's time zone; leave the offset out")
        if self.dates and "weekdays" in self.model_fields_set and self.weekdays != _WEEKDAYS:
            raise ValueError("give weekdays or dates; two windows if both are meant")
        if not self.dates and not self.weekdays:
            raise ValueError("weekdays is empty; name a day, or leave it out for every day")
        return self

    def starts_on(self, day: date, holidays: frozenset[date]) -> bool:
        if self.dates:
            return day in self.dates
        return day not in holidays and _WEEKDAYS[day.weekday()] in self.weekdays

    def holds(self, local: datetime, holidays: frozenset[date]) -> bool:
        day, at = local.date(), local.time()
        if self.start < self.end:
            return self.start <= at < self.end and self.starts_on(day, holidays)
        if at >= self.start and self.starts_on(day, holidays):
            return True
        return at < self.end and self.starts_on(day - timedelta(days=1), holidays)


class Schedule(Model):
    """Watches while any of its windows holds."""

    windows: tuple[Window, ...] = Field(default=(Window(),), min_length=1)
    holidays: tuple[date, ...] = Field(
        default=(), description="dates on which no window of weekdays starts"
    )

    def holds(self, local: datetime) -> bool:
        """Whether it watches at this moment of the town's own time; the start counts, the end does
        not."""
        holidays = frozenset(self.holidays)
        return any(window.holds(local, holidays) for window in self.windows)
