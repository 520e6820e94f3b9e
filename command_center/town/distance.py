"""How far two places of a town are from each other."""

from __future__ import annotations

from math import cos, hypot, radians

from configs.values import Position

_METRES_PER_DEGREE = 111_320.0  # of latitude; WGS84 mean


def distance_m(one: Position, other: Position) -> float:
    """Metres between two points that lie near each other (equirectangular, WGS84)."""
    east = (one.lon - other.lon) * cos(radians((one.lat + other.lat) / 2))
    return hypot(east, one.lat - other.lat) * _METRES_PER_DEGREE
