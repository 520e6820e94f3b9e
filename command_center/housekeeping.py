"""The jobs that keep the ground in order: the town file, silent shards, the clock, old changes,
sessions and evidence, and the daily anchor of the record."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from command_center import clock_notice
from command_center.audit import anchors
from command_center.channels import delivering, gaps, urgent
from command_center.channels import repository as channels
from command_center.duty import handover
from command_center.evidence import holds
from command_center.evidence.retention import expire
from command_center.jobs import every
from command_center.live import listening, pruning
from command_center.nearby import service as nearby
from command_center.notifications import repository as notifications
from command_center.people import oidc, sessions
from command_center.places import service as places
from command_center.sensors import service as sensors
from command_center.shadows import repository as shadows
from command_center.shards.service import notice_silence
from command_center.state import Ground
from command_center.steady_clock import SteadyClock
from command_center.stills import service as stills
from command_center.timers import loop as timers
from command_center.town import noticing, reloading
from command_center.webhooks import repository as deliveries
from command_center.webhooks import service as webhooks

TAIL = 1.0
"""Following ends only where the database is away: asking it without a pause takes a whole core."""
SHARDS = 5.0
WEBHOOKS = 1.0
CHANNELS = 1.0
GAPS = 300.0
CLOCK = 10.0
STILLS = 60.0
PLACES = 5.0
LEAVE = 30.0
PRUNE = 3600.0


def loops(ground: Ground) -> Sequence[Coroutine[object, object, None]]:
    """All of them, endless, to be run beside the app."""
    return (
        every(TAIL, "follow_changes", ground.tail.run),
        *listening.loops(ground.database, ground.tail.wake),
        every(noticing.PERIOD, "follow_town_file", partial(reloading.follow, ground)),
        every(SHARDS, "watch_shards", partial(watch_shards, ground)),
        every(CLOCK, "watch_clock", partial(watch_clock, ground)),
        every(PRUNE, "prune", partial(prune, ground)),
        every(PRUNE, "expire_evidence", partial(expire_evidence, ground)),
        every(PRUNE, "anchor", partial(anchor, ground)),
        every(STILLS, "expire_stills", partial(expire_stills, ground)),
        every(WEBHOOKS, "deliver_webhooks", partial(webhooks.deliver, ground)),
        every(CHANNELS, "repeat_urgent", partial(repeat_urgent, ground)),
        every(GAPS, "watch_channels", partial(watch_channels, ground)),
        every(CHANNELS, "deliver_to_people", partial(delivering.deliver, ground)),
        every(LEAVE, "hand_over_leave", partial(handover.run, ground)),
        every(PLACES, "use_planned_grids", partial(places.use_planned, ground)),
        *timers.loops(ground),
    )


async def watch_shards(ground: Ground) -> None:
    async with ground.database.transaction() as session:
        await notice_silence(session, ground.clock(), ground.started_at, ground.settings.shards)
        await nearby.give_up(session, ground.clock())


async def watch_clock(ground: Ground) -> None:
    if isinstance(ground.clock, SteadyClock):
        async with ground.database.transaction() as session:
            await clock_notice.watch(session, ground.clock)


async def repeat_urgent(ground: Ground) -> None:
    await urgent.repeat(ground.database, ground.clock())


async def watch_channels(ground: Ground) -> None:
    async with ground.database.transaction() as session:
        await gaps.watch(session, ground.clock())


async def prune(ground: Ground) -> None:
    now = ground.clock()
    async with ground.database.transaction() as session:
        await pruning.prune(session, now)
        await sessions.prune(session, now)
        await oidc.prune(session, now)
        await sensors.prune(session, now)
        await channels.prune(session, now - channels.KEPT)
        await notifications.prune(session, now - notifications.KEPT)
        await deliveries.prune(session, now)
        kept = timedelta(seconds=ground.settings.retention)
        await shadows.prune(session, now - kept)


async def anchor(ground: Ground) -> None:
    await anchors.make(ground.database, ground.clock())


async def expire_evidence(ground: Ground) -> None:
    async def release(old: Collection[UUID]) -> Collection[UUID]:
        async with ground.database.transaction() as session:
            unneeded = set(old) - await holds.held(session, old)
            await holds.forget(session, unneeded)
        return unneeded

    kept = timedelta(seconds=ground.settings.retention)
    await expire(ground.evidence, before=ground.clock() - kept, release=release)


async def expire_stills(ground: Ground) -> None:
    await asyncio.to_thread(ground.stills.expire, ground.clock() - stills.KEPT)
