"""What an engine costs, from picture to boxes, in batches of one size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from detectors.engine.protocol import Engine, Picture

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds a picture: the median over all batches by the wall's clock, and of the
    processor's time over all threads; `per_second` is pictures a second by the first."""

    batch: int
    wall: float
    cpu: float
    per_second: float


def timed(
    engine: Engine,
    pictures: Sequence[Picture],
    batch: int,
    *,
    rounds: int,
    wall: Clock = time.perf_counter,
    cpu: Clock = time.process_time,
) -> Timing:
    """Time `rounds` batches of `pictures`, taken in turn, after one that is not counted: the first
    allocates memory, and on graphics processors chooses its kernels.

    Raises:
        EngineError: as `Engine.infer`.
    """
    turn = cycle(pictures)
    engine.infer(list(islice(turn, batch)))
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(rounds):
        taken = list(islice(turn, batch))
        wall_began, cpu_began = wall(), cpu()
        engine.infer(taken)
        cpus.append((cpu() - cpu_began) / batch)
        walls.append((wall() - wall_began) / batch)
    usual = statistics.median(walls)
    return Timing(batch, usual * 1e3, statistics.median(cpus) * 1e3, 1 / max(usual, 1e-9))
