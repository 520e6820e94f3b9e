"""`fenghuo bench timers`: thousands of timers due in one second, several command centers racing.

Each process finds what is due by itself; the database alone decides who has which. Afterwards every
timer is held against what it must have done, and the whole record is verified.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from pydantic import BaseModel
from sqlalchemy import func, select, text

from command_center.audit.verify import Verification
from command_center.bench.centers import Center, centers
from command_center.bench.lives import (
    EVENT_TYPE,
    STORIES,
    Lives,
    Place,
    Story,
    copy_alert,
    copy_ticket,
)
from command_center.bench.meter import Machine, cpu_of, processor
from command_center.bench.once import Written, before, differences
from command_center.bench.scratch_database import SQLITE, scratch_database, version_of
from command_center.bench.spread import Spread, spread_of
from command_center.database import Database
from command_center.migrations import upgrade
from command_center.timers.repository import armed
from command_center.timers.tables import Timer
from command_center.town.importing import import_town
from configs.load import catalogue_of
from configs.samples import SAMPLES
from configs.town import Role, Town
from configs.workdays import TownCalendar

SAMPLE = "xiaodian"
PARTS = 4
"""Moments within the second at which timers are due."""
START = 60.0
"""Seconds to live each story and to start the command centers, on two cores that others use too."""
COPIED = 100
"""Lives that are copied in a second there."""
LOOK_EVERY = 0.1
PATIENCE = 300.0
TARGET = 10.0
"""Seconds within which all must have fired."""
SHOWN = 5
"""Faults of one kind that are told one by one."""


class TimersPlan(BaseModel):
    """How many timers, before how many command centers."""

    due: int = 10_000
    centers: int = 2
    database: str = SQLITE
    """`sqlite`, or the URL of a PostgreSQL server."""
    lead: float | None = None
    """Seconds from the beginning until they are due; None: what writing them takes."""
    seed: int = 1

    @property
    def seconds_ahead(self) -> float:
        return self.lead if self.lead is not None else START + self.due / COPIED


class TimersResult(BaseModel):
    """What `fenghuo bench timers --json` prints."""

    due: int
    centers: int
    database: str
    machine: str
    late_at_start: bool
    """They were due before all had been written: a longer lead is wanted."""
    all_fired: float | None
    """Seconds from when the last was due until none was left; None: not within the patience."""
    lateness: Spread
    """Seconds from when each was due until its effect was committed, to a tenth."""
    center_cpu_ms: float
    """CPU of all command centers, a timer."""
    server_cpu_ms: float | None
    """CPU of PostgreSQL's processes for this database, a timer; None: SQLite, or another machine's.
    """
    others_cores: float
    """Cores that everything else on the machine used meanwhile."""
    wrong: list[str]
    """What was not exactly once as it must be; empty: all is well."""

    def faults(self) -> list[str]:
        found = list(self.wrong)
        if self.late_at_start:
            found.append("not all were written before they were due: give a longer --lead")
        if self.all_fired is None:
            found.append(f"not all had fired after {PATIENCE:.0f} s")
        elif self.all_fired > TARGET:
            found.append(f"all had fired after {self.all_fired:.1f} s, not {TARGET:.0f} s")
        return found


def run(plan: TimersPlan, said: Callable[[str], None]) -> TimersResult:
    """
    Raises:
        NoDatabaseError: there can be no database to measure with.
        CentersError: a command center did not start.
    """
    with scratch_database(plan.database) as url, TemporaryDirectory() as folder:
        return asyncio.run(_run(plan, url, Path(folder), said))


async def _run(
    plan: TimersPlan, url: str, folder: Path, said: Callable[[str], None]
) -> TimersResult:
    database = Database(url)
    try:
        due_at = datetime.now(UTC) + timedelta(seconds=plan.seconds_ahead)
        due_at = due_at.replace(microsecond=0)
        said(f"writing {plan.due} lives whose timers are due at {due_at:%H:%M:%S} UTC")
        written = await _write(database, plan, due_at)
        with centers(plan.centers, url, folder, said=said) as running:
            measured = _Measured(database, running, written, due_at)
            return await measured.result(said)
    finally:
        await database.close()


async def _write(database: Database, plan: TimersPlan, due_at: datetime) -> list[Written]:
    random = Random(plan.seed)  # noqa: S311 (the same mix for the same seed)
    town = _town(plan.seed, due_at)
    catalogue = catalogue_of(town)
    event_type = catalogue.get(EVENT_TYPE)
    if event_type is None:
        raise LookupError(f"the shipped catalogue has no {EVENT_TYPE}")
    await upgrade(database)
    async with database.transaction() as session:
        now = due_at - timedelta(days=30)
        await import_town(session, town, catalogue, now=now, first_hash=lambda _: None)
    operator = next(p.login for p in town.people if Role.OPERATOR in p.roles)
    lives = Lives(database, event_type, operator)
    written = []
    for part in reversed(range(PARTS)):  # a later life fires what is due before its own timer
        for story in STORIES:
            count = _share(plan.due, story, part)
            if count:
                moment = due_at + timedelta(seconds=part / PARTS)
                written.append(await _copies(lives, story, moment, _place(town, random), count))
    if database.engine.dialect.name == "postgresql":
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
    return written


def _town(seed: int, due_at: datetime) -> Town:
    """The sample, in which every day is worked: its timers may be due on a Sunday."""
    days = (due_at.date() + timedelta(days=n) for n in range(-20, 21))
    calendar = TownCalendar(public=False, worked=tuple(days))
    return SAMPLES[SAMPLE](seed).model_copy(update={"calendar": calendar})


def _place(town: Town, random: Random) -> Place:
    camera = random.choice([c for c in town.cameras if c.position is not None])
    return Place(camera.id, camera.position)


def _share(due: int, story: Story, part: int) -> int:
    whole = due * story.share // 100
    if story is STORIES[0]:
        whole += due - sum(due * each.share // 100 for each in STORIES)
    return whole // PARTS + (part < whole % PARTS)


async def _copies(
    lives: Lives, story: Story, due_at: datetime, place: Place, count: int
) -> Written:
    owner = await lives.live(story, due_at, place)
    database = lives.database
    make = copy_alert if story.is_of_an_alert else copy_ticket
    owners = [owner, *await make(database, owner, count - 1)]
    async with database.reading() as session:
        return await before(session, story, due_at, owners)


@dataclass(frozen=True, slots=True)
class _Measured:
    database: Database
    running: Sequence[Center]
    written: Sequence[Written]
    due_at: datetime

    async def result(self, said: Callable[[str], None]) -> TimersResult:
        late = datetime.now(UTC) >= self.due_at
        said(f"waiting for {self.due_at:%H:%M:%S} UTC")
        await asyncio.sleep(max(0.0, (self.due_at - datetime.now(UTC)).total_seconds()))
        server = await _server_pids(self.database)
        before, machine = _Used.now(self.running, server), Machine.now()
        lateness = await self._watch()
        used, after = _Used.now(self.running, server) - before, Machine.now()
        said("holding every timer against what it must have done")
        due, fired = sum(len(each.owners) for each in self.written), len(lateness)
        own = used.centers + (used.server or 0.0)
        return TimersResult(
            due=due,
            centers=len(self.running),
            database=await version_of(self.database.engine.url.render_as_string(False)),
            machine=processor(),
            late_at_start=late,
            all_fired=max(lateness, default=0.0) if fired == due else None,
            lateness=spread_of(lateness),
            center_cpu_ms=1000 * used.centers / max(fired, 1),
            server_cpu_ms=None if used.server is None else 1000 * used.server / max(fired, 1),
            others_cores=max(0.0, (after.busy - machine.busy - own) / (after.wall - machine.wall)),
            wrong=await _wrong(self.database, self.written, self.due_at),
        )

    async def _watch(self) -> list[float]:
        """How late each was, in seconds; ends when none is left, or with the patience."""
        end = self.due_at + timedelta(seconds=1)
        query = (
            select(Timer.due_at, func.count())
            .where(armed(), Timer.wake_at < end, Timer.due_at >= self.due_at)
            .group_by(Timer.due_at)
        )
        left: Counter[datetime] = Counter()
        for each in self.written:
            left[each.due_at] += len(each.owners)
        lateness: list[float] = []
        give_up = time.monotonic() + PATIENCE
        while left.total() and time.monotonic() < give_up:
            await asyncio.sleep(LOOK_EVERY)
            async with self.database.reading() as session:
                now_left = Counter({row[0]: row[1] for row in await session.execute(query)})
            seen = datetime.now(UTC)
            for moment, count in (left - now_left).items():
                lateness += [(seen - moment).total_seconds()] * count
            left = now_left
        return lateness


@dataclass(frozen=True, slots=True)
class _Used:
    """CPU seconds until now."""

    centers: float
    server: float | None

    @classmethod
    def now(cls, running: Sequence[Center], server: Sequence[int] | None) -> _Used:
        return cls(
            sum(cpu_of(center.pid) for center in running),
            None if server is None else sum(cpu_of(pid) for pid in server),
        )

    def __sub__(self, other: _Used) -> _Used:
        if self.server is None or other.server is None:
            return _Used(self.centers - other.centers, None)
        return _Used(self.centers - other.centers, self.server - other.server)


async def _server_pids(database: Database) -> list[int] | None:
    """Of PostgreSQL's processes for this database, if they run on this machine."""
    if database.engine.dialect.name != "postgresql":
        return None
    query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    async with database.reading() as session:
        pids = [int(pid) for pid in await session.scalars(query)]
    return pids if all(_name_of(pid).startswith("postgres") for pid in pids) else None


def _name_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    return ""


async def _wrong(database: Database, written: Sequence[Written], since: datetime) -> list[str]:
    """Timers that did not have exactly one effect, and faults of the record."""
    found: list[str] = []
    async with database.reading() as session:
        for each in written:
            found += await differences(session, each, since)
        walk = Verification(session)
        found += [f"{f.subject}: {f.what}" async for f in walk.everything({})]
    return found if len(found) <= SHOWN else [*found[:SHOWN], f"and {len(found) - SHOWN} more"]
