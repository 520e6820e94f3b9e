"""A clock that is set while everything runs: any number of times, either way."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, select

from command_center import clock_notice, housekeeping
from command_center.alerts.tables import Alert
from command_center.app import create_app
from command_center.database import Database
from command_center.notices.service import notices
from command_center.shards import service as shards
from command_center.steady_clock import SteadyClock
from command_center.timers import loop
from command_center.timers.repository import armed
from command_center.timers.tables import Timer, TimerKind
from configs.settings import Settings
from tests.command_center.conftest import browser, ground_of
from tests.command_center.example import MACHINE_TOKEN
from tests.command_center.findings import Finder
from tests.command_center.light_fixtures import database_url

__all__ = ["database_url"]

pytestmark = pytest.mark.anyio

BEGIN = datetime(2025, 6, 2, 2, tzinfo=UTC)
HOUR = 3600.0


class Machine:
    """Its clock can be set; the time that goes by cannot. `drift`: seconds gained a second."""

    def __init__(self, drift: float = 0.0) -> None:
        self.gone, self.ahead, self.drift = 0.0, 0.0, drift

    def wall(self) -> datetime:
        return BEGIN + timedelta(seconds=self.gone * (1 + self.drift) + self.ahead)

    def elapsed(self) -> float:
        return 1e6 + self.gone

    def clock(self) -> SteadyClock:
        return SteadyClock(self.wall, self.elapsed)


steps = st.integers(-10_000, 10_000).filter(bool).map(lambda n: 100.0 * n)
"""No two of them make a small one, which would be followed as it should."""
lives = st.lists(st.tuples(st.integers(1, 100), steps), max_size=8)


@given(lives, st.floats(-5e-4, 5e-4), st.integers(1, 600))
def test_whatever_the_clock_is_set_to_a_timer_fires_when_its_time_has_gone_by(
    life: list[tuple[int, float]], drift: float, seconds: int
) -> None:
    """Neither early nor late, but by what the clock ran wrong anyway."""
    machine = Machine(drift)
    clock = machine.clock()
    due = clock() + timedelta(seconds=seconds)
    settings = dict[int, float]()
    at = 0
    for pause, step in life:
        at += pause
        settings[at] = step
    while clock() < due:
        machine.gone += 1
        machine.ahead += settings.get(int(machine.gone), 0.0)
        assert machine.gone <= seconds + 2, "it is late"
    assert machine.gone >= seconds - 1


@given(lives, st.floats(-5e-4, 5e-4))
def test_time_never_runs_backwards_and_no_hour_is_lost(
    life: list[tuple[int, float]], drift: float
) -> None:
    machine = Machine(drift)
    clock = machine.clock()
    before = clock()
    for pause, step in life:
        machine.ahead += step
        for _ in range(pause):
            machine.gone += 1
            now = clock()
            assert timedelta(seconds=0.99) < now - before < timedelta(seconds=1.01)
            before = now
    set_by = timedelta(seconds=sum(step for _, step in life))
    assert abs(clock.step - set_by) < timedelta(seconds=0.1)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_back_to_what_it_was_is_followed_again(hours: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.gone, machine.ahead = 10.0, hours * HOUR
    assert clock() == BEGIN + timedelta(seconds=10)
    assert clock.step == timedelta(hours=hours)
    machine.gone, machine.ahead = 20.0, 0.7  # as NTP does: not quite what it was
    assert clock() == BEGIN + timedelta(seconds=20.7)
    assert clock.step == timedelta()


def test_a_suspended_machine_has_lost_no_time() -> None:
    """Elapsed time counts while it is suspended: what fell due meanwhile is due."""
    machine = Machine()
    clock = machine.clock()
    machine.gone = 8 * HOUR
    assert clock() == BEGIN + timedelta(hours=8)
    assert clock.step == timedelta()


def test_what_is_slewed_is_followed_for_ever() -> None:
    machine = Machine(drift=5e-4)
    clock = machine.clock()
    for _ in range(4000):
        machine.gone += 30
        clock()
    assert clock() == machine.wall()
    assert machine.wall() - BEGIN > timedelta(seconds=machine.gone + 59)


async def test_the_wall_says_that_the_clock_was_set_and_then_that_it_is_well(
    database: Database,
) -> None:
    machine = Machine()
    clock = machine.clock()

    async def said() -> list[tuple[str, str]]:
        async with database.transaction() as session:
            await clock_notice.watch(session, clock)
            return [(n.level.value, n.text.en) for n in await notices(session)]

    assert await said() == []
    machine.gone, machine.ahead = 1.0, -HOUR
    [(level, text)] = await said()
    assert level == "error"
    assert "set back by 3600 s" in text
    machine.gone, machine.ahead = 2.0, 0.0
    assert await said() == []


async def test_no_shard_is_taken_for_silent_and_no_timer_for_due_when_the_clock_is_set(
    settings: Settings, filled: Path
) -> None:
    """A command center whose machine is set ahead by an hour and then two back."""
    shutil.copy(filled, str(make_url(settings.database).database))
    machine = Machine()
    app = create_app(settings, machine.clock())
    async with app.router.lifespan_context(app), browser(app) as shard:
        shard.headers["Authorization"] = f"Bearer {MACHINE_TOKEN}"
        finder = Finder(shard)
        await finder.register()
        answer = await finder.send(finder.event(BEGIN, event_type="fire"))
        for ahead in (HOUR, -HOUR):
            machine.gone, machine.ahead = machine.gone + 1, ahead
            ground = ground_of(app)
            await housekeeping.watch_shards(ground)
            await loop.fire(ground)
            async with ground.database.reading() as session:
                alert = await session.get_one(Alert, int(answer.json()["alert_id"]))
                waiting = await session.scalars(select(Timer.kind).where(armed()))
                assert (list(waiting), alert.deadline) == (
                    [TimerKind.DISCOVER],
                    BEGIN + timedelta(seconds=60),
                )
                assert [s.down_since for s in await shards.shards(session)] == [None]
            figures = (await shard.get("http://town.test/metrics")).text
            assert f"fenghuo_clock_step_seconds {ahead}" in figures
        machine.gone = 61
        await loop.fire(ground_of(app))
        async with ground_of(app).database.reading() as session:
            waiting = await session.scalars(select(Timer.kind).where(armed()))
            assert list(waiting) == [TimerKind.DISCOVER_LEAD]
