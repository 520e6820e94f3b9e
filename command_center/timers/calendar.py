"""Deadlines on three clocks: around the clock, working hours, working days.

- EMERGENCY counts every second.
- WORKING_HOURS counts only 08:30-12:00 and 14:00-17:30, Monday to Friday: the office hours of
  most of the country's town governments. 7 hours make a day.
- WORKING_DAYS counts whole days, nights included, but skips Saturday, Sunday and holidays, so
  that "one working day" given at Friday 16:00 ends at Monday 16:00 (一个工作日).

Public holidays, and the weekend days worked in exchange for them (调休), are data
(`configs/calendar`, and a town's own in its file); here they are sets of dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from configs.catalogue import WorkClock
from configs.workdays import Workdays

OFFICE_HOURS = ((time(8, 30), time(12)), (time(14), time(17, 30)))

_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    zone: ZoneInfo
    hours: tuple[tuple[time, time], ...] = OFFICE_HOURS
    holidays: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()
    """Days that are worked although they are a weekend's."""
    known_until: date | None = None
    """After it only weekends are off, for no notice was given yet; None: nothing is missing."""

    @classmethod
    def of(cls, timezone: str, days: Workdays) -> WorkCalendar:
        """The calendar of a town in this time zone, with these working days."""
        return cls(
            ZoneInfo(timezone),
            holidays=frozenset(days.days_off),
            extra_days=frozenset(days.worked),
            known_until=days.known_until,
        )

    def due(self, start: datetime, seconds: float, clock: WorkClock) -> datetime:
        """The moment at which `seconds` will have been counted since `start`."""
        if clock is WorkClock.EMERGENCY or seconds <= 0:
            return start + timedelta(seconds=max(seconds, 0.0))
        left = seconds
        for begin, end in self._spans(start, clock):
            length = (end - begin).total_seconds()
            if left <= length:
                return begin + timedelta(seconds=left)
            left -= length
        raise AssertionError("spans never end")

    def elapsed(self, start: datetime, end: datetime, clock: WorkClock) -> float:
        """Seconds counted between two moments; 0 if `end` is not after `start`."""
        if clock is WorkClock.EMERGENCY:
            return max((end - start).total_seconds(), 0.0)
        counted = 0.0
        for begin, stop in self._spans(start, clock):
            if begin >= end:
                break
            counted += (min(stop, end) - begin).total_seconds()
        return counted

    def is_working_day(self, day: date) -> bool:
        if day in self.extra_days:
            return True
        return day.weekday() <= _FRIDAY and day not in self.holidays

    def differs_from(self, other: WorkCalendar) -> datetime | None:
        """The first moment that one of them counts and the other does not; None: there is none."""
        if (self.zone, self.hours) != (other.zone, other.hours):
            return datetime.min.replace(tzinfo=UTC)
        named = self.holidays | self.extra_days | other.holidays | other.extra_days
        days = (d for d in sorted(named) if self.is_working_day(d) != other.is_working_day(d))
        first = next(days, None)
        return None if first is None else self._at(first, time(0))

    def _spans(self, start: datetime, clock: WorkClock) -> Iterator[tuple[datetime, datetime]]:
        """Counted spans from `start` on, in order, without end."""
        day = start.astimezone(self.zone).date()
        while True:
            if self.is_working_day(day):
                for begin, end in self._spans_of(day, clock):
                    if end > start:
                        yield max(begin, start), end
            day += timedelta(days=1)

    def _spans_of(self, day: date, clock: WorkClock) -> Iterator[tuple[datetime, datetime]]:
        if clock is WorkClock.WORKING_DAYS:
            yield self._at(day, time(0)), self._at(day + timedelta(days=1), time(0))
            return
        for begin, end in self.hours:
            yield self._at(day, begin), self._at(day, end)

    def _at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, tzinfo=self.zone)
