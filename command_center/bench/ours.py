"""Measures our shards: cameras spread as the product spreads them, each shard its own process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from command_center.bench.apart import Apart, Done, Order
from command_center.bench.detector import DetectorUsage
from command_center.bench.farm_process import FarmReading
from command_center.bench.meter import Machine, cores, per_camera_second
from command_center.bench.plan import DetectorFigures, Plan, Usage
from command_center.bench.shard_process import NOT_LOST, Online, ShardPlan, ShardUsage, serve
from command_center.bench.spread import spread_of
from command_center.bench.watched_camera import watched_camera
from command_center.placement.rendezvous import owner
from configs.town import Camera
from ingest.farm.mix import Mix

PATIENCE = 20.0
"""Seconds that a shard may take to answer while 350 cameras keep it busy."""
START_PATIENCE = 60.0
"""Seconds that it may take to start: imports, and a model's checksum."""
ONLINE_WITHIN = 20.0
"""Seconds until the cameras are online, besides `ONLINE_EACH` for every one of them."""
ONLINE_EACH = 0.06

Step = Callable[[float], None]
"""Told how far a measurement has come, 0 to 1."""


def measure(
    urls: Sequence[str],
    plan: Plan,
    mix: Mix,
    *,
    detector: str | None,
    farm: Callable[[], FarmReading],
    step: Step,
) -> Usage:
    """Watch every URL for `plan.seconds`, after all are online and `plan.settle` has passed.

    Raises:
        ApartError: a shard's process died or hangs.
    """
    with ExitStack() as stack:
        shards = [
            stack.enter_context(Apart(shard.name, serve, shard))
            for shard in _shards(urls, plan, detector)
        ]
        _wait_until_online(shards, len(urls))
        _sleep(plan.settle, lambda part: step(part * 0.3))
        farm_before, machine_before = farm(), Machine.now()
        for shard in shards:
            shard.ask(Order.BEGIN, Done, PATIENCE)
        _sleep(plan.seconds, lambda part: step(0.3 + part * 0.7))
        used = [shard.ask(Order.END, ShardUsage, PATIENCE) for shard in shards]
        farm_after, machine_after = farm(), Machine.now()
    return _usage(
        used,
        plan,
        mix,
        detector=detector,
        farm=(farm_before, farm_after),
        machine=(machine_before, machine_after),
    )


def _shards(urls: Sequence[str], plan: Plan, detector: str | None) -> list[ShardPlan]:
    """One plan for each shard that owns a camera."""
    names = [f"shard-{index}" for index in range(plan.shards)]
    cameras: dict[str, list[Camera]] = {name: [] for name in names}
    for index, url in enumerate(urls):
        camera = watched_camera(index, url, model=detector)
        cameras[owner(camera.id, names)].append(camera)
    return [
        ShardPlan(
            name=name,
            cameras=owned,
            ring_bytes=plan.ring_bytes,
            detector=detector,
            models_dir=plan.models_dir,
        )
        for name, owned in cameras.items()
        if owned
    ]


def _wait_until_online(shards: Sequence[Apart], cameras: int) -> None:
    """Wait for all, but not for ever: how many came is part of what is measured."""
    give_up = time.monotonic() + ONLINE_WITHIN + ONLINE_EACH * cameras
    patience = START_PATIENCE
    while sum(shard.ask(Order.LOOK, Online, patience).online for shard in shards) < cameras:
        patience = PATIENCE
        if time.monotonic() > give_up:
            return
        time.sleep(0.2)


def _sleep(seconds: float, step: Step) -> None:
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        step(passed / seconds)
        time.sleep(min(0.25, seconds - passed))
    step(1.0)


def _usage(
    used: Sequence[ShardUsage],
    plan: Plan,
    mix: Mix,
    *,
    detector: str | None,
    farm: tuple[FarmReading, FarmReading],
    machine: tuple[Machine, Machine],
) -> Usage:
    cameras = sum(shard.cameras for shard in used)
    seconds = max(shard.seconds for shard in used)
    cpu = sum(shard.cpu for shard in used)
    stages: Counter[str] = Counter()
    drops: Counter[str] = Counter()
    packets: Counter[str] = Counter()
    for shard in used:
        stages.update(shard.stages)
        drops.update(shard.drops)
        packets.update(shard.packets_dropped)
    scans = sum(shard.scans for shard in used)
    ring = sum(shard.ring_bytes for shard in used)
    farm_cores = (farm[1].cpu - farm[0].cpu) / (farm[1].wall - farm[0].wall)
    busy = (machine[1].busy - machine[0].busy) / (machine[1].wall - machine[0].wall)
    ours = cpu / seconds
    return Usage(
        mix=mix,
        cameras=cameras,
        shards=len(used),
        online=sum(shard.online for shard in used),
        seconds=seconds,
        cpu_ms_per_camera_second=per_camera_second(cpu, cameras, seconds),
        stages={name: per_camera_second(stages[name], cameras, seconds) for name in stages},
        cores_used=ours,
        scans_per_camera_second=scans / (cameras * seconds),
        active=sum(shard.active for shard in used) / scans if scans else 0.0,
        interval=spread_of(value for shard in used for value in shard.intervals),
        lag=spread_of(value for shard in used for value in shard.lags),
        units=sum(shard.units for shard in used),
        units_lost=sum(n for reason, n in drops.items() if reason not in NOT_LOST),
        drops=dict(drops),
        packets=sum(shard.packets for shard in used),
        packets_dropped=dict(packets),
        farm_dropped_packets=farm[1].dropped_packets - farm[0].dropped_packets,
        memory_mb_per_camera=(sum(s.grown_bytes for s in used) - ring) / cameras / 1e6,
        ring_mb_per_camera=ring / cameras / 1e6,
        ring_mb=ring / 1e6,
        ring_limit_mb=plan.ring_bytes * len(used) / 1e6,
        farm_cores=farm_cores,
        others_cores=max(0.0, busy - ours - farm_cores),
        idle_cores=max(0.0, cores() - busy),
        detector=_detector(used, detector, seconds),
    )


def _detector(
    used: Sequence[ShardUsage], model: str | None, seconds: float
) -> DetectorFigures | None:
    if model is None:
        return None
    whole = DetectorUsage()
    for shard in used:
        whole = whole.plus(shard.detector or DetectorUsage())
    return DetectorFigures(
        model=model,
        asked_per_second=whole.asked / seconds,
        answered_per_second=whole.answered / seconds,
        dropped={reason: count for reason, count in whole.dropped.items() if count},
        latency=whole.latency(),
    )
