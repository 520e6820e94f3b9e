"""On duty or not: shifts past midnight, leave, and clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.database import Database
from command_center.town.duty import answer, on_duty
from command_center.town.importing import import_town
from command_center.town.tables import Leave, Shift
from configs.schedule import Weekday
from configs.values import Name
from tests.command_center.example import CATALOGUE, TOWN

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Its clocks change by half an hour."""
ZONES = (SHANGHAI, BERLIN, NEW_YORK, LORD_HOWE)


def shift(start: str, end: str, days: tuple[Weekday, ...] = tuple(Weekday)) -> Shift:
    return Shift(
        person="x",
        name=Name(zh="班", en="Shift"),
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        weekdays=days,
    )


def leave(first: str, last: str) -> Leave:
    return Leave(
        person="x",
        first_day=date.fromisoformat(first),
        last_day=date.fromisoformat(last),
        reason="",
    )


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


DAY = shift("08:00", "16:00")
NIGHT = shift("22:00", "06:00")
MONDAY_NIGHT = shift("22:00", "06:00", (Weekday.MON,))
ALL_DAY = shift("00:00", "00:00", (Weekday.MON,))


@pytest.mark.parametrize(
    ("shifts", "at", "on"),
    [
        ((DAY,), "2025-06-02T07:59:59", False),
        ((DAY,), "2025-06-02T08:00", True),
        ((DAY,), "2025-06-02T15:59:59", True),
        ((DAY,), "2025-06-02T16:00", False),
        ((NIGHT,), "2025-06-02T23:00", True),
        ((NIGHT,), "2025-06-03T05:59", True),
        ((NIGHT,), "2025-06-03T06:00", False),
        ((MONDAY_NIGHT,), "2025-06-03T05:00", True),
        ((MONDAY_NIGHT,), "2025-06-02T05:00", False),
        ((MONDAY_NIGHT,), "2025-06-03T23:00", False),
        ((ALL_DAY,), "2025-06-02T00:00", True),
        ((ALL_DAY,), "2025-06-02T23:59", True),
        ((ALL_DAY,), "2025-06-03T00:00", False),
        ((DAY, NIGHT), "2025-06-02T18:00", False),
        ((DAY, NIGHT), "2025-06-02T03:00", True),
        ((), "2025-06-02T03:00", True),
    ],
)
def test_shifts(shifts: tuple[Shift, ...], at: str, on: bool) -> None:
    assert answer(shifts, (), local(at), SHANGHAI).on is on


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2025-06-01T23:00", True),
        ("2025-06-02T00:00", False),
        ("2025-06-03T23:59", False),
        # The night of the last day of leave never began for this person.
        ("2025-06-04T05:00", False),
        ("2025-06-04T22:00", True),
    ],
)
def test_leave_is_by_whole_days_of_the_town(at: str, on: bool) -> None:
    away = (leave("2025-06-02", "2025-06-03"),)
    assert answer((NIGHT,), away, local(at), SHANGHAI).on is on


def test_the_reason_can_be_read() -> None:
    away = answer((DAY,), (leave("2025-06-02", "2025-06-03"),), local("2025-06-02T09:00"), SHANGHAI)
    assert away.why == Name(zh="休假至 2025-06-03", en="on leave until 2025-06-03")
    assert answer((DAY,), (), local("2025-06-02T09:00"), SHANGHAI).why.en == "on duty (Shift)"
    assert answer((DAY,), (), local("2025-06-02T19:00"), SHANGHAI).why.en == "off shift"
    assert (
        answer((), (), local("2025-06-02T19:00"), SHANGHAI).why.en == "on call: no shifts are set"
    )


def test_the_towns_clock_counts_not_the_servers() -> None:
    at = datetime(2025, 6, 2, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai, 02:30 in Berlin
    assert answer((DAY,), (), at, SHANGHAI).on
    assert not answer((DAY,), (), at, BERLIN).on


@pytest.mark.parametrize(
    ("night", "hours"),
    [("2025-03-29T22:00", 7), ("2025-10-25T22:00", 9), ("2025-06-01T22:00", 8)],
)
def test_a_night_is_as_long_as_the_clocks_make_it(night: str, hours: int) -> None:
    """Berlin loses an hour on 30 March 2025 and gains one on 26 October."""
    start = local(night, BERLIN)
    covered = [
        answer((NIGHT,), (), start + timedelta(minutes=m), BERLIN).on for m in range(12 * 60)
    ]
    assert covered.index(False) == hours * 60


moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 (hypothesis adds the time zone itself)
    max_value=datetime(2026, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(at=moments, zone=st.sampled_from(ZONES), first=st.integers(0, 23), second=st.integers(0, 23))
def test_two_shifts_that_share_the_day_leave_no_gap(
    at: datetime, zone: ZoneInfo, first: int, second: int
) -> None:
    """Also in the night in which clocks change: somebody is always on duty."""
    one, other = f"{first:02}:00", f"{second:02}:00"
    shifts = (shift(one, other), shift(other, one)) if first != second else (shift(one, one),)
    assert answer(shifts, (), at, zone).on


@pytest.mark.anyio
async def test_people_of_the_database(database: Database) -> None:
    at = local("2025-06-02T10:00")
    async with database.transaction() as session:
        await import_town(session, TOWN, CATALOGUE, now=at, first_hash=lambda _: None)
        assert (await on_duty(session, "worker", at)).on
        assert not (await on_duty(session, "backup", at)).on
        assert (await on_duty(session, "chief", at)).on
        assert not (await on_duty(session, "worker", at + timedelta(hours=9))).on
        nobody = await on_duty(session, "nobody", at)
    assert not nobody.on
    assert nobody.why.en == "not on the list of people"
