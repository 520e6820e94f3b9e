"""A sound town spoilt once by each defect that `fenghuo check` knows of grids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random

from configs.samples.ground import on_the_way
from configs.town import Grid, GridKind, GridLayer, Leave, Town
from configs.values import LonLat

_AWAY_FROM, _AWAY_UNTIL = date(2026, 10, 1), date(2026, 10, 7)
_DEPTH = 0.15
"""How far the middle of a side is moved towards the middle of a grid: thousands of m², and clear of
the cameras, which stand further in."""

_Side = frozenset[LonLat]


class Defect(StrEnum):
    GAP = "gap"
    OVERLAP = "overlap"
    NO_WORKER = "no worker"
    MISSING_B = "missing B"
    A_IS_B = "A = B"
    BOTH_ON_LEAVE = "both on leave"
    MARINE_ON_LAND = "marine on land"


@dataclass(frozen=True, slots=True)
class Planted:
    """What was planted, and the codes of the grids that the check must name."""

    defect: Defect
    grids: tuple[str, ...]


def spoil(town: Town, seed: int) -> tuple[Town, tuple[Planted, ...]]:
    """The town with each defect in grids of its own; without a sea none of the sea.

    Its grids must share their corners, as those of the sample towns do.
    """
    random = Random(seed)
    tiles = _Tiles(town.grids)
    pairs = Counter(frozenset((grid.worker_a, grid.worker_b)) for grid in town.grids)
    own = [
        grid
        for grid in town.grids
        if tiles.is_inner(grid) and pairs[frozenset((grid.worker_a, grid.worker_b))] == 1
    ]
    gap, overlap, no_worker, missing_b, a_is_b, away = random.sample(own, 6)
    planted = [
        Planted(Defect.GAP, tiles.dent(gap)),
        Planted(Defect.OVERLAP, tiles.bulge(overlap)),
    ]
    if marine := [grid for grid in town.grids if tiles.is_coastal(grid)]:
        wet = tiles.bulge(random.choice(marine))
        planted.append(Planted(Defect.MARINE_ON_LAND, wet))
    tiles.change(no_worker, worker_a=None)
    tiles.change(missing_b, worker_b=None)
    tiles.change(a_is_b, worker_b=a_is_b.worker_a)
    leave = [
        Leave(person=login, first_day=_AWAY_FROM, last_day=_AWAY_UNTIL, reason="年假")
        for login in (away.worker_a, away.worker_b)
        if login is not None
    ]
    planted += [
        Planted(Defect.NO_WORKER, (no_worker.code,)),
        Planted(Defect.MISSING_B, (missing_b.code,)),
        Planted(Defect.A_IS_B, (a_is_b.code,)),
        Planted(Defect.BOTH_ON_LEAVE, (away.code,)),
    ]
    spoilt = {"grids": tuple(tiles.grids.values()), "leave": (*town.leave, *leave)}
    return town.model_copy(update=spoilt), tuple(planted)


class _Tiles:
    """Grids by code, and which of them share a side. What lies on top of others shares none."""

    def __init__(self, grids: Sequence[Grid]) -> None:
        self.grids = {grid.code: grid for grid in grids}
        self._sound = dict(self.grids)
        self._owners: dict[_Side, list[str]] = {}
        for grid in grids:
            for side in _sides(grid):
                self._owners.setdefault(side, []).append(grid.code)

    def is_inner(self, grid: Grid) -> bool:
        """Whether it is a base grid with base grids all around it."""
        return grid.layer is GridLayer.BASE and all(
            self._land_beside(grid, side) for side in _sides(grid)
        )

    def is_coastal(self, grid: Grid) -> bool:
        """Whether it is a marine grid that borders on land."""
        return grid.kind is GridKind.MARINE and any(
            self._land_beside(grid, side) for side in _sides(grid)
        )

    def dent(self, grid: Grid) -> tuple[str, str]:
        """Give up some of its ground to nobody. The two grids whose side it was."""
        side, other = self._longest(grid)
        self._bend(grid, side, toward=grid)
        return grid.code, other

    def bulge(self, grid: Grid) -> tuple[str, str]:
        """Take some of a base grid's ground. The two grids whose side it was."""
        side, other = self._longest(grid)
        self._bend(grid, side, toward=self._sound[other])
        return grid.code, other

    def change(self, grid: Grid, **differs: str | None) -> None:
        self.grids[grid.code] = self.grids[grid.code].model_copy(update=differs)

    def _longest(self, grid: Grid) -> tuple[_Side, str]:
        """Its longest side that was not bent yet, with the base grid beyond it."""
        found = [(s, o) for s in _sides(grid) if (o := self._land_beside(grid, s)) is not None]
        return max(found, key=lambda one: _length(one[0]))

    def _bend(self, grid: Grid, side: _Side, *, toward: Grid) -> None:
        one, other = sorted(side)
        bent = on_the_way(on_the_way(one, other, 0.5), _middle(toward), _DEPTH)
        ring = list(self.grids[grid.code].polygon)
        at = next(n for n in range(len(ring)) if {ring[n - 1], ring[n]} == side)
        ring.insert(at, bent)
        self.grids[grid.code] = self.grids[grid.code].model_copy(update={"polygon": tuple(ring)})
        del self._owners[side]  # it is nobody's common side any more

    def _land_beside(self, grid: Grid, side: _Side) -> str | None:
        for code in self._owners.get(side, ()):
            if code != grid.code and self._sound[code].layer is GridLayer.BASE:
                return code
        return None


def _sides(grid: Grid) -> Iterator[_Side]:
    ring = grid.polygon
    return (frozenset((ring[n - 1], ring[n])) for n in range(len(ring)))


def _length(side: _Side) -> float:
    (x, y), (u, v) = side
    return (x - u) ** 2 + (y - v) ** 2


def _middle(grid: Grid) -> LonLat:
    lons, lats = zip(*grid.polygon, strict=True)
    return sum(lons) / len(lons), sum(lats) / len(lats)
