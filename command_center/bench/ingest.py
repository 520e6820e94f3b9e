"""`fenghuo bench ingest`: what cameras cost, ours and the peers' beside it on the same streams."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from command_center.bench import ours
from command_center.bench.apart import Apart, ApartError, Order, Told
from command_center.bench.farm_process import FarmPlan, FarmReading, Serving
from command_center.bench.farm_process import serve as serve_farm
from command_center.bench.meter import cores, processor
from command_center.bench.peers import peer as peers
from command_center.bench.peers.peer import TITLES, Peer, PeerPlan, PeerUsage
from command_center.bench.plan import Plan, Result, Usage, ratios
from ingest.farm.mix import KINDS, Mix

FARM_PATIENCE = 300.0
"""Seconds in which the farm has drawn and encoded everything: ten on an idle machine."""
LOOK_PATIENCE = 20.0
PEER_CONNECT, PEER_SETTLE = 10.0, 2.0
"""Seconds. A peer that saturates the machine would wait for its last camera for ever."""
PEER_EACH = 1.0
"""Seconds more a camera: cv2 opens one stream in about as long on a busy core."""


class Listener(Protocol):
    """Hears what is being done."""

    def begin(self, what: str) -> None: ...
    def part(self, part: float) -> None: ...
    def finished(self, usage: Usage | PeerUsage) -> None: ...


@dataclass(frozen=True, slots=True)
class _Job:
    """One measurement: ours if there is no peer."""

    cameras: int
    peer: Peer | None = None


class Bench:
    """Carries a plan out, one measurement after another."""

    def __init__(
        self, plan: Plan, listener: Listener, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan = plan
        self._listener = listener
        self._clock = clock
        self._give_up = clock() + plan.limit
        self._skipped: list[str] = []
        self._ours: list[Usage] = []
        self._peers: list[PeerUsage] = []

    def run(self) -> Result:
        """Measure everything that the plan names and that fits into its limit.

        Raises:
            ApartError: the farm died, or cannot play what it was given.
        """
        plan = self._plan
        before = os.getloadavg()[0]
        jobs = self._jobs()
        if jobs:
            with self._farm(plan.mix, max(job.cameras for job in jobs)) as (urls, look):
                for job in jobs:
                    self._do(job, urls, look)
        town, with_detector = self._town()
        return Result(
            machine=processor(),
            cores=cores(),
            load_before=before,
            load_after=os.getloadavg()[0],
            plan=plan,
            ours=self._ours,
            town=town,
            with_detector=with_detector,
            peers=self._peers,
            ratios=ratios(self._ours, self._peers),
            skipped=self._skipped,
        ).with_headline()

    def _jobs(self) -> list[_Job]:
        """By number of cameras, ours and then the peers', so that what is compared lies together
        in time."""
        plan = self._plan
        usable = []
        for peer in plan.peers:
            if lack := peers.missing(peer):
                self._skipped.append(f"{TITLES[peer]}: {lack}")
            else:
                usable.append(peer)
        jobs = []
        for count in sorted({*plan.cameras, *(plan.peer_cameras if usable else ())}):
            if count in plan.cameras:
                jobs.append(_Job(count))
            if count in plan.peer_cameras:
                jobs += [_Job(count, peer) for peer in usable]
        return jobs

    def _do(self, job: _Job, urls: Sequence[str], look: Callable[[], FarmReading]) -> None:
        if job.peer is None:
            usage = self._measure_ours(urls[: job.cameras], self._plan.mix, None, look)
            self._ours += [usage] if usage is not None else []
            return
        if self._is_late(what := f"{job.cameras} cameras, {TITLES[job.peer]}"):
            return
        self._listener.begin(what)
        found = peers.measure(
            PeerPlan(
                peer=job.peer,
                urls=list(urls[: job.cameras]),
                fps=KINDS[self._plan.mix][0].fps,
                seconds=self._plan.peer_seconds,
                settle=min(self._plan.settle, PEER_SETTLE),
                connect=PEER_CONNECT + PEER_EACH * job.cameras,
            )
        )
        self._peers.append(found)
        self._listener.finished(found)

    def _town(self) -> tuple[Usage | None, Usage | None]:
        """The mixed town, without a detector and, if one is named, with it."""
        plan = self._plan
        count = plan.town or (max(plan.cameras, default=0) if plan.detector else 0)
        if not count:
            return None, None
        mix = Mix.TOWN if plan.town else plan.mix
        if self._is_late(f"{count} cameras, {mix}"):
            return None, None
        with self._farm(mix, count) as (urls, look):
            town = self._measure_ours(urls, mix, None, look) if plan.town else None
            with_detector = (
                self._measure_ours(urls, mix, plan.detector, look) if plan.detector else None
            )
        return town, with_detector

    def _measure_ours(
        self,
        urls: Sequence[str],
        mix: Mix,
        detector: str | None,
        look: Callable[[], FarmReading],
    ) -> Usage | None:
        what = f"{len(urls)} cameras ({mix}) in {self._plan.shards} shards"
        what += f" with {detector}" if detector else ""
        if self._is_late(what):
            return None
        self._listener.begin(what)
        try:
            usage = ours.measure(
                urls, self._plan, mix, detector=detector, farm=look, step=self._listener.part
            )
        except ApartError as error:
            self._skipped.append(f"{what}: {error}")
            return None
        self._listener.finished(usage)
        return usage

    def _is_late(self, what: str) -> bool:
        late = self._clock() > self._give_up
        if late:
            self._skipped.append(f"{what}: the limit of {self._plan.limit:.0f} s had passed")
        return late

    @contextmanager
    def _farm(self, mix: Mix, count: int) -> Iterator[tuple[list[str], Callable[[], FarmReading]]]:
        plan = self._plan
        farm_plan = FarmPlan(
            mix=mix,
            cameras=count,
            still=plan.still,
            moving=plan.moving,
            active=plan.active,
            cache=plan.cache,
        )
        self._listener.begin(f"preparing {count} streams ({mix})")
        with Apart("the camera farm", serve_farm, farm_plan) as process:
            serving = process.ask(Order.READY, Serving, FARM_PATIENCE, self._prepared)
            yield serving.urls, lambda: process.ask(Order.LOOK, FarmReading, LOOK_PATIENCE)

    def _prepared(self, told: Told) -> None:
        self._listener.part(told.part)


def run(plan: Plan, listener: Listener) -> Result:
    """Carry a plan out.

    Raises:
        ApartError: the farm died, or cannot play what it was given.
    """
    return Bench(plan, listener).run()
