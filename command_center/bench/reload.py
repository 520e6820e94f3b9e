"""`fenghuo bench reload`: a rule is changed in the town file; when does its shard go by it?

Either the file is saved and nothing else, or `fenghuo reload` asks for it as well. The shard itself
says when it took the change; the streams of all cameras, the changed one's too, must not notice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import BaseModel

from command_center.bench.whole_town import (
    PATIENCE,
    TownPlan,
    WholeTown,
    until,
    whole_town,
    write_town,
)
from command_center.placement.reload import reload_town
from command_center.placement.rendezvous import owner
from command_center.town.noticing import PERIOD as LOOKED_EVERY
from command_center.town.noticing import SETTLED
from configs.town import Camera, Town

READ_WITHIN = 3.0
"""Seconds that reading, checking, importing and telling a town of 700 may take."""


class ReloadPlan(TownPlan):
    """How often a rule is changed, either way."""

    saved: int = 5
    asked: int = 5


class Change(BaseModel):
    """What became of one change; `seconds` from saving the file, None: not in time."""

    asked: bool
    """By `fenghuo reload`, at once after saving."""
    seconds: float | None
    disturbed: list[str]
    """Cameras that were connected to anew, the changed one included."""


class ReloadResult(BaseModel):
    """What `fenghuo bench reload --json` prints."""

    plan: ReloadPlan
    changes: list[Change]

    def seconds(self, *, asked: bool) -> list[float]:
        """Of the changes of one way that were taken, ascending."""
        found = (each.seconds for each in self.changes if each.asked is asked)
        return sorted(seconds for seconds in found if seconds is not None)

    def faults(self) -> list[str]:
        """What was not as it must be."""
        found = []
        for each in self.changes:
            way = "asked for" if each.asked else "saved"
            if each.seconds is None:
                found.append(f"{way}: a change was not taken within {PATIENCE:.0f} s")
            elif each.seconds > longest(asked=each.asked):
                found.append(f"{way}: a change was taken after {each.seconds:.1f} s")
            if each.disturbed:
                found.append(f"{way}: {len(each.disturbed)} cameras felt it")
        return found


def longest(*, asked: bool) -> float:
    """Seconds that a change may take."""
    noticed = 0.0 if asked else LOOKED_EVERY + SETTLED.total_seconds() + LOOKED_EVERY
    return noticed + READ_WITHIN


def run(plan: ReloadPlan, said: Callable[[str], None]) -> ReloadResult:
    """Start the town, and change one rule after another.

    Raises:
        ApartError, SupervisorError, TownError: as `whole_town`.
    """
    with whole_town(plan, said) as town:
        return change_rules(town, plan, said)


def change_rules(town: WholeTown, plan: ReloadPlan, said: Callable[[str], None]) -> ReloadResult:
    """Change rules of a town that runs, one after another."""
    changes = []
    file = town.town
    for number, asked in enumerate([False] * plan.saved + [True] * plan.asked):
        changed = file.cameras[number % len(file.cameras)]
        file = _with(file, _patient(changed))
        changes.append(_change(town, file, changed.id, asked=asked))
        said(f"{'asked for' if asked else 'saved'}: {changes[-1].seconds or PATIENCE:.2f} s")
    return ReloadResult(plan=plan, changes=changes)


def _change(town: WholeTown, file: Town, camera_id: str, *, asked: bool) -> Change:
    shard = owner(camera_id, town.names)
    path = town.settings.town_file
    if path is None:
        raise ValueError("a town without a file")
    before = town.online()
    at, began = datetime.now(UTC), time.monotonic()
    write_town(path, file)
    if asked:
        reload_town(town.running.url, town.settings.token_of_machines())
    taken = at

    def is_taken() -> bool:
        nonlocal taken
        taken = town.shard(shard).metrics.changed_at or at
        return taken > at

    in_time = until(is_taken, began) is not None
    now = town.online()
    return Change(
        asked=asked,
        seconds=(taken - at).total_seconds() if in_time else None,
        disturbed=sorted(camera for camera in before if now.get(camera) != before[camera]),
    )


def _with(town: Town, camera: Camera) -> Town:
    cameras = tuple(camera if each.id == camera.id else each for each in town.cameras)
    return town.model_copy(update={"cameras": cameras})


def _patient(camera: Camera) -> Camera:
    """The same, whose first rule waits for a second longer until an episode has ended."""
    zone, *zones = camera.zones
    rule, *rules = zone.rules
    slower = rule.model_copy(update={"clear_after": rule.clear_after + 1.0})
    changed = zone.model_copy(update={"rules": (slower, *rules)})
    return camera.model_copy(update={"zones": (changed, *zones)})
