"""Who could stand in for whom: the worker of the grid with the longest common border."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from command_center.town.distance import METRES_PER_DEGREE
from configs.grid_checks import area_m2
from configs.shapes import shape_of
from configs.town import Grid, GridKind, GridLayer

SEAM_M = 2.0
"""Metres by which two borders that people drew as one may lie apart and still be common."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`worker_b` for a grid, whose grid that is, and why: metres of common border, or how far that
    grid is from a grid at sea. `worker_b` None: no neighbour has a worker who is another than A."""

    grid: str
    worker_b: str | None
    neighbour: str | None
    border_m: float
    distance_m: float


def propose(grids: Sequence[Grid], *, every: bool = False) -> list[Proposal]:
    """A B for each grid that has A and no B, or whose B is A; with `every` for all that have an A.

    A base grid's B is the worker of the base grid with the longest common border; of equals the
    one in the same unit, then by code. A dedicated grid's is B of the base grid that it lies in
    most, if that is not its own A, else A there; a marine grid's is the worker of the base grid
    with which it has the longest coast, else of the nearest.
    """
    sound = [grid for grid in grids if shape_of(grid.pieces).is_valid]
    base = [grid for grid in sound if _is_base(grid)]
    if not base:
        return []
    ground = _Land(base)
    wanted = [grid for grid in sound if grid.worker_a is not None and (every or _lacks_b(grid))]
    found: dict[str, Proposal] = {}
    for grid in wanted:
        if _is_base(grid):
            found[grid.code] = ground.beside(grid)
    b_of = {grid.code: grid.worker_b for grid in base}
    b_of |= {code: proposal.worker_b for code, proposal in found.items()}
    for grid in wanted:
        if grid.kind is GridKind.MARINE:
            found[grid.code] = ground.beside(grid)
        elif not _is_base(grid):
            found[grid.code] = ground.below(grid, b_of)
    return [found[grid.code] for grid in wanted]


def _is_base(grid: Grid) -> bool:
    return grid.layer is GridLayer.BASE and grid.kind is not GridKind.MARINE


def _lacks_b(grid: Grid) -> bool:
    return grid.worker_b is None or grid.worker_b == grid.worker_a


class _Land:
    """Base grids on a map that is true in metres about their middle."""

    def __init__(self, base: Sequence[Grid]) -> None:
        self._base = base
        shapes = [shape_of(grid.pieces) for grid in base]
        self._in_degrees = shapes
        latitude = float(np.mean([shape.centroid.y for shape in shapes]))
        self._scale = np.array(
            [METRES_PER_DEGREE * max(math.cos(math.radians(latitude)), 0.01), METRES_PER_DEGREE]
        )
        self._shapes = [self._flat(shape) for shape in shapes]
        self._tree = STRtree(self._shapes)

    def _flat(self, shape: BaseGeometry) -> BaseGeometry:
        flat: BaseGeometry = shapely.transform(shape, lambda at: at * self._scale)
        return flat

    def beside(self, grid: Grid) -> Proposal:
        shape = self._flat(shape_of(grid.pieces))
        border = shape.boundary
        near = self._tree.query(shape, predicate="dwithin", distance=SEAM_M)
        found = []
        for n in map(int, near):
            other = self._base[n]
            if other.code != grid.code and _can_be_b(grid, other.worker_a):
                common = border.intersection(self._shapes[n].buffer(SEAM_M)).length
                found.append((round(common), other.unit == grid.unit, other))
        if not found:
            return self._nearest(grid, shape)
        common, _, other = max(found, key=lambda one: (one[0], one[1], _backwards(one[2].code)))
        return Proposal(grid.code, other.worker_a, other.code, float(common), 0.0)

    def below(self, grid: Grid, b_of: dict[str, str | None]) -> Proposal:
        """Of the base grid that has most of a dedicated grid's ground."""
        shape = shape_of(grid.pieces)
        on = [
            (area_m2(self._in_degrees[int(n)].intersection(shape)), self._base[int(n)])
            for n in self._tree.query(self._flat(shape), predicate="intersects")
        ]
        if not on:
            return self._nearest(grid, self._flat(shape))
        _, below = max(on, key=lambda one: (one[0], _backwards(one[1].code)))
        for login in (b_of.get(below.code), below.worker_a):
            if _can_be_b(grid, login):
                return Proposal(grid.code, login, below.code, 0.0, 0.0)
        return self.beside(grid)

    def _nearest(self, grid: Grid, shape: BaseGeometry) -> Proposal:
        """Of an island, or waters that touch no grid: by the way across."""
        found = [
            (round(float(shape.distance(other_shape)), 1), other.code, other)
            for other, other_shape in zip(self._base, self._shapes, strict=True)
            if other.code != grid.code and _can_be_b(grid, other.worker_a)
        ]
        if not found:
            return Proposal(grid.code, None, None, 0.0, 0.0)
        metres, _, other = min(found, key=lambda one: one[:2])
        return Proposal(grid.code, other.worker_a, other.code, 0.0, metres)


def _can_be_b(grid: Grid, login: str | None) -> bool:
    return login is not None and login != grid.worker_a


def _backwards(code: str) -> tuple[int, ...]:
    """So that the largest is the first by code."""
    return tuple(-ord(letter) for letter in code)
