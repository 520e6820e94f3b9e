"""The jobs that drive the timers while the command center runs."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from functools import partial

from command_center.jobs import every
from command_center.state import Ground
from command_center.timers import horizon, overdue, service

TICK = 1.0
"""Seconds: the shortest stage has 60 (fire), and one indexed query a second costs nothing."""

AUDIT = 300.0
HORIZON = 3600.0


def loops(ground: Ground) -> Sequence[Coroutine[object, object, None]]:
    """Endless, to be run beside the app."""
    return (
        every(TICK, "fire_timers", partial(fire, ground)),
        every(AUDIT, "audit_overdue", partial(audit, ground)),
        every(HORIZON, "watch_calendar", partial(watch_calendar, ground)),
    )


async def fire(ground: Ground) -> None:
    await service.catch_up(ground.database, ground.clock())


async def audit(ground: Ground) -> None:
    await overdue.audit(ground.database, ground.clock())


async def watch_calendar(ground: Ground) -> None:
    async with ground.database.transaction() as session:
        await horizon.watch(session, ground.clock())
