"""`fenghuo bench restart`: a shard is killed; when are its cameras back, and who else felt it?"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import BaseModel

from command_center.bench.whole_town import PATIENCE, TownPlan, WholeTown, until, whole_town
from command_center.placement.rendezvous import owner

BACK_WITHIN = 10.0
"""Seconds after which all cameras of a killed shard must be seen online again."""
SETTLE = 10.0
"""Seconds before each kill, after which what a start costs is over."""


class RestartPlan(TownPlan):
    """Every shard of such a town is killed once."""

    settle: float = SETTLE


class Kill(BaseModel):
    """What became of one shard's cameras; seconds since it was killed."""

    shard: str
    cameras: int
    online: float | None
    """When the last of them was online, as the new shard says. None: not all in time."""
    seen: float | None
    """When an operator saw that of all of them."""
    disturbed: list[str]
    """Cameras of other shards that were connected to anew."""


class RestartResult(BaseModel):
    """What `fenghuo bench restart --json` prints."""

    plan: RestartPlan
    start: float
    """Seconds from the supervisor's start until an operator saw all cameras online."""
    kills: list[Kill]

    def faults(self) -> list[str]:
        """What was not as it must be."""
        found = []
        for kill in self.kills:
            if kill.seen is None:
                found.append(f"{kill.shard}: not all cameras were back after {PATIENCE:.0f} s")
            elif kill.seen > BACK_WITHIN:
                found.append(f"{kill.shard}: its cameras were seen back after {kill.seen:.1f} s")
            if kill.disturbed:
                found.append(f"{kill.shard}: {len(kill.disturbed)} cameras of others felt it")
        return found


def run(plan: RestartPlan, said: Callable[[str], None]) -> RestartResult:
    """Start the town, and kill its shards one after another.

    Raises:
        ApartError, SupervisorError, TownError: as `whole_town`.
    """
    with whole_town(plan, said) as town:
        return kill_each(town, plan, said)


def kill_each(town: WholeTown, plan: RestartPlan, said: Callable[[str], None]) -> RestartResult:
    """Kill the shards of a town that runs."""
    kills = []
    for name in town.names:
        time.sleep(plan.settle)
        kills.append(_kill(town, name, said))
    return RestartResult(plan=plan, start=town.start, kills=kills)


def _kill(town: WholeTown, name: str, said: Callable[[str], None]) -> Kill:
    before = town.online()
    own = {camera for camera in before if owner(camera, town.names) == name}
    [pid] = [
        each.pid for each in town.running.health() if each.name == name and each.pid is not None
    ]
    at, began = datetime.now(UTC), time.monotonic()
    os.kill(pid, signal.SIGKILL)
    seen = until(lambda: own <= {c for c, since in town.online().items() if since >= at}, began)
    now = town.online()
    last = max((now[c] for c in own if c in now), default=at)
    others = before.keys() - own
    kill = Kill(
        shard=name,
        cameras=len(own),
        online=None if seen is None else (last - at).total_seconds(),
        seen=seen,
        disturbed=sorted(c for c in others if now.get(c) != before[c]),
    )
    said(f"{name}: {kill.cameras} cameras are back after {_seconds(seen)}")
    return kill


def _seconds(seconds: float | None) -> str:
    return "too long a time" if seconds is None else f"{seconds:.1f} s"
