"""What a process took for a moment goes back to the system."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import ctypes, sys
from detectors.heap import give_memory_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

if sys.argv[1] == "yes":
    assert give_memory_back()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.free(libc.malloc(30_000_000))  # after this glibc would keep blocks as large in its arenas
blocks = [libc.malloc(1_000_000) for _ in range(100)]
for block in blocks:
    ctypes.memset(block, 1, 1_000_000)
last = libc.malloc(200_000)  # lies behind them, and keeps an arena from shrinking
for block in blocks:
    libc.free(block)
print(resident())
"""


def resident(bounded: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, bounded], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_large_blocks_go_back_to_the_system() -> None:
    assert resident("yes") < resident("no") - 80_000_000
