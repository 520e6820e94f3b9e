"""`fenghuo bench live`: from sending an event until every open stream was told of its alert.

Streams are spread over several command centers on one database; events go to each of them in turn.
With `kill`, one is killed in the middle: its readers come back at another with Last-Event-ID, as a
browser does behind one address, and must have been told everything, once.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, Field, SecretStr

from command_center.bench.centers import Center, centers
from command_center.bench.live_ends import SENDERS, Reader, Sender
from command_center.bench.meter import cpu_of, processor
from command_center.bench.scratch_database import SQLITE, scratch_database, version_of
from command_center.bench.spread import Spread, spread_of
from command_center.database import Database
from command_center.migrations import upgrade
from command_center.people import tokens
from command_center.town.importing import import_town
from configs.load import catalogue_of
from configs.samples import SAMPLES
from configs.town import Role, Town

SAMPLE = "xiaodian"
TARGET_MS = 150.0
SETTLED = 20.0
"""Seconds after the last event in which every stream must have been told of it."""
ENOUGH = 0.95
"""Of the rate that was asked for; below it nothing is proved."""


class LivePlan(BaseModel):
    streams: int = 200
    rate: float = 200.0
    """Events a second, each of a new alert."""
    seconds: float = 20.0
    centers: int = 2
    kill: bool = False
    database: str = Field(default=SQLITE, exclude=True)
    """As of `scratch_database`; not told, for it may hold a password."""
    seed: int = 1


class LiveResult(BaseModel):
    """What `fenghuo bench live --json` prints."""

    plan: LivePlan
    database: str
    machine: str
    events: int
    rate: float
    """Events a second that were taken in."""
    answered_ms: Spread
    """From sending an event until its answer."""
    told_ms: Spread
    """From sending an event until a stream told of it, of all events and streams."""
    center_cores: float
    """CPU of all command centers a second, those of a killed one left out."""
    lost: int
    """Of all events and streams: not told."""
    doubled: int
    resets: int
    """Readers that were told to fetch everything again."""

    def faults(self) -> list[str]:
        found = []
        if self.lost or self.doubled or self.resets:
            found.append(f"{self.lost} lost, {self.doubled} told twice, {self.resets} resets")
        if self.rate < ENOUGH * self.plan.rate:
            found.append(f"{self.rate:.0f} events/s were taken in, not {self.plan.rate:.0f}")
        if self.told_ms.p95 > TARGET_MS and not self.plan.kill:
            found.append(f"told after {self.told_ms.p95:.0f} ms (p95), not {TARGET_MS:.0f}")
        return found


def run(plan: LivePlan, said: Callable[[str], None]) -> LiveResult:
    """
    Raises:
        NoDatabaseError, CentersError: there is nothing to measure.
    """
    with scratch_database(plan.database) as url, TemporaryDirectory() as folder:
        return asyncio.run(_run(plan, url, Path(folder), said))


async def _run(plan: LivePlan, url: str, folder: Path, said: Callable[[str], None]) -> LiveResult:
    town = SAMPLES[SAMPLE](plan.seed)
    token = await _prepare(url, town)
    machine = SecretStr(secrets.token_urlsafe(16))
    with centers(plan.centers, url, folder, machine_token=machine, said=said) as running:
        said(f"opening {plan.streams} streams")
        readers = [Reader(running, index, token) for index in range(plan.streams)]
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        try:
            async with asyncio.timeout(SETTLED + plan.streams / 5):
                await asyncio.gather(*(reader.ready.wait() for reader in readers))
            said(f"sending {plan.rate:.0f} events a second for {plan.seconds:.0f} s")
            senders = [
                Sender(
                    running, number, town, machine.get_secret_value(), rate=plan.rate,
                    seconds=plan.seconds, seed=plan.seed,
                )
                for number in range(SENDERS)
            ]  # fmt: skip
            return await _measure(plan, url, running, _Ends(senders, readers))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _prepare(url: str, town: Town) -> str:
    """A town in the database; the bearer token of one of its operators."""
    database = Database(url)
    try:
        await upgrade(database)
        now = datetime.now(UTC)
        async with database.transaction() as session:
            catalogue = catalogue_of(town)
            await import_town(session, town, catalogue, now=now, first_hash=lambda _: None)
        operator = next(p.login for p in town.people if Role.OPERATOR in p.roles)
        async with database.transaction() as session:
            return (await tokens.make(session, operator, "bench", now))[1]
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class _Ends:
    senders: Sequence[Sender]
    readers: Sequence[Reader]


async def _measure(plan: LivePlan, url: str, running: Sequence[Center], ends: _Ends) -> LiveResult:
    senders, readers = ends.senders, ends.readers
    kept = running[1:] if plan.kill else running
    cpu, began = sum(cpu_of(center.pid) for center in kept), time.monotonic()
    # Not the loop's own threads: there may be fewer than senders, and the last would begin late.
    with ThreadPoolExecutor(len(senders)) as threads:
        in_thread = asyncio.get_running_loop().run_in_executor
        sending: list[Awaitable[None]] = [in_thread(threads, sender.send) for sender in senders]
        if plan.kill:
            sending.append(_kill(running[0], plan.seconds / 2))
        await asyncio.gather(*sending)
    wall = time.monotonic() - began
    cpu = sum(cpu_of(center.pid) for center in kept) - cpu
    sent = {alert: at for sender in senders for alert, at in sender.sent.items()}
    give_up = time.monotonic() + SETTLED
    while time.monotonic() < give_up and any(len(r.told) < len(sent) for r in readers):  # noqa: ASYNC110 (what sockets bring)
        await asyncio.sleep(0.1)
    late = [1000 * (at - sent[a]) for r in readers for a, at in r.told.items() if a in sent]
    return LiveResult(
        plan=plan,
        database=await version_of(url),
        machine=processor(),
        events=len(sent),
        rate=len(sent) / wall,
        answered_ms=spread_of(1000 * s for sender in senders for s in sender.answered),
        told_ms=spread_of(late),
        center_cores=cpu / wall,
        lost=len(sent) * len(readers) - len(late),
        doubled=sum(reader.doubled for reader in readers),
        resets=sum(reader.resets for reader in readers),
    )


async def _kill(center: Center, after: float) -> None:
    await asyncio.sleep(after)
    os.kill(center.pid, signal.SIGKILL)
