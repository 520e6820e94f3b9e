"""Grids without gaps and without overlaps (无空白、不交叉), each with two people who are there.

Where the land ends no file says, so that a gap is only what grids enclose: a missing grid at the
edge of a town looks as a bay does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shapely import Polygon, STRtree, get_parts, union_all
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from configs.errors import Severity
from configs.fault import Fault
from configs.shapes import shape_of
from configs.source import Location
from configs.town import Grid, GridKind, GridLayer, Leave, Town, UnitLevel

TOLERANCE_M2 = 25.0
"""Neighbours drawn by hand miss each other by some metres along an edge; a real gap or overlap is
more."""

_M2_PER_SQUARE_DEGREE = 111_320.0**2
"""At the equator; towards the poles an area comes out too large, which makes the check stricter."""

_HOLDS_GRIDS = (UnitLevel.VILLAGE, UnitLevel.STATION)
_NAMED_AT_MOST = 4


class DefectKind(StrEnum):
    GAP = "gap"
    OVERLAP = "overlap"
    MARINE_ON_LAND = "marine_on_land"
    INVALID = "invalid"
    NO_WORKER = "no_worker"
    NO_BACKUP = "no_backup"
    A_IS_B = "a_is_b"
    BOTH_ON_LEAVE = "both_on_leave"
    NO_VILLAGE = "no_village"


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with grids. `grids` are codes, the one to be changed first; `shape` is the
    ground in question, in degrees, where it is another than that grid's own."""

    kind: DefectKind
    grids: tuple[str, ...]
    index: int
    """Of the grid to be changed, in the order in which they were given."""
    field: str | None
    message: str
    fix: str
    severity: Severity = Severity.WARNING
    shape: BaseGeometry | None = None
    area_m2: float | None = None


def grid_faults(town: Town) -> Iterator[Fault]:
    """What is wrong with the grids of a town file: their people, their units, their ground."""
    levels = {unit.code: unit.level for unit in town.units}
    for defect in grid_defects(town.grids, levels, town.leave):
        place: Location = ("grids", defect.index)
        if defect.field is not None:
            place = (*place, defect.field)
        yield Fault(place, defect.message, defect.fix, defect.severity)


def grid_defects(
    grids: Sequence[Grid], levels: Mapping[str, UnitLevel], leave: Iterable[Leave]
) -> Iterator[Defect]:
    """What is wrong with grids. `levels`: of the units, by code; a unit that is not among them is
    somebody else's to find."""
    yield from _people(grids, leave)
    yield from _units(grids, levels)
    yield from _ground(grids)


def _people(grids: Sequence[Grid], every_leave: Iterable[Leave]) -> Iterator[Defect]:
    leave: dict[str, list[Leave]] = defaultdict(list)
    for away in every_leave:
        leave[away.person].append(away)
    for i, grid in enumerate(grids):
        if grid.worker_a is None:
            yield Defect(
                DefectKind.NO_WORKER,
                (grid.code,),
                i,
                None,
                f"grid {grid.code} has no worker",
                "name worker_a",
            )
        elif grid.worker_b is None:
            yield Defect(
                DefectKind.NO_BACKUP,
                (grid.code,),
                i,
                None,
                f"grid {grid.code} has no backup",
                "name the worker of an adjacent grid as worker_b; until then its tickets go to the "
                "station chief when A is off duty",
            )
        elif grid.worker_a == grid.worker_b:
            yield Defect(
                DefectKind.A_IS_B,
                (grid.code,),
                i,
                "worker_b",
                f"grid {grid.code}: A and B are one person, {grid.worker_a!r}",
                "name the worker of an adjacent grid as worker_b",
                Severity.ERROR,
            )
        else:
            yield from _both_away(i, grid, leave[grid.worker_a], leave[grid.worker_b])


def _both_away(i: int, grid: Grid, a: Iterable[Leave], b: Iterable[Leave]) -> Iterator[Defect]:
    others = list(b)
    for one in a:
        for other in others:
            first = max(one.first_day, other.first_day)
            last = min(one.last_day, other.last_day)
            if first <= last:
                yield Defect(
                    DefectKind.BOTH_ON_LEAVE,
                    (grid.code,),
                    i,
                    None,
                    f"grid {grid.code}: A {one.person!r} and B {other.person!r} are both on leave "
                    f"from {first} to {last}",
                    "name another worker_b for these days, or remove leave that is over",
                )


def _units(grids: Sequence[Grid], levels: Mapping[str, UnitLevel]) -> Iterator[Defect]:
    for i, grid in enumerate(grids):
        if grid.unit in levels and levels[grid.unit] not in _HOLDS_GRIDS:
            yield Defect(
                DefectKind.NO_VILLAGE,
                (grid.code,),
                i,
                "unit",
                f"grid {grid.code} belongs to {grid.unit}, which is no village",
                "a grid belongs to a village or its station, never directly to a town",
                Severity.ERROR,
            )


@dataclass(frozen=True, slots=True)
class _Ground:
    """Grids of one sort with their places in the file."""

    places: Sequence[int]
    grids: Sequence[Grid]
    shapes: Sequence[BaseGeometry]

    def of(self, indexes: Iterable[int]) -> _Ground:
        chosen = list(indexes)
        return _Ground(
            [self.places[n] for n in chosen],
            [self.grids[n] for n in chosen],
            [self.shapes[n] for n in chosen],
        )


def _ground(grids: Sequence[Grid]) -> Iterator[Defect]:
    shapes = [shape_of(grid.pieces) for grid in grids]
    for i, (grid, shape) in enumerate(zip(grids, shapes, strict=True)):
        if not shape.is_valid:
            yield Defect(
                DefectKind.INVALID,
                (grid.code,),
                i,
                "polygon",
                f"grid {grid.code}: {explain_validity(shape)}",
                "let the corners follow the border once around, without crossing it; holes lie "
                "within, and parts beside one another",
                Severity.ERROR,
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


def _overlaps(ground: _Ground, fix: str, severity: Severity) -> Iterator[Defect]:
    for left, right in _meeting(ground.shapes, ground.shapes):
        if left >= right:
            continue
        common = ground.shapes[left].intersection(ground.shapes[right])
        area = area_m2(common)
        if area > TOLERANCE_M2:
            one, other = ground.grids[left], ground.grids[right]
            yield Defect(
                DefectKind.OVERLAP,
                (other.code, one.code),
                ground.places[right],
                "polygon",
                f"grids {one.code} and {other.code} overlap by about {area:.0f} m²",
                fix,
                severity,
                common,
                area,
            )


def _marine_on_land(marine: _Ground, land: _Ground) -> Iterator[Defect]:
    for wet, dry in _meeting(marine.shapes, land.shapes):
        common = marine.shapes[wet].intersection(land.shapes[dry])
        area = area_m2(common)
        if area > TOLERANCE_M2:
            yield Defect(
                DefectKind.MARINE_ON_LAND,
                (marine.grids[wet].code, land.grids[dry].code),
                marine.places[wet],
                "polygon",
                f"marine grid {marine.grids[wet].code} lies on about {area:.0f} m² of grid "
                f"{land.grids[dry].code}",
                "let it end at the coast, where the land's grids end",
                shape=common,
                area_m2=area,
            )


def _gaps(land: _Ground) -> Iterator[Defect]:
    """Ground that the base grids enclose and none of them has."""
    if not land.shapes:
        return
    tree = STRtree(land.shapes)
    for part in get_parts(union_all(land.shapes)):
        for ring in part.interiors:
            hole = Polygon(ring)
            bare = _bare(hole, tree, land.shapes)
            area = area_m2(bare)
            if area <= TOLERANCE_M2:
                continue
            beside = sorted(
                int(n)
                for n in tree.query(hole, predicate="intersects")
                if land.shapes[n].intersection(ring).length > 0
            )
            codes = tuple(land.grids[n].code for n in beside)
            more = len(codes) - _NAMED_AT_MOST
            named = ", ".join(codes[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
            point = bare.representative_point()
            yield Defect(
                DefectKind.GAP,
                codes,
                land.places[beside[0]],
                "polygon",
                f"about {area:.0f} m² near {point.x:.5f}, {point.y:.5f} lie in no grid, between "
                f"grids {named}",
                "give one of them this ground, or draw the grid that is missing; until then what "
                "happens there goes to the centre",
                shape=bare,
                area_m2=area,
            )


def _bare(hole: Polygon, tree: STRtree, shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """What is nobody's of enclosed ground: an island of other grids may lie in it."""
    within = union_all([shapes[n] for n in tree.query(hole, predicate="intersects")])
    return hole.difference(within)


def _meeting(
    these: Sequence[BaseGeometry], those: Sequence[BaseGeometry]
) -> Iterator[tuple[int, int]]:
    if these and those:
        for left, right in STRtree(those).query(these, predicate="intersects").T:
            yield int(left), int(right)


def area_m2(shape: BaseGeometry) -> float:
    """Square metres of a shape in degrees."""
    return float(shape.area) * _M2_PER_SQUARE_DEGREE
