"""The farm in a process of its own, with faults of its cameras and of the network before them."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import BaseModel

from command_center.bench.apart import Done, Order, Told, answer_orders, sayer
from command_center.bench.trouble import PlannedFault
from ingest.farm import Farm, FarmCamera, Fault
from ingest.farm.outage import Outage
from ingest.farm.serve import allow_many_files
from ingest.media import Codec

H265_EVERY = 10
"""One camera in ten sends H.265, as in a town."""


class FarmPlan(BaseModel):
    """What to serve. `source`: a clip file or a drawn scene, as 640x360@15, 512 kb/s, GOP 2 s."""

    cameras: int
    source: str
    h265: bool = True
    faults: list[PlannedFault] = []
    cache: Path


class Serving(BaseModel):
    """Where the cameras are, in order."""

    urls: list[str]


class FarmSample(BaseModel):
    """Up to now; `dropped`: pictures that a client did not take in time."""

    cpu: float
    clients: int
    packets: int
    dropped: int
    failing: int
    """Cameras with a fault just now."""


def serve(plan: FarmPlan, pipe: Connection) -> None:
    """The child's whole life: prepare, serve, fail when told to."""
    say = sayer(pipe)
    allow_many_files(plan.cameras)
    pipe.recv()  # the order to be ready
    cameras = [_camera(plan, index) for index in range(plan.cameras)]
    with Farm(
        cameras,
        cache=plan.cache,
        progress=lambda what, part: say(Told(what=what, part=part)),
    ) as farm:
        urls = [farm.url(camera.name) for camera in cameras]
        pipe.send((True, Serving(urls=urls).model_dump_json()))

        def fail() -> Done:
            for fault in plan.faults:
                timed = Fault(fault.kind, at=fault.at, duration=fault.duration)
                farm.fault(cameras[fault.camera].name, timed)
            return Done()

        def cut(outage: Outage) -> Done:
            farm.cut(outage)
            return Done()

        def mend() -> Done:
            farm.restore()
            return Done()

        answer_orders(
            pipe,
            {
                Order.LOOK: lambda: _look(farm),
                Order.FAIL: fail,
                Order.SILENCE: lambda: cut(Outage.SILENT),
                Order.RESET: lambda: cut(Outage.RESET),
                Order.MEND: mend,
            },
        )


def _camera(plan: FarmPlan, index: int) -> FarmCamera:
    modern = plan.h265 and index % H265_EVERY == H265_EVERY - 1
    path = Path(plan.source)
    return FarmCamera(
        name=f"camera-{index}",
        source=path if path.is_file() else plan.source,
        codec=Codec.H265 if modern else Codec.H264,
        width=640,
        height=360,
        fps=15,
        bitrate=512_000,
        gop=2.0,
        label="bench",
    )


def _look(farm: Farm) -> FarmSample:
    stats = farm.stats()
    return FarmSample(
        cpu=time.process_time(),
        clients=sum(camera.clients for camera in stats),
        packets=sum(camera.counters.packets for camera in stats),
        dropped=sum(camera.counters.dropped_pictures for camera in stats),
        failing=sum(bool(camera.faults) for camera in stats),
    )
