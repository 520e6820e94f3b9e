"""A shard as the product runs it, in a process of its own, with nobody to tell but a counter.

Everything is there that `detectors.worker` has: rules, evidence, outbox, delivery. Only the command
center is missing; whatever is delivered is taken and counted.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, SecretStr

from command_center.bench.apart import Done, Order, answer_orders
from configs.town import Camera
from detectors.bus import Heartbeat, HeartbeatAnswer
from detectors.camera_health import TICK
from detectors.event import Event, EvidenceKind
from detectors.heap import give_memory_back
from detectors.lifecycle import TIDY
from detectors.worker import Worker
from detectors.worker_config import WorkerConfig
from ingest.farm.serve import allow_many_files
from ingest.source import SCAN_DROPS
from ingest.stats import CameraStats

LOOK_EVERY = 0.5
"""Seconds between two looks at which cameras have sent a picture."""
FRESH = 2.0
"""Seconds: a camera whose last picture is younger delivers."""
_TRIES = 40
_PAUSE = 0.005
"""Counters are copied beside the reader thread, which may be in the middle of a camera's turn; a
turn takes less than this many times so many seconds."""


class WorkerPlan(BaseModel):
    """One shard's cameras, and how much coded video it keeps of them all."""

    name: str
    cameras: list[Camera]
    ring_bytes: int
    decode_threads: int = 1
    models_dir: Path


class WorkerSample(BaseModel):
    """A moment of a shard. Seconds, bytes and counts since its start; memory of now."""

    wall: float
    cpu: float
    rss: int
    pss: int
    """Resident memory with what is shared with other processes counted by its share."""
    threads: int
    descriptors: int
    ring_bytes: int
    cameras: int
    delivering: int
    """Cameras that have sent a picture within `FRESH`."""
    states: dict[str, int]
    connections: int
    most_connections: int
    """Of one camera, since BEGIN."""
    packets: int
    packets_used: int
    packets_pending: int
    packets_dropped: dict[str, int]
    units: int
    units_kept: int
    drops: dict[str, int]
    events: int
    uneven: list[str]
    """Cameras whose counters do not add up."""
    silent: list[str]
    """Cameras that do not deliver, at most ten of them."""


class Taken(BaseModel):
    """Packets that a shard has counted for each camera, and how often it dialled it."""

    packets: dict[str, int]
    connections: dict[str, int]


def serve(plan: WorkerPlan, pipe: Connection) -> None:
    """The child's whole life: watch the cameras, and answer."""
    give_memory_back()
    allow_many_files(len(plan.cameras))
    with tempfile.TemporaryDirectory() as folder:
        watched = _Watched(plan, Path(folder))
        watched.start()
        try:
            answer_orders(
                pipe,
                {
                    Order.LOOK: watched.look,
                    Order.BEGIN: watched.begin,
                    Order.COUNT: watched.count,
                },
            )
        finally:
            watched.stop()


class CountingBus:
    """Takes everything, at once and for good."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()

    def register(self) -> int:
        return 1

    def tell(self, events: Sequence[Event]) -> Sequence[None]:
        self.events.update(event.data.event_type for event in events)
        return [None] * len(events)

    def show(self, event_id: UUID, kind: EvidenceKind, camera_id: str, data: bytes) -> None:
        """Evidence is taken and forgotten."""

    def show_still(self, camera_id: str, epoch: int, captured_at: datetime, jpeg: bytes) -> None:
        """Nobody asked for any."""

    def beat(self, heartbeat: Heartbeat) -> HeartbeatAnswer:
        return HeartbeatAnswer()


class _Watched:
    """A worker, its chores, and a look at its cameras twice a second."""

    def __init__(self, plan: WorkerPlan, folder: Path) -> None:
        self._bus = CountingBus()
        self._broken = ""
        config = WorkerConfig(
            shard=plan.name,
            cameras=tuple(plan.cameras),
            command_center="http://127.0.0.1:1",
            token=SecretStr("nobody"),
            data_dir=folder,
            models_dir=plan.models_dir,
            ring_bytes=plan.ring_bytes,
            decode_threads=plan.decode_threads,
        )
        self._worker = Worker(
            config, self._bus, clock=time.time, on_fenced=self._end, on_broken=self._end
        )
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._chores, name="chores", daemon=True),
            threading.Thread(target=self._follow, name="follow", daemon=True),
        ]
        self._units: dict[str, int] = {}
        self._grew_at: dict[str, float] = {}
        self._dialled: dict[str, int] = {}

    def start(self) -> None:
        self._worker.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._worker.stop()

    def begin(self) -> Done:
        """Count connections from here."""
        cameras = self._worker.shard.stats().cameras
        self._dialled = {name: camera.connections for name, camera in cameras.items()}
        return Done()

    def count(self) -> Taken:
        cameras = self._worker.shard.stats().cameras
        return Taken(
            packets={name: camera.packets for name, camera in cameras.items()},
            connections={name: camera.connections for name, camera in cameras.items()},
        )

    def look(self) -> WorkerSample:
        if self._broken:
            raise RuntimeError(f"the worker must end: {self._broken}")
        stats = self._worker.shard.stats()
        cameras, uneven = self._settled(stats.cameras)
        now = time.monotonic()
        silent = [c for c in cameras if now - self._grew_at.get(c, -FRESH) > FRESH]
        states = Counter(str(health.state) for health in self._worker.pipeline.health())
        dropped: Counter[str] = Counter()
        drops: Counter[str] = Counter()
        for camera in cameras.values():
            dropped.update({str(reason): n for reason, n in camera.packets_dropped.items()})
            drops.update({str(reason): n for reason, n in camera.drops.items()})
        rss, pss = _memory()
        return WorkerSample(
            wall=time.time(),
            cpu=time.process_time(),
            rss=rss,
            pss=pss,
            threads=sum(1 for _ in Path("/proc/self/task").iterdir()),
            descriptors=sum(1 for _ in Path("/proc/self/fd").iterdir()),
            ring_bytes=stats.ring_bytes,
            cameras=len(cameras),
            delivering=len(cameras) - len(silent),
            states=dict(states),
            connections=sum(c.connections for c in cameras.values()),
            most_connections=max(
                (c.connections - self._dialled.get(name, 0) for name, c in cameras.items()),
                default=0,
            ),
            packets=sum(c.packets for c in cameras.values()),
            packets_used=sum(c.packets_used for c in cameras.values()),
            packets_pending=sum(c.packets_pending for c in cameras.values()),
            packets_dropped=dict(dropped),
            units=sum(c.units for c in cameras.values()),
            units_kept=sum(c.units_kept for c in cameras.values()),
            drops=dict(drops),
            events=sum(self._bus.events.values()),
            uneven=uneven,
            silent=silent[:10],
        )

    def _settled(
        self, cameras: Mapping[str, CameraStats]
    ) -> tuple[dict[str, CameraStats], list[str]]:
        """Counters between two turns of the reader thread, and who has none that add up."""
        found = dict(cameras)
        uneven = [name for name, camera in found.items() if not is_even(camera)]
        for _ in range(_TRIES):
            if not uneven:
                break
            time.sleep(_PAUSE)
            again = self._worker.shard.stats().cameras
            found.update({name: again[name] for name in uneven if name in again})
            uneven = [name for name in uneven if not is_even(found[name])]
        return found, uneven

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            now = time.monotonic()
            for name, camera in self._worker.shard.stats().cameras.items():
                if camera.units > self._units.get(name, 0):
                    self._grew_at[name] = now
                self._units[name] = camera.units

    def _chores(self) -> None:
        """What the worker's own main loop does between two orders."""
        tidy_at = time.monotonic()
        while not self._ended.wait(TICK):
            now = time.monotonic()
            self._worker.pipeline.tick()
            self._worker.heart.step(now)
            if now >= tidy_at:
                tidy_at = now + TIDY
                self._worker.tidy()

    def _end(self, why: str) -> None:
        self._broken = why


def is_even(camera: CameraStats) -> bool:
    """Whether both of a camera's ledgers add up (`ingest.source.SourceCounters`)."""
    dropped = sum(camera.packets_dropped.values())
    lost = sum(n for reason, n in camera.drops.items() if reason not in SCAN_DROPS)
    return (
        camera.packets == camera.packets_used + dropped + camera.packets_pending
        and camera.units == camera.units_kept + lost
    )


def _memory() -> tuple[int, int]:
    """RSS and PSS of this process in bytes (`/proc/self/smaps_rollup`, in kB)."""
    fields: dict[str, int] = {}
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, rest = line.partition(":")
        fields[name] = int(rest.split()[0]) * 1024
    return fields["Rss"], fields["Pss"]
