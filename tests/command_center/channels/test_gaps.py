"""Who cannot be reached is found out before he is needed."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from command_center.channels import gaps
from command_center.here import ask
from command_center.housekeeping import watch_channels
from command_center.town.duty import answer, next_on_duty
from command_center.town.tables import Leave, Shift
from configs.schedule import Weekday
from tests.command_center.channels.browser import Phone
from tests.command_center.channels.reaching import add, deliver, subscribed
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import START, TurnedClock, name
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.webhooks.receiver import Receiver

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2025, 6, 2, 16, tzinfo=UTC)
"""Midnight in Shanghai."""


async def listed(client: httpx.AsyncClient, hours: int = 24) -> dict[str, tuple[str, datetime]]:
    items = (await client.get("/channels/gaps", params={"hours": hours})).json()["items"]
    return {g["person"]: (g["why"], datetime.fromisoformat(g["needed_at"])) for g in items}


@ON_BOTH
async def test_who_is_on_duty_now_or_soon_without_a_channel(
    app: FastAPI, log_in: LogIn, clock: TurnedClock, there: Receiver
) -> None:
    """`backup` is on leave until tomorrow; `operator` and `worker` have a shift by day."""
    lead, worker = await log_in("lead"), await log_in("worker")
    clock.now = NIGHT
    first = await listed(lead)
    morning = NIGHT + timedelta(hours=8)
    assert first == {
        **dict.fromkeys(("chief", "lead", "police", "supervisor"), ("no_channel", NIGHT)),
        **dict.fromkeys(("operator", "worker"), ("no_channel", morning)),
    }
    assert set(await listed(lead, 7)) == {"chief", "lead", "police", "supervisor"}
    assert set(await listed(lead, 30)) == {*first, "backup"}
    operator = await log_in("operator")
    await add(operator, "web_push", Phone(there.url).subscription())
    await deliver(app)
    await subscribed(app, worker, there)
    found = await listed(lead)
    assert found["operator"] == ("not_verified", morning)
    assert "worker" not in found


@ON_BOTH
async def test_a_channel_that_fails_is_none_and_the_wall_says_so(
    app: FastAPI, log_in: LogIn, there: Receiver
) -> None:
    lead, worker = await log_in("lead"), await log_in("worker")
    await watch_channels(ground_of(app))
    assert (await lead.get("/notices")).json()["items"] == [], "nobody uses channels yet"
    _, channel = await subscribed(app, worker, there)
    await watch_channels(ground_of(app))
    (notice,) = (await lead.get("/notices")).json()["items"]
    assert notice["id"] == "channels"
    assert notice["text"]["en"].startswith("5 on duty and 0 within 24 hours")
    assert "worker" not in await listed(lead)
    there.answers = [(410, {})]
    await worker.post(f"/channels/{channel['id']}/code")
    await deliver(app)
    assert (await listed(lead))["worker"] == ("failing", START)
    metrics = "http://town.test/metrics"
    admin = await log_in("admin")
    assert 'fenghuo_people_unreachable{needed="now"} 6.0' in (await admin.get(metrics)).text


async def test_who_may_see_it(log_in: LogIn) -> None:
    for login in ("worker", "chief", "engineer", "police", "auditor"):
        assert (await (await log_in(login)).get("/channels/gaps")).status_code == 403
        assert (await (await log_in(login)).get("/phone-orders")).status_code == 403


@pytest.mark.usefixtures("app")
async def test_the_command_line_reads_it_from_the_database(
    database_url: str, clock: TurnedClock
) -> None:
    found = await asyncio.to_thread(ask, database_url, lambda s: gaps.find(s, clock()))
    assert found is not None
    assert "worker" in {gap.person.login for gap in found}
    assert ask("sqlite+aiosqlite:////nowhere/x.db", lambda s: gaps.find(s, clock())) is None


WEEK = st.sets(st.sampled_from(list(Weekday)), min_size=1).map(tuple)
SHIFTS = st.lists(
    st.builds(
        lambda start, end, days: Shift(
            person="li", name=name("x"), start=time(start), end=time(end), weekdays=days
        ),
        st.integers(0, 23),
        st.integers(0, 23),
        WEEK,
    ),
    max_size=3,
).map(tuple)
LEAVE = st.lists(
    st.builds(
        lambda first, days: Leave(
            person="li",
            first_day=date(2025, 6, 1) + timedelta(first),
            last_day=date(2025, 6, 1) + timedelta(first + days),
        ),
        st.integers(0, 4),
        st.integers(0, 2),
    ),
    max_size=2,
).map(tuple)


@given(SHIFTS, LEAVE, st.integers(0, 47), st.integers(1, 72))
def test_the_next_duty_is_the_first_hour_on_which_he_is_there(
    shifts: tuple[Shift, ...], leave: tuple[Leave, ...], start: int, hours: int
) -> None:
    """Shifts begin on the hour here, so that looking at every hour finds all there is."""
    now = NIGHT + timedelta(hours=start)
    until = now + timedelta(hours=hours)
    every = (now + timedelta(hours=hour) for hour in range(hours))
    first = next((at for at in every if answer(shifts, leave, at, ZONE).on), None)
    assert next_on_duty(shifts, leave, now, until, ZONE) == first
