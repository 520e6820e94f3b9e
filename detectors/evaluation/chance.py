"""How far a figure can be trusted: what 95 in 100 repetitions of the same suite would say."""

from __future__ import annotations

import math

Z = 1.959964
"""Standard deviations of the normal distribution that hold 95 %."""
SURE = 0.95


def wilson(part: float, whole: float) -> tuple[float, float] | None:
    """The interval of a proportion (Wilson 1927), 0 to 1; None when nothing was tried.

    Unlike the usual p ± z·σ it says something for 30 of 30, and never leaves 0 to 1.
    """
    if whole <= 0:
        return None
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    spread = share * (1 - share) / whole + square / (4 * whole * whole)
    half = Z * math.sqrt(spread) / (1 + square / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson_below(count: int) -> float:
    """What the mean of a Poisson count lies below, 95 % sure (Garwood 1936, one-sided).

    The mean at which so few would be seen only 5 times in 100: 3.0 for none, 4.7 for one.
    """
    low, high = float(count), count + 10.0 + 5.0 * math.sqrt(count + 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(count, middle) > 1 - SURE:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, mean: float) -> float:
    """The chance of `count` or fewer."""
    logarithms = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1))
    return math.fsum(map(math.exp, logarithms)) if mean > 0 else 1.0
