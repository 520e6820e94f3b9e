"""Which box continues which track. A match that could as well be another one is none.

A wrong match is worse than a lost track: two people who pass each other must not become one who
stays. So the best pair is taken only where neither side has another that is nearly as good.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RIVAL = 0.7
"""A second best of this part of the best makes both doubtful."""


def matches(affinity: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column) of an (N, M) affinity, each of both once, best first; 0 is none."""
    left = affinity.copy()
    found: list[tuple[int, int]] = []
    while left.size:
        row, column = divmod(int(left.argmax()), left.shape[1])
        best = left[row, column]
        if best <= 0.0:
            break
        if _second(left[row]) < RIVAL * best and _second(left[:, column]) < RIVAL * best:
            found.append((row, column))
        left[row] = 0.0
        left[:, column] = 0.0
    return found


def _second(values: NDArray[np.float64]) -> float:
    return float(np.partition(values, -2)[-2]) if len(values) > 1 else 0.0
