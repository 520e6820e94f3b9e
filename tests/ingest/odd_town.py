"""Cameras with something odd about them, and one that is well, in one shard and in quick motion."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from ingest.clip import Clip
from ingest.farm import Farm, FarmCamera, Fault, FaultKind
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import CameraState, Health
from ingest.mp4 import decode_times
from ingest.shard import Shard
from ingest.source import Drop
from tests.ingest.coded import FPS, drawn
from tests.ingest.sinks import camera
from tests.waiting import wait_for

HURRY = 4.0
"""Seconds of the farm and of the shard to one of ours: what takes a camera minutes takes a test
seconds, and neither of the two can tell."""
LIMIT = 60.0
WELL = "well"
OURS = frozenset({Drop.SUPERSEDED})
"""Says that the machine had too much to do, and nothing of the camera."""
GAP = 0.5
"""Seconds of ours, 2 of the town's, for which nobody in this process was given a turn: on such a
machine even a camera that is well may be called stalled."""


class Clock:
    """Runs `HURRY` times as fast as the wall's."""

    def __init__(self) -> None:
        self._begun = time.time()

    def __call__(self) -> float:
        return self._begun + HURRY * (time.time() - self._begun)


class Witness:
    """Sees whether this process is given its turns."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds of ours for which it waited for one."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._ended.wait(0.05):
            now = time.monotonic()
            self.longest, before = max(self.longest, now - before), now


class CountingSink:
    """Counts scans, and keeps the newest picture and every state."""

    def __init__(self) -> None:
        self.scans: Counter[str] = Counter()
        self.newest: dict[str, Frame] = {}
        self.told: list[Health] = []
        self._lock = threading.Lock()

    def scanned(self, frame: Frame, activity: Activity) -> None:
        with self._lock:
            self.scans[frame.camera_id] += 1
            self.newest[frame.camera_id] = frame

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        pass

    def health_changed(self, health: Health) -> None:
        with self._lock:
            self.told.append(health)

    def states(self, camera_id: str) -> list[CameraState]:
        """The states that a camera went through."""
        with self._lock:
            told = [health.state for health in self.told if health.camera_id == camera_id]
            return [state for state, _ in groupby(told)]


class OddTown:
    """A farm whose cameras are made odd one by one, and the shard that watches them."""

    def __init__(
        self, farm: Farm, shard: Shard, sink: CountingSink, clock: Clock, witness: Witness
    ) -> None:
        self.farm, self.shard, self.sink, self.clock = farm, shard, sink, clock
        self._witness = witness
        self.begun = clock()

    def watch(self, name: str) -> None:
        """Let the shard see a camera, and wait for its first picture."""
        self.shard.add(camera(name, self.farm.url(name), scan_interval=4))

    def watch_well(self, name: str) -> None:
        self.watch(name)
        self.scans_go_on(name, 2)

    def begin(self, name: str, kind: FaultKind) -> None:
        self.farm.fault(name, Fault(kind))

    def scans_go_on(self, name: str, count: int = 4) -> None:
        """Wait for more pictures of a camera."""
        wanted = self.sink.scans[name] + count
        wait_for(lambda: self.sink.scans[name] >= wanted, LIMIT, f"{count} more scans of {name}")

    def comes_to(self, name: str, state: CameraState) -> Health:
        """Wait until a camera is in a state; its health, which says since when."""
        try:
            wait_for(lambda: self.shard.health(name).state is state, LIMIT, f"{name} is {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.shard.health(name)}") from None
        health = self.shard.health(name)
        assert self.begun <= health.since <= self.clock()
        return health

    def drops(self, name: str) -> dict[Drop, int]:
        drops = self.shard.stats().cameras[name].drops
        return {drop: count for drop, count in drops.items() if drop not in OURS}

    def clip(self, name: str, seconds: float = 20.0) -> Clip:
        """The last seconds of a camera, which must be fit to be shown."""
        now = self.clock()
        found: list[Clip] = []

        def cut() -> bool:
            clip = self.shard.clip(name, now - seconds, self.clock())
            found[:] = [clip] if clip is not None else []
            return bool(found and len(found[0].units) > FPS)

        wait_for(cut, LIMIT, f"a clip of {name}")
        assert found[0].units[0].keyframe
        shown = sorted(unit.timestamp for unit in found[0].units)
        assert len(set(shown)) == len(shown)
        decoded = [at for at, _ in decode_times([unit.timestamp for unit in found[0].units])]
        assert decoded == sorted(set(decoded))
        return found[0]

    def well_is_untouched(self) -> None:
        """The camera beside them all lost nothing and never was anything but online.

        Where the machine paused, it need only be watched on.
        """
        self.scans_go_on(WELL, 1)
        if self._witness.longest >= GAP:
            self.comes_to(WELL, CameraState.ONLINE)
            return
        assert self.drops(WELL) == {}
        assert self.sink.states(WELL) == [CameraState.ONLINE]


@contextmanager
def odd_town(
    clip: Path, names: Sequence[str], *, more: Sequence[FarmCamera] = ()
) -> Iterator[OddTown]:
    """A farm of cameras that play `clip`, and a shard that watches the one that stays well."""
    clock, sink = Clock(), CountingSink()
    cameras = [FarmCamera(name, clip) for name in (WELL, *names)]
    shard = Shard(sink, clock=clock, ring_bytes=32 << 20)
    with Witness() as witness, Farm([*cameras, *more], clock=clock) as farm:
        shard.start()
        town = OddTown(farm, shard, sink, clock, witness)
        town.watch_well(WELL)
        try:
            yield town
        finally:
            shard.stop()


def long_clip(
    path: Path,
    *,
    gop: float = 2.0,
    seconds: float = 12.0,
    picture: Callable[[int], NDArray[np.uint8]] = drawn,
) -> Path:
    """Pictures by their number as a clip; without `picture`, a texture in which a box moves."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FPS)
        height, width = picture(0).shape[:2]
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        key = round(gop * FPS)
        stream.codec_context.options = {
            "preset": "ultrafast",
            "x264-params": f"keyint={key}:min-keyint={key}:scenecut=0:bframes=0:repeat-headers=1",
        }
        for number in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
