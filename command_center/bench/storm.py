"""`fenghuo bench storm`: the network before a whole town is cut off and mended; who is back when?

All cameras in as many shards as the product would run. Two kinds of outage, one after the other:
packets that vanish, and connections that are reset and refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from pydantic import BaseModel

from command_center.bench.apart import Apart, Done, Order
from command_center.bench.farm_process import FarmPlan, FarmReading, Sent, Serving
from command_center.bench.farm_process import serve as serve_farm
from command_center.bench.trouble import PlannedFault
from command_center.bench.watched_camera import watched_camera
from command_center.bench.worker_process import FRESH, Taken, WorkerPlan, WorkerSample
from command_center.bench.worker_process import serve as serve_worker
from command_center.placement.rendezvous import owner
from ingest.farm.mix import MOVING, STILL, Mix
from ingest.farm.outage import Outage
from ingest.reconnect import JITTER, rung

TARGET_SHARE, TARGET_SECONDS = 0.95, 30.0
"""So many of all cameras must be back so long after the network is."""
PATIENCE = 120.0
"""Seconds that a child may take to answer, and that cameras are waited for."""
PREPARING = 900.0
"""Seconds in which the farm may encode its clips for the first time."""
LOOK_EVERY = 1.0
LONGEST_ANSWER = 1.0
"""Seconds within which a shard must give its figures, 95 times of a hundred: the machine stays
responsive (measured with 150 cameras on a busy machine: 0.17)."""
HERD, HERD_LEAST, HERD_OVER = 0.6, 10.0, 2
"""Attempts a second for each camera, and altogether, that are no herd yet, over so many looks. All
cameras that were cut off silently notice it together and may dial once, which is half a one a
second over two seconds; whoever is dialled again meanwhile is one too many."""

_CUTS = {Outage.SILENT: Order.SILENCE, Outage.RESET: Order.RESET}


class StormPlan(BaseModel):
    """What is cut off: `cut` seconds long, each kind of outage once."""

    cameras: int
    cut: float
    shards: int
    mix: Mix
    still: str = STILL
    moving: str = MOVING
    ring_bytes: int = 256 << 20
    outages: list[Outage] = list(Outage)
    models_dir: Path
    cache: Path


class Moment(BaseModel):
    """One look at all shards. `at`: seconds since the network was mended, negative before."""

    at: float
    delivering: int
    connections: float
    """Attempts a second since the last look."""
    cpu: float
    """Cores that all shards used since the last look."""
    ping: float
    """Seconds that the slowest shard took to answer with its figures."""


class Storm(BaseModel):
    """One outage and what came of it."""

    outage: Outage
    cameras: int
    before: int
    """Cameras that delivered before it."""
    moments: list[Moment]
    most_connections: int
    """Of one camera, from the cut to the end."""
    allowed_connections: int
    """What the ladder allows at its hastiest."""
    uneven: list[str]
    silent: list[str]

    @property
    def back_after(self) -> float | None:
        """Seconds until the wanted share of those that delivered before did again."""
        wanted = TARGET_SHARE * self.before
        after = (m.at for m in self.moments if m.at >= 0 and m.delivering >= wanted)
        return next(after, None)

    @property
    def all_back_after(self) -> float | None:
        after = (m.at for m in self.moments if m.at >= 0 and m.delivering >= self.before)
        return next(after, None)

    def back_at(self, seconds: float) -> int:
        """How many delivered so many seconds after the network was mended."""
        return max((m.delivering for m in self.moments if 0 <= m.at <= seconds), default=0)

    @property
    def peak(self) -> float:
        """The most attempts a second between two looks, from the cut to the end."""
        return max((m.connections for m in self.moments), default=0.0)

    @property
    def peak_after(self) -> float:
        """The most attempts a second once the network was mended."""
        return max((m.connections for m in self.moments if m.at >= 0), default=0.0)

    @property
    def herd(self) -> float:
        """The most attempts a second over `HERD_OVER` looks once the network was mended."""
        after = [m.connections for m in self.moments if m.at >= 0]
        return max(
            (
                sum(after[i : i + HERD_OVER]) / HERD_OVER
                for i in range(max(1, len(after) - HERD_OVER + 1))
            ),
            default=0.0,
        )

    @property
    def ping_p95(self) -> float:
        pings = sorted(m.ping for m in self.moments)
        return pings[int(0.95 * (len(pings) - 1))] if pings else 0.0

    @property
    def cpu_during(self) -> float:
        """Cores that the shards used on average while the network was cut off."""
        used = [m.cpu for m in self.moments if m.at < 0]
        return sum(used) / len(used) if used else 0.0

    def faults(self) -> list[str]:
        """What was not as it must be, in words; empty where all was well."""
        found: list[str] = []
        if self.before < self.cameras:
            found.append(f"only {self.before} of {self.cameras} cameras delivered before")
        if self.back_after is None or self.back_after > TARGET_SECONDS:
            found.append(
                f"{self.back_at(TARGET_SECONDS)} of {self.before} cameras were back after "
                f"{TARGET_SECONDS:.0f} s"
            )
        if self.most_connections > self.allowed_connections:
            found.append(
                f"a camera was dialled {self.most_connections} times; "
                f"the ladder allows {self.allowed_connections}"
            )
        if self.herd > max(HERD * self.cameras, HERD_LEAST):
            found.append(
                f"{self.herd:.0f} attempts a second for {self.cameras} cameras once it was mended"
            )
        if self.ping_p95 > LONGEST_ANSWER:
            found.append(f"a shard took {self.ping_p95:.1f} s to answer (p95)")
        if self.uneven:
            found.append(f"counters do not add up: {', '.join(self.uneven)}")
        return found


class StormResult(BaseModel):
    """What `fenghuo bench storm --json` prints."""

    plan: StormPlan
    storms: list[Storm]

    def faults(self) -> list[str]:
        """What was not as it must be in any of the outages."""
        return [f"{storm.outage}: {fault}" for storm in self.storms for fault in storm.faults()]


def hastiest(seconds: float) -> int:
    """How often the ladder dials one camera within so many seconds, when each attempt fails at
    once and all chance is for haste."""
    dials, at = 0, 0.0
    while at <= seconds:
        dials += 1
        at += rung(dials) * (1.0 - JITTER)
    return dials


class Town:
    """A farm and its shards, each in a process; ended with the `with` block."""

    def __init__(
        self,
        cameras: int,
        shards: int,
        mix: Mix,
        *,
        still: str,
        moving: str,
        ring_bytes: int,
        models_dir: Path,
        cache: Path,
        faults: list[PlannedFault],
        said: Callable[[str], None],
    ) -> None:
        self._stack = ExitStack()
        try:
            said(f"preparing {cameras} streams ({mix})")
            plan = FarmPlan(
                mix=mix, cameras=cameras, still=still, moving=moving, faults=faults, cache=cache
            )
            self.farm = self._stack.enter_context(Apart("the farm", serve_farm, plan))
            urls = self.farm.ask(Order.READY, Serving, PREPARING).urls
            self.cameras = [f"camera-{index}" for index in range(len(urls))]
            names = [f"shard-{index}" for index in range(shards)]
            watched = [watched_camera(index, url, model=None) for index, url in enumerate(urls)]
            said(f"{cameras} cameras in {shards} shards")
            self.shards = [
                self._stack.enter_context(
                    Apart(
                        name,
                        serve_worker,
                        WorkerPlan(
                            name=name,
                            cameras=[c for c in watched if owner(c.id, names) == name],
                            ring_bytes=ring_bytes,
                            models_dir=models_dir,
                        ),
                    )
                )
                for name in names
            ]
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def look(self) -> tuple[list[WorkerSample], float]:
        """Every shard now, and the seconds that the slowest took to answer."""
        slowest, samples = 0.0, []
        for shard in self.shards:
            asked = time.monotonic()
            samples.append(shard.ask(Order.LOOK, WorkerSample, PATIENCE))
            slowest = max(slowest, time.monotonic() - asked)
        return samples, slowest

    def look_at_farm(self) -> FarmReading:
        return self.farm.ask(Order.LOOK, FarmReading, PATIENCE)

    def sent(self) -> Sent:
        return self.farm.ask(Order.COUNT, Sent, PATIENCE)

    def taken(self) -> Taken:
        """Of all shards together; each has its own cameras."""
        found = [shard.ask(Order.COUNT, Taken, PATIENCE) for shard in self.shards]
        return Taken(
            packets={name: n for shard in found for name, n in shard.packets.items()},
            connections={name: n for shard in found for name, n in shard.connections.items()},
        )

    def begin(self) -> None:
        """Every shard counts connections from here."""
        for shard in self.shards:
            shard.ask(Order.BEGIN, Done, PATIENCE)

    def order_farm(self, order: Order) -> None:
        self.farm.ask(order, Done, PATIENCE)

    def wait_for_all(self, limit: float) -> int:
        """Wait until every camera delivers, at most `limit` seconds; how many do."""
        end = time.monotonic() + limit
        while True:
            samples, _ = self.look()
            delivering = sum(sample.delivering for sample in samples)
            if delivering == sum(s.cameras for s in samples) or time.monotonic() >= end:
                return delivering
            time.sleep(LOOK_EVERY)


def run(plan: StormPlan, said: Callable[[str], None]) -> StormResult:
    """Cut the town off and mend it, once for each kind of outage.

    Raises:
        ApartError: the farm or a shard died or hung.
    """
    with Town(
        plan.cameras,
        plan.shards,
        plan.mix,
        still=plan.still,
        moving=plan.moving,
        ring_bytes=plan.ring_bytes,
        models_dir=plan.models_dir,
        cache=plan.cache,
        faults=[],
        said=said,
    ) as town:
        return StormResult(
            plan=plan, storms=[_storm(town, plan.cut, outage, said) for outage in plan.outages]
        )


def _storm(town: Town, cut: float, outage: Outage, said: Callable[[str], None]) -> Storm:
    before = town.wait_for_all(PATIENCE)
    said(f"{before} cameras deliver; cut off ({outage}) for {cut:.0f} s")
    town.begin()
    watch = _Watch(town)
    town.order_farm(_CUTS[outage])
    began = time.monotonic()
    mended = began + cut
    while time.monotonic() < mended:
        watch.look(mended)
    town.order_farm(Order.MEND)
    mended = time.monotonic()
    said("mended")
    while time.monotonic() < mended + 2 * TARGET_SECONDS:
        moment = watch.look(mended)
        if moment.delivering >= before and moment.at > 2 * FRESH:
            break
    samples, _ = town.look()
    return Storm(
        outage=outage,
        cameras=len(town.cameras),
        before=before,
        moments=watch.moments,
        most_connections=max(sample.most_connections for sample in samples),
        allowed_connections=hastiest(time.monotonic() - began),
        uneven=[name for sample in samples for name in sample.uneven],
        silent=[name for sample in samples for name in sample.silent],
    )


class _Watch:
    """Looks once a second and keeps what changed since."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.moments: list[Moment] = []
        samples, _ = town.look()
        self._at, self._cpu, self._dials = time.monotonic(), *_sums(samples)

    def look(self, mended: float) -> Moment:
        time.sleep(max(0.0, self._at + LOOK_EVERY - time.monotonic()))
        samples, ping = self._town.look()
        now, (cpu, dials) = time.monotonic(), _sums(samples)
        passed = now - self._at
        moment = Moment(
            at=now - mended,
            delivering=sum(sample.delivering for sample in samples),
            connections=(dials - self._dials) / passed,
            cpu=(cpu - self._cpu) / passed,
            ping=ping,
        )
        self._at, self._cpu, self._dials = now, cpu, dials
        self.moments.append(moment)
        return moment


def _sums(samples: list[WorkerSample]) -> tuple[float, int]:
    return sum(s.cpu for s in samples), sum(s.connections for s in samples)
