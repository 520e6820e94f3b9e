"""The farm in a process of its own: what its work costs is stated apart from what is measured."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import BaseModel

from command_center.bench.apart import Done, Handlers, Order, Told, answer_orders, sayer
from command_center.bench.trouble import PlannedFault
from ingest.farm import Farm, Fault
from ingest.farm.mix import MOVING, STILL, Mix, as_clip, cameras
from ingest.farm.outage import Outage
from ingest.farm.serve import allow_many_files


class FarmPlan(BaseModel):
    """What to serve. `still`, `moving`: clip files or drawn scenes; `active`: how many move;
    `faults`: what fails once it is told to."""

    mix: Mix
    cameras: int
    still: str = STILL
    moving: str = MOVING
    active: float = 0.1
    faults: list[PlannedFault] = []
    cache: Path


class Serving(BaseModel):
    """Where the cameras are, in order."""

    urls: list[str]


class FarmReading(BaseModel):
    """Up to now: CPU seconds, and what was dropped because a client did not read in time."""

    wall: float
    cpu: float
    clients: int
    pictures: int
    packets: int
    dropped_pictures: int
    dropped_packets: int
    failing: int
    """Cameras with a fault just now."""


class Sent(BaseModel):
    """Packets that the farm has sent for each camera, to all who ever watched it."""

    packets: dict[str, int]


def serve(plan: FarmPlan, pipe: Connection) -> None:
    """The child's whole life: prepare, serve, answer."""
    say = sayer(pipe)

    def progress(what: str, part: float) -> None:
        say(Told(what=what, part=part))

    allow_many_files(plan.cameras)
    number, _ = pipe.recv()  # the order to be ready, which progress and then the addresses answer
    served = cameras(
        plan.mix,
        plan.cameras,
        still=as_clip(plan.still, plan.cache, progress),
        moving=as_clip(plan.moving if plan.active else plan.still, plan.cache, progress),
        active=plan.active,
    )
    with Farm(served, cache=plan.cache, progress=progress) as farm:
        urls = [farm.url(camera.name) for camera in served]
        pipe.send((number, Serving(urls=urls).model_dump_json()))
        answer_orders(
            pipe,
            {
                Order.LOOK: lambda: _look(farm),
                Order.COUNT: lambda: _sent(farm),
                **_trouble(farm, plan.faults),
            },
        )


def _trouble(farm: Farm, faults: list[PlannedFault]) -> Handlers:
    """What the farm does when it is told to fail."""

    def fail() -> Done:
        for fault in faults:
            timed = Fault(fault.kind, at=fault.at, duration=fault.duration)
            farm.fault(f"camera-{fault.camera}", timed)
        return Done()

    def cut(outage: Outage) -> Done:
        farm.cut(outage)
        return Done()

    def mend() -> Done:
        farm.restore()
        return Done()

    return {
        Order.FAIL: fail,
        Order.SILENCE: lambda: cut(Outage.SILENT),
        Order.RESET: lambda: cut(Outage.RESET),
        Order.MEND: mend,
    }


def _sent(farm: Farm) -> Sent:
    return Sent(packets={camera.name: camera.counters.packets for camera in farm.stats()})


def _look(farm: Farm) -> FarmReading:
    stats = farm.stats()
    return FarmReading(
        wall=time.monotonic(),
        cpu=time.process_time(),
        clients=sum(camera.clients for camera in stats),
        pictures=sum(camera.counters.pictures for camera in stats),
        packets=sum(camera.counters.packets for camera in stats),
        dropped_pictures=sum(camera.counters.dropped_pictures for camera in stats),
        dropped_packets=sum(camera.counters.dropped_packets for camera in stats),
        failing=sum(bool(camera.faults) for camera in stats),
    )
