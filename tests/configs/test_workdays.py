"""The public holidays that are shipped, and what a town may say over them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from configs.errors import ConfigError, Severity
from configs.load import check_town, sample_town, shipped_holidays
from configs.workdays import HolidayYear, TownCalendar, workdays

SHIPPED = workdays(TownCalendar(), shipped_holidays())


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize(
    ("year", "by_law", "off", "worked"),
    [(2024, 11, 28, 8), (2025, 13, 28, 5), (2026, 13, 33, 6)],
)
def test_every_holiday_by_law_is_off_once(year: int, by_law: int, off: int, worked: int) -> None:
    """What is shifted from weekends is paid back, so that a year has as many working days as it has
    weekdays, less the holidays that the law gives: 11, and 13 since 2025."""
    days = days_of(year)
    weekends = sum(day.weekday() > 4 for day in days)
    assert sum(map(SHIPPED.is_worked, days)) == len(days) - weekends - by_law
    assert sum(day.year == year for day in SHIPPED.days_off) == off
    assert sum(day.year == year for day in SHIPPED.worked) == worked


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2024, 2, 9), True),  # New Year's Eve, which was only recommended
        (date(2024, 2, 18), True),
        (date(2025, 1, 1), False),
        (date(2025, 1, 2), True),
        (date(2025, 1, 26), True),
        (date(2025, 2, 4), False),
        (date(2025, 6, 2), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 1, 2), False),
        (date(2026, 1, 4), True),
        (date(2026, 2, 23), False),
        (date(2026, 2, 28), True),
        (date(2026, 9, 20), True),
        (date(2026, 9, 25), False),
        (date(2026, 10, 10), True),
        (date(2026, 10, 17), False),
    ],
)
def test_days_that_the_notices_name(day: date, is_worked: bool) -> None:
    assert SHIPPED.is_worked(day) is is_worked


def test_each_year_says_where_it_is_from_and_the_last_is_known() -> None:
    years = shipped_holidays()
    assert all(each.notice and each.issued and each.issued.year == each.year - 1 for each in years)
    assert SHIPPED.known_until == date(years[-1].year, 12, 31)


dates = st.dates(date(2024, 1, 1), date(2026, 12, 31))
some = st.lists(dates, max_size=5).map(tuple)


@settings(deadline=None)
@given(some, some, some)
def test_a_town_has_the_last_word(
    off: tuple[date, ...], worked: tuple[date, ...], others: tuple[date, ...]
) -> None:
    worked = tuple(day for day in worked if day not in off)
    found = workdays(TownCalendar(days_off=off, worked=worked), shipped_holidays())
    assert not any(map(found.is_worked, off))
    assert all(map(found.is_worked, worked))
    rest = set(others) - {*off, *worked}
    assert all(found.is_worked(day) is SHIPPED.is_worked(day) for day in rest)


def a_year(year: int) -> HolidayYear:
    day = f"{year}-01-01"
    name = {"zh": "元旦", "en": "New Year"}
    holiday = {"name": name, "first_day": day, "last_day": day}
    return HolidayYear.model_validate({"year": year, "holidays": [holiday]})


def test_a_town_adds_the_year_that_is_not_shipped_or_has_none() -> None:
    last = shipped_holidays()[-1].year
    own = TownCalendar(years=(a_year(last + 1),))
    assert workdays(own, shipped_holidays()).known_until == date(last + 1, 12, 31)
    gap = TownCalendar(years=(a_year(last + 2),))
    assert workdays(gap, shipped_holidays()).known_until == date(last, 12, 31)
    none = workdays(TownCalendar(public=False), shipped_holidays())
    assert none.known_until is None
    assert none.is_worked(date(2025, 10, 1))


def test_a_year_of_the_town_counts_instead_of_the_shipped_one() -> None:
    found = workdays(TownCalendar(years=(a_year(2026),)), shipped_holidays())
    assert found.is_worked(date(2026, 2, 17))
    assert not found.is_worked(date(2026, 2, 28))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"worked": ["2026-01-01"]}, "both a day off and worked"),
        ({"worked": ["2026-01-05"]}, "worked anyhow"),
        ({"worked": ["2027-01-02"]}, "not of 2026"),
        ({"year": 2025}, "is not of 2025"),
        ({"holidays": []}, "at least 1"),
    ],
)
def test_a_year_that_contradicts_itself(change: dict[str, object], message: str) -> None:
    sound = a_year(2026).model_dump()
    with pytest.raises(ValidationError, match=message):
        HolidayYear.model_validate(sound | change)


@pytest.mark.parametrize(
    ("calendar", "where", "message", "severity"),
    [
        ("{days_off: [2026-10-01]}", "calendar.days_off[0]", "is off anyhow", Severity.WARNING),
        ("{worked: [2026-10-10]}", "calendar.worked[0]", "worked anyhow", Severity.WARNING),
        ("{public: false, worked: [2026-10-01]}", "calendar.worked[0]", "anyhow", Severity.WARNING),
        (
            "{days_off: [2026-11-23], worked: [2026-11-23]}",
            "calendar.days_off[0]",
            "both a day off and worked",
            Severity.ERROR,
        ),
        ("{days_off: [tomorrow]}", "calendar.days_off[0]", "date", Severity.ERROR),
        ("{day_off: [2026-11-23]}", "calendar.day_off", "not a key", Severity.ERROR),
    ],
)
def test_doubtful_days_are_said_with_their_place(
    tmp_path: Path, calendar: str, where: str, message: str, severity: Severity
) -> None:
    path = tmp_path / "town.yaml"
    text = sample_town("demo").read_text(encoding="utf-8")
    path.write_text(f"{text}\ncalendar: {calendar}\n", encoding="utf-8")
    try:
        problems = check_town(path)[1]
    except ConfigError as error:
        problems = error.problems
    found = [p for p in problems if p.where == where]
    assert [(p.severity, message in p.message) for p in found] == [(severity, True)]
