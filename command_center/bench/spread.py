"""How a figure spreads: its middle, its bad end and its worst."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pydantic import BaseModel


class Spread(BaseModel):
    """Of `count` values: half are at most `p50`, 95 of 100 at most `p95`, all at most `max`."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0
    max: float = 0.0


def spread_of(values: Iterable[float]) -> Spread:
    """Nearest-rank percentiles: each is a value that was measured, none an average of two."""
    ordered = sorted(values)
    if not ordered:
        return Spread()
    return Spread(
        count=len(ordered),
        p50=_rank(ordered, 0.50),
        p95=_rank(ordered, 0.95),
        max=ordered[-1],
    )


def _rank(ordered: list[float], part: float) -> float:
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
