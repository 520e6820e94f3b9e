"""`fenghuo bench ingest`: CPU and memory a camera, ours beside one VideoCapture thread a camera.

Every measurement runs in a process of its own, on streams of a farm in another, so that what is
counted is the carrier's work and nothing else.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
from pydantic import BaseModel

from command_center.bench import opencv_peer, shard_meter
from command_center.bench.meter import Usage
from ingest.farm import Farm, FarmCamera
from ingest.media import Codec

_SPAWN = multiprocessing.get_context("spawn")
"""A forked child would inherit the parent's threads' locks and its memory."""


GOODBYE = 3.0
"""Seconds that a child may take to end by itself once it has answered."""


class Plan(BaseModel):
    """What is measured. `peer_cameras`: how many the peer is given; it saturates early."""

    cameras: list[int]
    peer_cameras: list[int]
    seconds: float
    settle: float
    codec: Codec = Codec.H264
    source: str
    """A clip file or a drawn scene, served as 640x360@15, 512 kb/s, GOP 2 s."""


class Result(BaseModel):
    """What `fenghuo bench ingest --json` prints."""

    machine: str
    plan: Plan
    ours: list[Usage]
    opencv: list[Usage]
    ratio: float | None
    """The peer's CPU a camera-second over ours, both at their smallest number of cameras."""


def run(plan: Plan, said: Callable[[str], None]) -> Result:
    """Measure everything that the plan names; `said` is told what is being done."""
    most = max([*plan.cameras, *plan.peer_cameras])
    ours: list[Usage] = []
    peers: list[Usage] = []
    said(f"preparing {most} streams of {plan.source}")
    with _farm(plan, most) as urls:
        for count in plan.cameras:
            said(f"{count} cameras in one shard, {plan.seconds:g} s")
            ours.append(_apart(_ours, urls[:count], plan))
        for count in plan.peer_cameras:
            said(f"{count} cameras, one cv2.VideoCapture thread each, {plan.seconds:g} s")
            peers.append(_apart(_opencv, urls[:count], plan))
    ratio = (
        peers[0].cpu_ms_per_camera_second / ours[0].cpu_ms_per_camera_second
        if peers and ours and ours[0].cpu_ms_per_camera_second
        else None
    )
    return Result(
        machine=f"{os.cpu_count()} cores", plan=plan, ours=ours, opencv=peers, ratio=ratio
    )


def _ours(urls: list[str], plan: Plan) -> Usage:
    return shard_meter.measure(urls, plan.seconds, plan.settle, decode_threads=1)


def _opencv(urls: list[str], plan: Plan) -> Usage:
    return opencv_peer.measure(urls, plan.seconds, plan.settle)


_Measure = Callable[[list[str], Plan], Usage]


def _apart(measure: _Measure, urls: list[str], plan: Plan) -> Usage:
    """Measure in a child process.

    Raises:
        RuntimeError: the child died without an answer.
    """
    ours, theirs = _SPAWN.Pipe()
    child = _SPAWN.Process(target=_answer, args=(measure, urls, plan, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        return Usage.model_validate_json(ours.recv_bytes())
    except EOFError as error:
        raise RuntimeError(f"the measuring process ended with {child.exitcode}") from error
    finally:
        child.join(GOODBYE)
        child.kill()


def _answer(measure: _Measure, urls: list[str], plan: Plan, pipe: Connection) -> None:
    # A line for each of 300 cameras that come online would be the loudest part of the answer.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    pipe.send_bytes(measure(urls, plan).model_dump_json().encode())


@contextmanager
def _farm(plan: Plan, count: int) -> Iterator[list[str]]:
    """A farm in its own process; the URLs of its cameras."""
    ours, theirs = _SPAWN.Pipe()
    child = _SPAWN.Process(target=_serve, args=(plan, count, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        urls: list[str] = ours.recv()
        yield urls
        ours.send(None)
        child.join(10.0)
    except EOFError as error:
        raise RuntimeError(f"the farm ended with {child.exitcode}; see above") from error
    finally:
        child.kill()


def _serve(plan: Plan, count: int, pipe: Connection) -> None:
    path = Path(plan.source)
    source: Path | str = path if path.is_file() else plan.source
    cameras = [
        FarmCamera(
            name=f"camera-{index}",
            source=source,
            codec=plan.codec,
            width=640,
            height=360,
            fps=15,
            bitrate=512_000,
            gop=2.0,
            label="bench",
        )
        for index in range(count)
    ]
    with Farm(cameras) as farm:
        pipe.send([farm.url(camera.name) for camera in cameras])
        pipe.recv()
