"""Grids without gaps and without overlaps (无空白、不交叉), each with two people who are there.

Where the land ends no file says, so that a gap is only what grids enclose: a missing grid at the
edge of a town looks as a bay does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shapely import Polygon, STRtree, get_parts, union_all
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from configs.errors import Severity
from configs.fault import Fault
from configs.town import Grid, GridKind, GridLayer, Leave, Town, UnitLevel

TOLERANCE_M2 = 25.0
"""Neighbours drawn by hand miss each other by some metres along an edge; a real gap or overlap is
more."""

_M2_PER_SQUARE_DEGREE = 111_320.0**2
"""At the equator; towards the poles an area comes out too large, which makes the check stricter."""

_HOLDS_GRIDS = (UnitLevel.VILLAGE, UnitLevel.STATION)
_NAMED_AT_MOST = 4


def grid_faults(town: Town) -> Iterator[Fault]:
    """What is wrong with the grids: their people, their units, their ground."""
    yield from _people(town)
    yield from _units(town)
    yield from _ground(town.grids)


def _people(town: Town) -> Iterator[Fault]:
    leave: dict[str, list[Leave]] = defaultdict(list)
    for away in town.leave:
        leave[away.person].append(away)
    for i, grid in enumerate(town.grids):
        if grid.worker_a is None:
            yield Fault(
                ("grids", i), f"grid {grid.code} has no worker", "name worker_a", Severity.WARNING
            )
        elif grid.worker_b is None:
            yield Fault(
                ("grids", i),
                f"grid {grid.code} has no backup",
                "name the worker of an adjacent grid as worker_b; until then its tickets go to the "
                "station chief when A is off duty",
                Severity.WARNING,
            )
        elif grid.worker_a == grid.worker_b:
            yield Fault(
                ("grids", i, "worker_b"),
                f"grid {grid.code}: A and B are one person, {grid.worker_a!r}",
                "name the worker of an adjacent grid as worker_b",
            )
        else:
            yield from _both_away(i, grid, leave[grid.worker_a], leave[grid.worker_b])


def _both_away(i: int, grid: Grid, a: Iterable[Leave], b: Iterable[Leave]) -> Iterator[Fault]:
    others = list(b)
    for one in a:
        for other in others:
            first = max(one.first_day, other.first_day)
            last = min(one.last_day, other.last_day)
            if first <= last:
                yield Fault(
                    ("grids", i),
                    f"grid {grid.code}: A {one.person!r} and B {other.person!r} are both on leave "
                    f"from {first} to {last}",
                    "name another worker_b for these days, or remove leave that is over",
                    Severity.WARNING,
                )


def _units(town: Town) -> Iterator[Fault]:
    levels = {unit.code: unit.level for unit in town.units}
    for i, grid in enumerate(town.grids):
        if grid.unit in levels and levels[grid.unit] not in _HOLDS_GRIDS:
            yield Fault(
                ("grids", i, "unit"),
                f"grid {grid.code} belongs to {grid.unit}, which is no village",
                "a grid belongs to a village or its station, never directly to a town",
            )


@dataclass(frozen=True, slots=True)
class _Ground:
    """Grids of one sort with their places in the file."""

    places: Sequence[int]
    grids: Sequence[Grid]
    shapes: Sequence[Polygon]

    def of(self, indexes: Iterable[int]) -> _Ground:
        chosen = list(indexes)
        return _Ground(
            [self.places[n] for n in chosen],
            [self.grids[n] for n in chosen],
            [self.shapes[n] for n in chosen],
        )


def _ground(grids: Sequence[Grid]) -> Iterator[Fault]:
    shapes = [Polygon(grid.polygon) for grid in grids]
    for i, (grid, shape) in enumerate(zip(grids, shapes, strict=True)):
        if not shape.is_valid:
            yield Fault(
                ("grids", i, "polygon"),
                f"grid {grid.code}: {explain_validity(shape)}",
                "let the corners follow the border once around, without crossing it",
            )
    sound = _Ground(range(len(grids)), grids, shapes).of(
        i for i, shape in enumerate(shapes) if shape.is_valid
    )
    marine, land, dedicated = (
        sound.of(n for n, grid in enumerate(sound.grids) if _sort(grid) == sort)
        for sort in (GridKind.MARINE, GridLayer.BASE, GridLayer.DEDICATED)
    )
    yield from _overlaps(land, "base grids share borders and nothing else", Severity.ERROR)
    yield from _overlaps(
        dedicated,
        "draw them apart; until then what happens there goes to the centre",
        Severity.WARNING,
    )
    yield from _overlaps(marine, "draw them apart", Severity.WARNING)
    yield from _marine_on_land(marine, land)
    yield from _gaps(land)


def _sort(grid: Grid) -> GridKind | GridLayer:
    return GridKind.MARINE if grid.kind is GridKind.MARINE else grid.layer


def _overlaps(ground: _Ground, fix: str, severity: Severity) -> Iterator[Fault]:
    for left, right in _meeting(ground.shapes, ground.shapes):
        if left >= right:
            continue
        area = _area(ground.shapes[left].intersection(ground.shapes[right]))
        if area > TOLERANCE_M2:
            one, other = ground.grids[left], ground.grids[right]
            yield Fault(
                ("grids", ground.places[right], "polygon"),
                f"grids {one.code} and {other.code} overlap by about {area:.0f} m²",
                fix,
                severity,
            )


def _marine_on_land(marine: _Ground, land: _Ground) -> Iterator[Fault]:
    for wet, dry in _meeting(marine.shapes, land.shapes):
        area = _area(marine.shapes[wet].intersection(land.shapes[dry]))
        if area > TOLERANCE_M2:
            yield Fault(
                ("grids", marine.places[wet], "polygon"),
                f"marine grid {marine.grids[wet].code} lies on about {area:.0f} m² of grid "
                f"{land.grids[dry].code}",
                "let it end at the coast, where the land's grids end",
                Severity.WARNING,
            )


def _gaps(land: _Ground) -> Iterator[Fault]:
    """Ground that the base grids enclose and none of them has."""
    if not land.shapes:
        return
    tree = STRtree(land.shapes)
    for part in get_parts(union_all(land.shapes)):
        for ring in part.interiors:
            hole = Polygon(ring)
            area = _area(hole)
            if area <= TOLERANCE_M2:
                continue
            beside = sorted(
                int(n)
                for n in tree.query(hole, predicate="intersects")
                if land.shapes[n].intersection(ring).length > 0
            )
            codes = [land.grids[n].code for n in beside]
            more = len(codes) - _NAMED_AT_MOST
            named = ", ".join(codes[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
            point = hole.representative_point()
            yield Fault(
                ("grids", land.places[beside[0]], "polygon"),
                f"about {area:.0f} m² near {point.x:.5f}, {point.y:.5f} lie in no grid, between "
                f"grids {named}",
                "give one of them this ground, or draw the grid that is missing; until then what "
                "happens there goes to the centre",
                Severity.WARNING,
            )


def _meeting(
    these: Sequence[BaseGeometry], those: Sequence[BaseGeometry]
) -> Iterator[tuple[int, int]]:
    if these and those:
        for left, right in STRtree(those).query(these, predicate="intersects").T:
            yield int(left), int(right)


def _area(shape: BaseGeometry) -> float:
    return float(shape.area) * _M2_PER_SQUARE_DEGREE
