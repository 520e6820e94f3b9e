"""Places as whole numbers, so that a map's squares are made by shifting bits, on any database."""

from __future__ import annotations

import math

from configs.values import Position

BITS = 22
STEPS = 1 << BITS
"""Of the whole way around: 9.5 m at the equator, 7.6 m from west to east at 37° north. Finer than
a pin on a map, and clusters are made of these alone; what is shown singly has its own place."""


def spot_of(position: Position) -> tuple[int, int]:
    """(x, y): steps east of 180° west and north of 90° south."""
    return steps(position.lon + 180.0), steps(position.lat + 90.0)


def steps(degrees: float) -> int:
    return math.floor(degrees * STEPS / 360.0)


def degrees(count: float) -> float:
    """Of so many steps."""
    return count * 360.0 / STEPS
