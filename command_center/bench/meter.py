"""What processes and the machine have used: CPU seconds and memory, as the kernel counts them."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAGE = resource.getpagesize()
_TICK = os.sysconf("SC_CLK_TCK")
_IDLE, _IO_WAIT, _STEAL, _GUEST = 3, 4, 7, 8
"""Fields of /proc/stat's first line, after its name (proc_stat(5))."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A moment of the whole machine, seconds: `busy` CPU of everybody, all cores together."""

    wall: float
    busy: float

    @classmethod
    def now(cls) -> Machine:
        line = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0]
        fields = [int(field) for field in line.split()[1:]]
        idle = fields[_IDLE] + fields[_IO_WAIT] + fields[_STEAL]
        # Guest time is counted in user time already.
        return cls(time.monotonic(), (sum(fields[:_GUEST]) - idle) / _TICK)


def resident_bytes() -> int:
    """Resident memory of this process (`/proc/self/statm`, second field, in pages)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def family_cpu(children: Iterable[int]) -> float:
    """CPU seconds of this process, of children that have ended and of those that run, by pid."""
    used = os.times()
    ended = used.children_user + used.children_system
    return time.process_time() + ended + sum(cpu_of(pid) for pid in children)


def family_bytes(children: Iterable[int]) -> int:
    """Memory of this process and its children; what children share counts once (PSS)."""
    return resident_bytes() + sum(_share_of(pid) for pid in children)


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


def processor() -> str:
    """The processor's name and the number of cores that this process may use."""
    name = "unknown processor"
    with suppress(OSError, IndexError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), name)
    return f"{name}, {cores()} cores"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def cpu_of(pid: int) -> float:
    """User and system time of a process and its ended children; 0 for one that is gone."""
    with suppress(OSError):
        # The name in brackets may hold spaces; the fields after it are counted from the third.
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = text.rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / _TICK
    return 0.0


def _share_of(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
