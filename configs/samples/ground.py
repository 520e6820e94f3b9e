"""Ground cut into grids that tile it exactly.

All grids of a town are cells of one Voronoi diagram, so that neighbours share their corners to the
last digit. Land, sea and what lies beyond the town are decided by the seeds: no polygon is cut by
another, which is where slivers come from.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from shapely import MultiPoint, voronoi_polygons

from configs.values import LonLat, Position

Metres = tuple[float, float]
"""(east, north) of the town's centre."""

_M_PER_DEGREE = 111_320.0
_DIGITS = 7
"""Of a degree, 1 cm: what a town file is written with."""
_STEPS = (0.7548776662466927, 0.5698402909980532)
"""1/p and 1/p² of the plastic number p (p³ = p + 1): multiples of both, modulo 1, fall evenly over
a square."""
_ASTRAY = 250.0
"""Metres: a fifth or so of the way from a village to the next."""
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the diagram's cells: where its seed lay, its ring, and how long it borders on whom."""

    seed: Metres
    middle: LonLat
    ring: tuple[LonLat, ...]
    borders: Counter[int]
    """Metres of common border by the other cell's index."""

    def shrunk(self, scale: float) -> tuple[LonLat, ...]:
        """The cell at `scale` of its size about its seed: it lies inside, for cells are convex."""
        return tuple(self.toward(corner, scale) for corner in self.ring)

    def toward(self, corner: LonLat, part: float) -> LonLat:
        """The point `part` of the way from the seed to a point of the cell."""
        return on_the_way(self.middle, corner, part)


def ellipse(east: float, north: float, random: Random) -> Iterator[Metres]:
    """Points that fill an ellipse of these half axes (m) evenly, however many are taken, and each a
    little beside its place, as nothing that has grown lies in rows."""
    x, y = random.random(), random.random()
    while True:
        x, y = (x + _STEPS[0]) % 1.0, (y + _STEPS[1]) % 1.0
        u, v = 2 * x - 1, 2 * y - 1
        if u * u + v * v < 1:
            yield (
                u * east + random.uniform(-_ASTRAY, _ASTRAY),
                v * north + random.uniform(-_ASTRAY, _ASTRAY),
            )


def disc(middle: Metres, count: int, spacing: float, random: Random) -> list[Metres]:
    """`count` points about `spacing` metres apart around a middle, as a city has its grids."""
    turn = random.uniform(0, math.tau)
    polar = [
        (spacing * math.sqrt((n + 0.5) / math.pi), turn + n * _GOLDEN_ANGLE) for n in range(count)
    ]
    return [(middle[0] + r * math.cos(a), middle[1] + r * math.sin(a)) for r, a in polar]


def rim(east: float, north: float, count: int) -> list[Metres]:
    """Seeds on an ellipse around the town: what lies beyond it belongs to them."""
    angles = [math.tau * n / count for n in range(count)]
    return [(east * math.cos(a), north * math.sin(a)) for a in angles]


def cells(centre: Position, seeds: Sequence[Metres], beyond: Sequence[Metres]) -> list[Cell]:
    """A cell for each seed. `beyond`: seeds around all of them, whose cells are not the town's."""
    diagram = voronoi_polygons(MultiPoint([*seeds, *beyond]), ordered=True)
    on_earth = _projection(centre)
    rings = [
        _without_twins([on_earth(point) for point in cell.exterior.coords])
        for cell in list(diagram.geoms)[: len(seeds)]
    ]
    borders = _borders(rings, math.cos(math.radians(centre.lat)))
    return [
        Cell(seed, on_earth(seed), ring, borders[n])
        for n, (seed, ring) in enumerate(zip(seeds, rings, strict=True))
    ]


def on_the_way(here: LonLat, there: LonLat, part: float) -> LonLat:
    """The point `part` of the way between two points, with the digits of a town file."""
    return _rounded(here[0] + part * (there[0] - here[0]), here[1] + part * (there[1] - here[1]))


def _projection(centre: Position) -> Callable[[Sequence[float]], LonLat]:
    narrow = math.cos(math.radians(centre.lat))

    def on_earth(point: Sequence[float]) -> LonLat:
        east, north = point[0], point[1]
        return _rounded(
            centre.lon + east / (_M_PER_DEGREE * narrow), centre.lat + north / _M_PER_DEGREE
        )

    return on_earth


def _rounded(lon: float, lat: float) -> LonLat:
    return round(lon, _DIGITS), round(lat, _DIGITS)


def _without_twins(closed: Sequence[LonLat]) -> tuple[LonLat, ...]:
    """An open ring; corners that rounding made one stand once."""
    return tuple(here for here, after in pairwise(closed) if here != after)


def _borders(rings: Sequence[tuple[LonLat, ...]], narrow: float) -> dict[int, Counter[int]]:
    sides: dict[frozenset[LonLat], int] = {}
    borders: dict[int, Counter[int]] = defaultdict(Counter)
    for n, ring in enumerate(rings):
        for one, other in zip(ring, (*ring[1:], ring[0]), strict=True):
            side = frozenset((one, other))
            m = sides.setdefault(side, n)
            if m != n:
                metres = _M_PER_DEGREE * math.hypot((one[0] - other[0]) * narrow, one[1] - other[1])
                borders[n][m] += round(metres)
                borders[m][n] += round(metres)
    return borders


def groups(members: Sequence[int], seeds: Sequence[Metres], count: int) -> list[list[int]]:
    """Members in `count` groups of neighbours, as equal in size as can be, none of them empty."""
    if count > len(members):
        raise ValueError(f"{len(members)} cannot be {count} groups")
    if count == 1:
        return [list(members)]
    spans = [
        max(seeds[m][axis] for m in members) - min(seeds[m][axis] for m in members)
        for axis in (0, 1)
    ]
    ordered = sorted(members, key=lambda m: seeds[m][spans[1] > spans[0]])
    half = count // 2
    at = round(len(ordered) * half / count)
    return groups(ordered[:at], seeds, half) + groups(ordered[at:], seeds, count - half)


def shares(whole: int, weights: Sequence[float]) -> list[int]:
    """A whole in parts by weight, at least one each; what is left goes to the largest rests."""
    exact = [whole * weight / sum(weights) for weight in weights]
    parts = [max(1, math.floor(part)) for part in exact]
    rests = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for n in rests[: whole - sum(parts)]:
        parts[n] += 1
    if sum(parts) != whole:
        raise ValueError(f"{whole} cannot be shared by {len(weights)}")
    return parts
