"""Measures one peer in a process of its own, its child processes included."""

from __future__ import annotations

import os
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import NoReturn

import cv2
from pydantic import BaseModel

from command_center.bench.apart import Apart, ApartError, Order, answer_orders
from command_center.bench.meter import (
    cores,
    family_bytes,
    family_cpu,
    per_camera_second,
    wait_until,
)
from command_center.bench.peers import ffmpeg
from command_center.bench.peers.ffmpeg import FfmpegReader
from command_center.bench.peers.libav import LibavReader
from command_center.bench.peers.opencv import OpenCvReader
from command_center.bench.peers.reader import Reader

STARVING = 0.9
"""Part of the pictures that are due: with less the peer does not keep up, and what it costs is
what there is to have, not what it needs."""


class Peer(StrEnum):
    OPENCV = "opencv"
    FFMPEG = "ffmpeg"
    PYAV = "pyav"


TITLES = {
    Peer.OPENCV: "cv2.VideoCapture, a thread a camera",
    Peer.FFMPEG: "ffmpeg child a camera, raw pipe at 5/s",
    Peer.PYAV: "PyAV, every picture, a thread a camera",
}
_READERS: dict[Peer, type[Reader]] = {
    Peer.OPENCV: OpenCvReader,
    Peer.FFMPEG: FfmpegReader,
    Peer.PYAV: LibavReader,
}


class PeerPlan(BaseModel):
    """`fps`: pictures a second that each stream has."""

    peer: Peer
    urls: list[str]
    fps: float
    seconds: float
    settle: float
    connect: float
    """Seconds that its cameras may take to deliver their first pictures, all together."""


class PeerUsage(BaseModel):
    """What a peer cost. `online`: cameras that delivered anything while it was measured."""

    peer: Peer
    cameras: int
    online: int = 0
    seconds: float = 0.0
    cpu_ms_per_camera_second: float = 0.0
    cores_used: float = 0.0
    pictures_per_camera_second: float = 0.0
    pictures_due: float = 0.0
    memory_mb_per_camera: float = 0.0
    starves: bool = False
    note: str = ""


def missing(peer: Peer) -> str:
    """What this machine lacks for a peer, in words; empty if nothing."""
    if peer is Peer.FFMPEG and shutil.which("ffmpeg") is None:
        return "the program ffmpeg is not installed (apt-get install ffmpeg)"
    return ""


def measure(plan: PeerPlan) -> PeerUsage:
    """Run a peer for as long as planned, whatever it does; never longer."""
    patience = plan.connect + plan.settle + plan.seconds + 20.0
    with Apart(f"peer {plan.peer}", serve, plan) as process:
        try:
            return process.ask(Order.BEGIN, PeerUsage, patience)
        except ApartError as error:
            return PeerUsage(peer=plan.peer, cameras=len(plan.urls), starves=True, note=str(error))


def serve(plan: PeerPlan, pipe: Connection) -> None:
    """The child's whole life."""
    cv2.setNumThreads(1)
    before = family_bytes(())
    lasting = plan.connect + plan.settle + plan.seconds + 60.0
    readers = [_READERS[plan.peer](url, lasting) for url in plan.urls]
    for reader in readers:
        reader.start()
    status = 1
    try:
        answer_orders(pipe, {Order.BEGIN: lambda: _measure(plan, readers, before)})
        status = 0
    finally:
        if status:
            traceback.print_exc()  # nobody hears of it after `_end`
        _end(readers, status)


def _end(readers: Sequence[Reader], status: int) -> NoReturn:
    """End this process without waiting: a read that starves takes half a minute, and libraries
    whose threads still read complain when the interpreter ends around them."""
    for reader in readers:
        reader.stop()
    sys.stderr.flush()
    os._exit(status)


def _measure(plan: PeerPlan, readers: Sequence[Reader], before: int) -> PeerUsage:
    wait_until(lambda: all(reader.pictures for reader in readers), plan.connect)
    time.sleep(plan.settle)
    counted = [reader.pictures for reader in readers]
    began, cpu = time.monotonic(), family_cpu(_children(readers))
    time.sleep(plan.seconds)
    seconds = time.monotonic() - began
    spent = family_cpu(_children(readers)) - cpu
    gained = [reader.pictures - count for reader, count in zip(readers, counted, strict=True)]
    rate = sum(gained) / (len(readers) * seconds)
    due = min(ffmpeg.FPS, plan.fps) if plan.peer is Peer.FFMPEG else plan.fps
    return PeerUsage(
        peer=plan.peer,
        cameras=len(readers),
        online=sum(pictures > 0 for pictures in gained),
        seconds=seconds,
        cpu_ms_per_camera_second=per_camera_second(spent, len(readers), seconds),
        cores_used=spent / seconds,
        pictures_per_camera_second=rate,
        pictures_due=due,
        memory_mb_per_camera=(family_bytes(_children(readers)) - before) / len(readers) / 1e6,
        starves=rate < STARVING * due,
        note="" if spent / seconds < cores() else "the whole machine was used",
    )


def _children(readers: Sequence[Reader]) -> list[int]:
    return [child for reader in readers if (child := reader.child) is not None]
