"""What a town's own working days contradict, or say for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from configs.errors import Severity
from configs.fault import Fault
from configs.source import Location
from configs.workdays import HolidayYear, TownCalendar, workdays


def contradictions_of_days(own: TownCalendar, shipped: Iterable[HolidayYear]) -> Iterator[Fault]:
    """Errors, and warnings of days that change nothing."""
    before = workdays(own.model_copy(update={"days_off": (), "worked": ()}), shipped)
    first: dict[int, int] = {}
    for i, each in enumerate(own.years):
        if each.year in first:
            yield Fault(
                ("calendar", "years", i, "year"),
                f"{each.year} is the year of years[{first[each.year]}] already",
                "keep the one that was announced",
            )
        first.setdefault(each.year, i)
    for key, days, other, as_it_is in (
        ("days_off", own.days_off, own.worked, False),
        ("worked", own.worked, own.days_off, True),
    ):
        for i, day in enumerate(days):
            place: Location = ("calendar", key, i)
            if day in other:
                message = f"{day} is both a day off and worked"
                yield Fault(place, message, "keep it in one of the two lists")
            elif before.is_worked(day) is as_it_is:
                message = f"{_named(day)} is {'worked' if as_it_is else 'off'} anyhow"
                fix = "correct the date, or remove it"
                yield Fault(place, message, fix, Severity.WARNING)


def _named(day: date) -> str:
    return f"{day} ({day:%A})"
