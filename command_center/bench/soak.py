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
from command_center.bench.ledger import PacketLedger, hold
from command_center.bench.storm import LOOK_EVERY, PATIENCE, Town
from command_center.bench.trouble import PlannedFault, plan_faults
from ingest.farm import FaultKind
from ingest.farm.mix import MOVING, STILL, Mix

SAMPLE_EVERY = 30.0
"""Seconds between two samples."""
WARM_UP, LONGEST_OF_SHORT = 0.25, 120.0
"""Part of the run after which memory must be flat, and seconds of a short run, if that is at most
half of it: rings are full then, each decoder has met each size of picture, and the allocator the
largest units (60 cameras: 236 MB at first, 390 MB after 90 s, no more after that)."""
FLAT = 0.05
"""Part of the whole by which memory beside the rings may grow from there to the end, on the line
through its samples. Rings are bounded by themselves and sink while cameras fail."""
LOST, ON_ITS_WAY = 0.05, 2.0
"""Part of all packets sent that may be missing at the end: what was on its way when a connection
was reset (measured: 0.001), and what the farm sends into a silent network. Beside it so many
seconds of what is sent: a shard reads five times a second."""
HANG_UP = frozenset({FaultKind.DROP, FaultKind.FLAP})
"""Faults after which a camera is surely dialled again."""
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
    most_failing: int = 0
    """Cameras that had a fault at once since the sample before."""
    ledger: PacketLedger | None = None
    """From the sample on that was taken just before the network failed, or at the end."""


class SoakResult(BaseModel):
    """What the last line of the file says, and `fenghuo bench soak --json` prints."""

    plan: SoakPlan
    faults_by_kind: dict[str, int]
    samples: int
    growth: float
    """Of memory beside the rings from the warm-up to the end, as a part of the whole then: the
    fitted line's."""
    growth_mb_per_hour: float
    """The same line's slope."""
    growth_rss: float
    ledger: PacketLedger | None
    """None in samples of before it was kept."""
    first: SoakSample
    """The first sample after the warm-up."""
    last: SoakSample
    failed: list[str]
    """What was not as it must be, in words."""


def run(
    plan: SoakPlan,
    out: TextIO,
    said: Callable[[str], None],
    faults: Sequence[PlannedFault] | None = None,
) -> SoakResult:
    """Let cameras fail for as long as the plan says; `out` gets a line of JSON for each sample
    and the result at the end. `faults`: those instead of the plan's.

    Raises:
        ApartError: the farm or a shard died or hung.
    """
    faults = faults_of(plan) if faults is None else faults
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
        faults=list(faults),
        said=said,
    ) as town:
        said(f"{town.wait_for_all(PATIENCE)} cameras deliver; {len(faults)} faults will come")
        town.order_farm(Order.FAIL)
        began = time.monotonic()
        steps = outages(plan.seconds)
        failing, ledger = 0, None

        def keep() -> None:
            sample = _sample(town, began)
            most = max(failing, sample.farm.failing)
            samples.append(sample.model_copy(update={"most_failing": most, "ledger": ledger}))
            _write(out, samples[-1])
            said(_line(samples[-1]))

        while (at := time.monotonic() - began) < plan.seconds:
            while steps and at >= steps[0][0]:
                if ledger is None:
                    ledger = hold(town, _failed_by(faults, at))
                    keep()
                town.order_farm(steps.pop(0)[1])
            failing = max(failing, town.look_at_farm().failing)
            if not samples or at >= samples[-1].at + SAMPLE_EVERY:
                keep()
                failing = 0
            time.sleep(LOOK_EVERY)
        if ledger is None:
            ledger = hold(town, _failed_by(faults, time.monotonic() - began))
        keep()
    result = judge(plan, samples, Counter(str(fault.kind) for fault in faults))
    _write(out, result)
    return result


def faults_of(plan: SoakPlan) -> list[PlannedFault]:
    """The faults that a plan's seed draws."""
    return plan_faults(plan.cameras, plan.seconds, plan.fault_every, plan.seed, list(FaultKind))


def _failed_by(faults: Iterable[PlannedFault], at: float) -> set[str]:
    return {f"camera-{fault.camera}" for fault in faults if fault.at <= at + PATIENCE}


def judge_again(lines: Iterable[str], plan: SoakPlan) -> SoakResult:
    """What the samples of an earlier run mean, or of one that is still under way. `plan` counts
    where the lines do not end with a result, which holds its own.

    Raises:
        ValueError: a line is no sample, or there is none.
    """
    samples: list[SoakSample] = []
    faults = Counter(str(fault.kind) for fault in faults_of(plan))
    for line in lines:
        end = _End.model_validate_json(line)
        if end.plan is None:
            samples.append(SoakSample.model_validate_json(line))
        else:
            plan, faults = end.plan, Counter(end.faults_by_kind)
    if not samples:
        raise ValueError("it holds no sample")
    return judge(plan, samples, faults)


class _End(BaseModel):
    """What tells a result from a sample."""

    plan: SoakPlan | None = None
    faults_by_kind: dict[str, int] = {}


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
    own = [(s.at, float(s.pss - s.ring_bytes)) for s in warm]
    slope = fitted_slope(own)
    growth = slope * (last.at - first.at) / first.pss
    failed: list[str] = []
    if growth > FLAT:
        failed.append(
            f"memory beside the rings grew by {growth:.1%} of the whole after the warm-up, "
            f"{slope * 3600 / 1e6:.1f} MB/h"
        )
    failed += _faults_that_did_not_come(samples, faults)
    failed += _lost(samples)
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
        growth_mb_per_hour=slope * 3600 / 1e6,
        growth_rss=fitted_slope([(s.at, float(s.rss)) for s in warm])
        * (last.at - first.at)
        / first.rss,
        ledger=_ledger(samples),
        first=first,
        last=last,
        failed=failed,
    )


def _faults_that_did_not_come(samples: Sequence[SoakSample], faults: Counter[str]) -> list[str]:
    """A run in which nothing failed proves nothing."""
    found = []
    count = sum(faults.values())
    if count and not any(s.farm.failing or s.most_failing for s in samples):
        found.append(f"no camera ever failed, though {count} faults were planned")
    if faults.keys() & HANG_UP and samples[-1].connections <= samples[0].connections:
        found.append("no camera was ever dialled again, though some were to hang up")
    return found


def _lost(samples: Sequence[SoakSample]) -> list[str]:
    """What the farm sent and no shard took, or the other way round."""
    last, found = samples[-1], []
    sent = last.farm.packets
    if abs(sent - last.packets) > LOST * sent + sent * ON_ITS_WAY / max(last.at, ON_ITS_WAY):
        found.append(f"{sent} packets were sent and {last.packets} taken")
    ledger = _ledger(samples)
    if ledger is not None:
        found += [f"a camera that never failed: {wrong}" for wrong in ledger.wrong]
    return found


def _ledger(samples: Sequence[SoakSample]) -> PacketLedger | None:
    return next((s.ledger for s in samples if s.ledger is not None), None)


def _warm_up(seconds: float) -> float:
    return max(WARM_UP * seconds, min(LONGEST_OF_SHORT, seconds / 2))


def _open_files(samples: Sequence[SoakSample]) -> int:
    """Descriptors while all cameras were connected: those that fail have none."""
    return max(sample.descriptors for sample in samples[: max(1, len(samples) // 2)])


def fitted_slope(points: Sequence[tuple[float, float]]) -> float:
    """What the least-squares line through (time, value) grows in a unit of time; 0 where there are
    not two times."""
    middle = sum(t for t, _ in points) / max(1, len(points))
    mean = sum(v for _, v in points) / max(1, len(points))
    spread = sum((t - middle) ** 2 for t, _ in points)
    return sum((t - middle) * (v - mean) for t, v in points) / spread if spread else 0.0


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
