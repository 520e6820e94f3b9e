"""What a process has used: CPU of every thread, and memory that is its own."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

_PAGE = resource.getpagesize()


class Usage(BaseModel):
    """What a number of cameras cost, measured inside the process that carries them."""

    cameras: int
    online: int
    """Cameras that were delivering when the measurement ended."""
    seconds: float
    cpu_ms_per_camera_second: float
    stages: dict[str, float] = {}
    """Milliseconds a camera-second by stage; what is left of the whole stands under `other`."""
    pictures_per_camera_second: float
    memory_mb_per_camera: float
    """Growth of resident memory over the same process without cameras, ring buffer included."""
    ring_mb_per_camera: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment: wall clock and CPU of this process, seconds."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Reading:
        return cls(time.monotonic(), time.process_time())

    def since(self, earlier: Reading) -> Reading:
        return Reading(self.wall - earlier.wall, self.cpu - earlier.cpu)


def resident_bytes() -> int:
    """Resident memory of this process (`/proc/self/statm`, second field, in pages)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def per_camera_second(cpu_seconds: float, cameras: int, seconds: float) -> float:
    """CPU seconds as milliseconds a camera-second."""
    return cpu_seconds * 1000 / (cameras * seconds) if cameras and seconds else 0.0


def wait_until(condition: Callable[[], bool], limit: float) -> bool:
    """Wait for a condition, at most `limit` seconds; whether it came true."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True
