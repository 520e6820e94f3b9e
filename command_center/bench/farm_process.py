"""The farm in a process of its own: what its work costs is stated apart from what is measured."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import BaseModel

from command_center.bench.apart import Order, Told, answer_orders, sayer
from ingest.farm import Farm
from ingest.farm.mix import MOVING, STILL, Mix, as_clip, cameras
from ingest.farm.serve import allow_many_files


class FarmPlan(BaseModel):
    """What to serve. `still`, `moving`: clip files or drawn scenes; `active`: how many move."""

    mix: Mix
    cameras: int
    still: str = STILL
    moving: str = MOVING
    active: float = 0.1
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


def serve(plan: FarmPlan, pipe: Connection) -> None:
    """The child's whole life: prepare, serve, answer."""
    say = sayer(pipe)

    def progress(what: str, part: float) -> None:
        say(Told(what=what, part=part))

    allow_many_files(plan.cameras)
    pipe.recv()  # the order to be ready, which progress and then the addresses answer
    served = cameras(
        plan.mix,
        plan.cameras,
        still=as_clip(plan.still, plan.cache, progress),
        moving=as_clip(plan.moving if plan.active else plan.still, plan.cache, progress),
        active=plan.active,
    )
    with Farm(served, cache=plan.cache, progress=progress) as farm:
        urls = [farm.url(camera.name) for camera in served]
        pipe.send((True, Serving(urls=urls).model_dump_json()))
        answer_orders(pipe, {Order.LOOK: lambda: _look(farm)})


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
    )
