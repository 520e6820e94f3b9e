"""From a point on the ground to the grid it lies in, or the one that it lies beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry import Point

from command_center.town.distance import METRES_PER_DEGREE, distance_m
from configs.shapes import shape_of
from configs.town import Grid, GridLayer
from configs.values import GroundPolygon, LonLat, Name, Piece, Position

BORDER = 1e-7
"""Degrees, about 1 cm: nearer to a border than that a point lies on it. Two grids that share a
line as people drew it differ there in the last bits of their coordinates (122.05 + 0.005 is not
122.055), and which of them has the point must not hang on that."""

BESIDE_M = 10.0
"""Metres: a point in no grid belongs to the nearest that is no farther. A telephone's position is
off by five to ten metres in the open, and quays and seams are drawn as roughly; what lies farther
out is a gap, or beyond the town, and people decide it."""

EVEN_M = 0.5
"""Metres: of two grids one is nearer only if it is so by more than that."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A grid as routing sees it."""

    code: str
    version: int
    name: Name
    layer: GridLayer
    unit: str
    polygon: tuple[LonLat, ...]
    worker_a: str | None
    worker_b: str | None
    chief: str | None
    assistants: tuple[str, ...] = ()
    holes: tuple[GroundPolygon, ...] = ()
    parts: tuple[Piece, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return (Piece(polygon=self.polygon, holes=self.holes), *self.parts)


def patch_of(grid: Grid) -> Patch:
    """A grid that is not in force: of no version, with no chief above it."""
    return Patch(
        code=grid.code,
        version=0,
        name=grid.name,
        layer=grid.layer,
        unit=grid.unit,
        polygon=grid.polygon,
        worker_a=grid.worker_a,
        worker_b=grid.worker_b,
        chief=None,
        assistants=grid.assistants,
        holes=grid.holes,
        parts=grid.parts,
    )


@dataclass(frozen=True, slots=True)
class Located:
    """`patch` None: the point lies in no grid, or in `tied` grids at once. `beside_m`: how many
    metres outside of that grid, or of those, it lies; None: it lies within."""

    patch: Patch | None
    tied: tuple[Patch, ...] = ()
    beside_m: float | None = None


_NOWHERE = Located(None)


class GroundIndex:
    """All grids in force, found by point in logarithmic time (1,500 grids: microseconds)."""

    def __init__(self, patches: Sequence[Patch]) -> None:
        self.patches = tuple(patches)
        self._tree = STRtree([shape_of(p.pieces) for p in self.patches])
        self._alone: list[Located] = [Located(p) for p in self.patches]

    def locate(self, position: Position) -> Located:
        """The grid under a point. A dedicated grid lies on top of the base layer and wins.

        A point on the border of two grids of one layer belongs to both: a tie, which people
        decide, not the order of rows in a database. One in no grid belongs to the nearest within
        `BESIDE_M`.
        """
        point = Point(position.lon, position.lat)
        hits = self._tree.query(point, predicate="dwithin", distance=BORDER)
        if len(hits) == 1:
            return self._alone[int(hits[0])]
        found = [self.patches[int(i)] for i in hits]
        for layer in (GridLayer.DEDICATED, GridLayer.BASE):
            on_layer = sorted((p for p in found if p.layer is layer), key=lambda p: p.code)
            if len(on_layer) == 1:
                return Located(on_layer[0])
            if on_layer:
                return Located(None, tuple(on_layer))
        return self._beside(point, position)

    def locate_all(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[Located]:
        """`locate` for many points at once, WGS84 degrees, both arrays of shape (n,)."""
        points = shapely.points(lon, lat)
        which, grid = self._tree.query(points, predicate="dwithin", distance=BORDER)
        on_top = self._is_dedicated[grid]
        tops = np.bincount(which[on_top], minlength=len(lon))
        bases = np.bincount(which[~on_top], minlength=len(lon))
        # What lies in one grid of its topmost layer is plain; the rest is looked at singly.
        plain = np.where(on_top, tops[which] == 1, (bases[which] == 1) & (tops[which] == 0))
        chosen = np.full(len(lon), -1)
        chosen[which[plain]] = grid[plain]
        return [
            self._alone[n] if n >= 0 else self.locate(Position(lon=x, lat=y))
            for n, x, y in zip(chosen.tolist(), lon.tolist(), lat.tolist(), strict=True)
        ]

    @cached_property
    def _is_dedicated(self) -> NDArray[np.bool_]:
        return np.array([p.layer is GridLayer.DEDICATED for p in self.patches], dtype=np.bool_)

    def _beside(self, point: Point, position: Position) -> Located:
        """The nearest grid within `BESIDE_M`; a tie where two are as near."""
        narrow = _narrow(position)
        reach = BESIDE_M / METRES_PER_DEGREE / narrow
        hits = self._tree.query(point, predicate="dwithin", distance=reach)
        near = sorted(
            ((self._distance_m(int(n), point, position), self.patches[int(n)]) for n in hits),
            key=lambda one: (one[0], one[1].code),
        )
        if not near or near[0][0] > BESIDE_M:
            return _NOWHERE
        metres = near[0][0]
        nearest = tuple(patch for far, patch in near if far - metres <= EVEN_M)
        if len(nearest) == 1:
            return Located(nearest[0], beside_m=metres)
        return Located(None, tuple(sorted(nearest, key=lambda p: p.code)), metres)

    def _distance_m(self, n: int, point: Point, position: Position) -> float:
        """Metres to a grid that lies near, along the shortest line on a map that is true there."""
        narrow = _narrow(position)
        shape = shapely.transform(self._tree.geometries[n], lambda at: at * np.array([narrow, 1.0]))
        _, there = shapely.get_coordinates(
            shapely.shortest_line(Point(point.x * narrow, point.y), shape)
        )
        return distance_m(position, Position(lon=float(there[0]) / narrow, lat=float(there[1])))

    def find(self, code: str | None) -> Patch | None:
        """The grid with this code, or None."""
        return next((p for p in self.patches if p.code == code), None)

    def worked_by(self, login: str) -> list[str]:
        """Codes of the grids in which a person is A, B or an assistant."""
        return [p.code for p in self.patches if login in (p.worker_a, p.worker_b, *p.assistants)]


def _narrow(position: Position) -> float:
    """How much shorter a degree of longitude is than one of latitude; never nothing."""
    return max(cos(radians(position.lat)), 0.01)
