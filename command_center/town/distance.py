"""How far two places of a town are from each other."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, floor, hypot, radians

from configs.values import Position

METRES_PER_DEGREE = 111_320.0  # of latitude; WGS84 mean


def distance_m(one: Position, other: Position) -> float:
    """Metres between two points that lie near each other (equirectangular, WGS84)."""
    east = (one.lon - other.lon) * cos(radians((one.lat + other.lat) / 2))
    return hypot(east, one.lat - other.lat) * METRES_PER_DEGREE


def box_around(position: Position, metres: float) -> tuple[Position, Position]:
    """South-west and north-east corner of a box that holds every point at most so far away."""
    north = metres / METRES_PER_DEGREE * _SLACK
    east = north / max(_NARROWEST, cos(radians(min(90.0, abs(position.lat) + north))))
    return (
        Position(lon=max(-180.0, position.lon - east), lat=max(-90.0, position.lat - north)),
        Position(lon=min(180.0, position.lon + east), lat=min(90.0, position.lat + north)),
    )


_CELL = 60.0 / METRES_PER_DEGREE
"""Degrees of latitude a row of cells; columns are as wide in metres. Twice the reach within which
findings are one incident, so that at most four cells are looked at."""
_NARROWEST = 0.01
"""Of a degree of longitude over one of latitude: 0.6 degrees from a pole, where no town lies."""
_SLACK = 1.001
"""Over what floating-point numbers leave out."""


def cell_of(position: Position) -> str:
    """The cell of about 60 m by 60 m that a point lies in."""
    row = floor(position.lat / _CELL)
    return f"{row}:{_column(position.lon, row)}"


def cells_within(position: Position, metres: float) -> Iterator[str]:
    """Every cell that holds a point at most so far away (`distance_m`)."""
    north = metres / METRES_PER_DEGREE * _SLACK
    east = north / max(_NARROWEST, cos(radians(min(90.0, abs(position.lat) + north))))
    first, last = floor((position.lat - north) / _CELL), floor((position.lat + north) / _CELL)
    for row in range(first, last + 1):
        west_end = _column(position.lon - east, row)
        for column in range(west_end, _column(position.lon + east, row) + 1):
            yield f"{row}:{column}"


def block_of(cell: str) -> str:
    """The block of four by four cells that a cell lies in."""
    row, column = map(int, cell.split(":"))
    return f"{row // 4}:{column // 4}"


def _column(lon: float, row: int) -> int:
    """All of a row's points are counted with the width of a degree at its middle."""
    return floor(lon * max(_NARROWEST, cos(radians((row + 0.5) * _CELL))) / _CELL)
