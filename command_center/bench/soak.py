"""`fenghuo bench soak`: hours of faults, and whether anything grows, leaks or goes uncounted.

A sample of every shard is written down as it is taken, so that a run in the background can be
followed, and one that was cut short is not lost.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel

from command_center.bench.apart import Order
from command_center.bench.farm_process import FarmReading
from command_center.bench.storm import LOOK_EVERY, PATIENCE, Town
from command_center.bench.trouble import plan_faults
from ingest.farm import FaultKind
from ingest.farm.mix import MOVING, STILL, Mix

SAMPLE_EVERY = 30.0
"""Seconds between two samples."""
WARM_UP, LONGEST_OF_SHORT = 0.25, 120.0
"""Part of the run after which memory must be flat, and seconds of a short run, if that is at most
half of it: rings are full then, each decoder has met each size of picture, and the allocator the
largest units (60 cameras: 236 MB at first, 390 MB after 90 s, no more after that)."""
FLAT = 0.05
"""Part by which memory may grow from there to the end, on the line through its samples."""
SPARE_THREADS, SPARE_DESCRIPTORS = 2, 4
"""More at the end than after the warm-up: a delivery or an evidence file may just be in hand."""
OUTAGES = ((0.4, Order.RESET, 20.0), (0.6, Order.SILENCE, 40.0))
"""When the whole network fails too (part of the run), how, and for how many seconds."""
SHORTEST_WITH_OUTAGES = 600.0
"""Seconds: a shorter run has no time for them."""


class SoakPlan(BaseModel):
    """So many cameras for so long, with a fault each `fault_every` seconds on average."""

    cameras: int
    seconds: float
    shards: int
    mix: Mix
    still: str = STILL
    moving: str = MOVING
    fault_every: float
    seed: int
    ring_bytes: int
    models_dir: Path
    cache: Path


class SoakSample(BaseModel):
    """A moment; `at`: seconds since the beginning. Sums over all shards, except `shards`."""

    at: float
    rss: int
    pss: int
    threads: int
    descriptors: int
    ring_bytes: int
    delivering: int
    states: dict[str, int]
    connections: int
    packets: int
    packets_used: int
    packets_pending: int
    packets_dropped: dict[str, int]
    units: int
    units_kept: int
    drops: dict[str, int]
    events: int
    cpu: float
    ping: float
    uneven: list[str]
    silent: list[str]
    farm: FarmReading


class SoakResult(BaseModel):
    """What the last line of the file says, and `fenghuo bench soak --json` prints."""

    plan: SoakPlan
    faults_by_kind: dict[str, int]
    samples: int
    growth: float
    """Of memory from the warm-up to the end, as a part of what it was: the fitted line's."""
    growth_rss: float
    first: SoakSample
    """The first sample after the warm-up."""
    last: SoakSample
    failed: list[str]
    """What was not as it must be, in words."""


def run(plan: SoakPlan, out: TextIO, said: Callable[[str], None]) -> SoakResult:
    """Let cameras fail for as long as the plan says; `out` gets a line of JSON for each sample
    and the result at the end.

    Raises:
        ApartError: the farm or a shard died or hung.
    """
    faults = plan_faults(plan.cameras, plan.seconds, plan.fault_every, plan.seed, list(FaultKind))
    samples: list[SoakSample] = []
    with Town(
        plan.cameras,
        plan.shards,
        plan.mix,
        still=plan.still,
        moving=plan.moving,
        ring_bytes=plan.ring_bytes,
        models_dir=plan.models_dir,
        cache=plan.cache,
        faults=faults,
        said=said,
    ) as town:
        said(f"{town.wait_for_all(PATIENCE)} cameras deliver; {len(faults)} faults will come")
        town.order_farm(Order.FAIL)
        began = time.monotonic()
        steps = outages(plan.seconds)
        while (at := time.monotonic() - began) < plan.seconds:
            while steps and at >= steps[0][0]:
                town.order_farm(steps.pop(0)[1])
            if not samples or at >= samples[-1].at + SAMPLE_EVERY:
                samples.append(_sample(town, began))
                _write(out, samples[-1])
                said(_line(samples[-1]))
            time.sleep(LOOK_EVERY)
        samples.append(_sample(town, began))
        _write(out, samples[-1])
    result = judge(plan, samples, Counter(str(fault.kind) for fault in faults))
    _write(out, result)
    return result


def outages(seconds: float) -> list[tuple[float, Order]]:
    """Orders for the farm and the second at which they are given."""
    if seconds < SHORTEST_WITH_OUTAGES:
        return []
    steps = [
        step
        for part, how, length in OUTAGES
        for step in ((part * seconds, how), (part * seconds + length, Order.MEND))
    ]
    return sorted(steps, key=lambda step: step[0])


def judge(plan: SoakPlan, samples: Sequence[SoakSample], faults: Counter[str]) -> SoakResult:
    """What the samples say; there is at least one."""
    warm = [s for s in samples if s.at >= _warm_up(plan.seconds)] or [samples[-1]]
    first, last = warm[0], warm[-1]
    growth = fitted_growth([(s.at, float(s.pss)) for s in warm])
    failed: list[str] = []
    if growth > FLAT:
        failed.append(f"memory grew by {growth:.1%} after the warm-up")
    if last.threads > first.threads + SPARE_THREADS:
        failed.append(f"threads: {first.threads} after the warm-up, {last.threads} at the end")
    if last.descriptors > _open_files(warm) + SPARE_DESCRIPTORS:
        failed.append(
            f"descriptors: {_open_files(warm)} after the warm-up, {last.descriptors} at the end"
        )
    failed += [
        f"counters of {', '.join(s.uneven[:5])} do not add up {s.at:.0f} s after the beginning"
        for s in samples
        if s.uneven
    ][:5]
    if last.delivering < plan.cameras:
        failed.append(
            f"{plan.cameras - last.delivering} cameras are not back: {', '.join(last.silent[:5])}"
        )
    if last.ring_bytes > plan.ring_bytes * plan.shards:
        failed.append(f"the rings hold {last.ring_bytes} bytes, more than they may")
    return SoakResult(
        plan=plan,
        faults_by_kind=dict(faults),
        samples=len(samples),
        growth=growth,
        growth_rss=fitted_growth([(s.at, float(s.rss)) for s in warm]),
        first=first,
        last=last,
        failed=failed,
    )


def _warm_up(seconds: float) -> float:
    return max(WARM_UP * seconds, min(LONGEST_OF_SHORT, seconds / 2))


def _open_files(samples: Sequence[SoakSample]) -> int:
    """Descriptors while all cameras were connected: those that fail have none."""
    return max(sample.descriptors for sample in samples[: max(1, len(samples) // 2)])


def fitted_growth(points: Sequence[tuple[float, float]]) -> float:
    """How much the least-squares line through (time, value) grows from the first to the last
    point, as a part of its value at the first."""
    if len(points) < 2:
        return 0.0
    middle = sum(t for t, _ in points) / len(points)
    mean = sum(v for _, v in points) / len(points)
    spread = sum((t - middle) ** 2 for t, _ in points)
    if not spread:
        return 0.0
    slope = sum((t - middle) * (v - mean) for t, v in points) / spread
    start, end = points[0][0], points[-1][0]
    at_start = mean + slope * (start - middle)
    return slope * (end - start) / at_start if at_start > 0 else 0.0


def _sample(town: Town, began: float) -> SoakSample:
    shards, ping = town.look()
    return SoakSample(
        at=time.monotonic() - began,
        rss=sum(s.rss for s in shards),
        pss=sum(s.pss for s in shards),
        threads=sum(s.threads for s in shards),
        descriptors=sum(s.descriptors for s in shards),
        ring_bytes=sum(s.ring_bytes for s in shards),
        delivering=sum(s.delivering for s in shards),
        states=_added(s.states for s in shards),
        connections=sum(s.connections for s in shards),
        packets=sum(s.packets for s in shards),
        packets_used=sum(s.packets_used for s in shards),
        packets_pending=sum(s.packets_pending for s in shards),
        packets_dropped=_added(s.packets_dropped for s in shards),
        units=sum(s.units for s in shards),
        units_kept=sum(s.units_kept for s in shards),
        drops=_added(s.drops for s in shards),
        events=sum(s.events for s in shards),
        cpu=sum(s.cpu for s in shards),
        ping=ping,
        uneven=[name for s in shards for name in s.uneven],
        silent=[name for s in shards for name in s.silent],
        farm=town.look_at_farm(),
    )


def _added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


def _write(out: TextIO, line: BaseModel) -> None:
    out.write(line.model_dump_json() + "\n")
    out.flush()


def _line(sample: SoakSample) -> str:
    return (
        f"{sample.at:5.0f} s: {sample.delivering} deliver, {sample.farm.failing} fail, "
        f"{sample.pss / 1e6:.0f} MB, {sample.threads} threads, {sample.descriptors} descriptors, "
        f"{sample.events} events"
    )
