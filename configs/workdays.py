"""Which days are worked: Monday to Friday, less the days off, plus the days worked in exchange
(调休). The State Council's office gives notice of both each autumn for the next year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from pydantic import Field, model_validator

from configs.values import Model, Name

_FRIDAY = 4


class Holiday(Model):
    """Days off in a row, both ends included, weekends among them too."""

    name: Name
    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _in_order(self) -> Holiday:
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        return self

    @property
    def days(self) -> Iterator[date]:
        return (
            self.first_day + timedelta(days=n)
            for n in range((self.last_day - self.first_day).days + 1)
        )


class HolidayYear(Model):
    """The whole arrangement of a year, as one notice gives it."""

    year: int = Field(ge=2000, le=2100)
    notice: str = Field(default="", description="number of the notice that it was taken from")
    issued: date | None = None
    holidays: tuple[Holiday, ...] = Field(min_length=1)
    worked: tuple[date, ...] = Field(
        default=(), description="days of weekends that are worked in exchange"
    )

    @model_validator(mode="after")
    def _of_its_year(self) -> HolidayYear:
        for holiday in self.holidays:
            if self.year not in (holiday.first_day.year, holiday.last_day.year):
                raise ValueError(f"{holiday.name.en} ({holiday.first_day}) is not of {self.year}")
        off = {day for holiday in self.holidays for day in holiday.days}
        for day in self.worked:
            if day.year != self.year:
                raise ValueError(f"worked day {day} is not of {self.year}")
            if day in off:
                raise ValueError(f"{day} is both a day off and worked")
            if day.weekday() <= _FRIDAY:
                raise ValueError(f"{day} is no weekend's day: it is worked anyhow")
        return self


class TownCalendar(Model):
    """What a town says of its working days. Its own days go over those of any notice."""

    public: bool = Field(
        default=True, description="whether the arrangements that are shipped hold here"
    )
    years: tuple[HolidayYear, ...] = Field(
        default=(), description="whole years that are not shipped yet, or instead of those that are"
    )
    days_off: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()


class Workdays(Model):
    """Working days as they hold in a town; dates in order."""

    days_off: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()
    """Days worked although they are a weekend's."""
    known_until: date | None = None
    """The last day of the last year whose arrangement is known: after it only weekends are off.
    None: the town keeps to no arrangement, so that nothing is missing."""

    def is_worked(self, day: date) -> bool:
        return day in self.worked or (day.weekday() <= _FRIDAY and day not in self.days_off)


def workdays(own: TownCalendar, shipped: Iterable[HolidayYear]) -> Workdays:
    """What a town says, over what is shipped."""
    years = {each.year: each for each in (*(shipped if own.public else ()), *own.years)}
    off = {day for each in years.values() for holiday in each.holidays for day in holiday.days}
    worked = {day for each in years.values() for day in each.worked}
    return Workdays(
        days_off=tuple(sorted(off - set(own.worked) | set(own.days_off))),
        worked=tuple(sorted(worked - set(own.days_off) | set(own.worked))),
        known_until=_known_until(years),
    )


def _known_until(years: Iterable[int]) -> date | None:
    """The end of the last year before the first gap."""
    known = sorted(years)
    if not known:
        return None
    last = known[0]
    while last + 1 in known:
        last += 1
    return date(last, 12, 31)
