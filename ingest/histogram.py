"""Counts of measured values by range: what a metric page shows as a distribution."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

STAGE_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Bounds for CPU seconds of one piece of work: a gate takes 0.2 ms, a keyframe 2 to 30 ms, a round
of reading 700 cameras 20 to 100 ms."""
INTERVAL_SECONDS = (
    0.6,
    1.1,
    1.6,
    2.1,
    2.6,
    3.1,
    3.6,
    4.1,
    4.6,
    5.1,
    6.1,
    8.1,
    10.1,
    15.1,
    30.1,
    60.1,
)
"""Bounds for seconds between two scans of a camera. Keyframes come at whole seconds, give or take
some hundredths: a bound just above keeps those of one kind together."""
LAG_SECONDS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Bounds for seconds from a picture's capture until it has been looked at."""


@dataclass(frozen=True, slots=True)
class HistogramSnapshot:
    """`counts[i]` values were at most `bounds[i]` and above the bound before it; one count more
    than bounds, for what lay above all of them. `total` is the sum of all values."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    @property
    def count(self) -> int:
        """How many values were added."""
        return sum(self.counts)


class Histogram:
    """Takes values of one thread; any thread may ask for a snapshot."""

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: Iterable[float]) -> None:
        """Raises ValueError where the bounds are none, or do not rise."""
        self._bounds = tuple(bounds)
        if not self._bounds or any(a >= b for a, b in pairwise(self._bounds)):
            raise ValueError("the bounds of a histogram must rise, and there must be one")
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def snapshot(self) -> HistogramSnapshot:
        """What was counted so far."""
        return HistogramSnapshot(self._bounds, tuple(self._counts), self._total)


def merged(snapshots: Iterable[HistogramSnapshot]) -> HistogramSnapshot:
    """One histogram of what several threads or shards counted.

    Raises:
        ValueError: there are none, or they have different bounds.
    """
    first, *others = snapshots
    if any(other.bounds != first.bounds for other in others):
        raise ValueError("histograms with different bounds cannot be added up")
    columns = zip(first.counts, *(other.counts for other in others), strict=True)
    total = first.total + sum(other.total for other in others)
    return HistogramSnapshot(first.bounds, tuple(map(sum, columns)), total)
