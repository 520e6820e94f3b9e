"""Grids tile their town, and each has two people who are there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from configs.errors import Severity
from configs.fault import Fault
from configs.grid_checks import grid_faults
from configs.town import Grid, GridKind, GridLayer, Leave, OrgUnit, Person, Role, Town, UnitLevel
from configs.values import Name, Piece, Position

_STEP = 0.01
_NAME = Name(zh="某", en="Some")
_TOWN, _VILLAGE = "370000000000", "370000000001"


def square(x: float, y: float, **differs: Any) -> Grid:
    """A grid of a lattice, side `_STEP`, its south-west corner (x, y) steps from the origin."""
    corners = ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))
    grid = Grid(
        code=f"g{x}-{y}".replace(".", "_"),
        name=_NAME,
        unit=_VILLAGE,
        worker_a="zhang",
        worker_b="li",
        polygon=tuple((120 + _STEP * a, 36 + _STEP * b) for a, b in corners),
    )
    return grid.model_copy(update=differs)


def faults_of(*grids: Grid, leave: tuple[Leave, ...] = ()) -> list[Fault]:
    people = (
        Person(login=login, name=_NAME, roles=(Role.GRID_WORKER,), unit=_VILLAGE)
        for login in ("zhang", "li")
    )
    units = (
        OrgUnit(code=_TOWN, name=_NAME, level=UnitLevel.TOWN),
        OrgUnit(code=_VILLAGE, name=_NAME, level=UnitLevel.VILLAGE, parent=_TOWN),
    )
    town = Town(
        code=_TOWN,
        name=_NAME,
        centre=Position(lon=120, lat=36),
        units=units,
        people=tuple(people),
        grids=grids,
        leave=leave,
    )
    return list(grid_faults(town))


LATTICE = [square(x, y) for x in range(3) for y in range(3)]
MIDDLE = LATTICE[4]
MARINE = {"kind": GridKind.MARINE, "layer": GridLayer.DEDICATED}
DEDICATED = {"kind": GridKind.DEDICATED, "layer": GridLayer.DEDICATED}


def test_a_lattice_is_sound_with_dedicated_grids_on_it_and_marine_ones_beside_it() -> None:
    on_top = square(0.25, 0.25, **DEDICATED)
    sea = [square(3, 0, **MARINE), square(3, 1, **MARINE)]
    assert faults_of(*LATTICE, on_top, *sea) == []


@pytest.mark.parametrize(
    ("grids", "severity", "words"),
    [
        ([g for g in LATTICE if g is not MIDDLE], Severity.WARNING,
         ("lie in no grid", "g0-1, g1-0, g1-2, g2-1", "120.01500, 36.01500")),
        ([*LATTICE, square(2.5, 3)], None, ()),
        ([*LATTICE, square(2.5, 2.5)], Severity.ERROR, ("g2-2 and g2_5-2_5 overlap",)),
        ([*LATTICE, square(2.5, 2.5, **MARINE)], Severity.WARNING,
         ("marine grid g2_5-2_5 lies on", "of grid g2-2")),
        ([*LATTICE, square(5, 5, **MARINE), square(5.5, 5, **MARINE)], Severity.WARNING,
         ("g5-5 and g5_5-5 overlap",)),
        ([*LATTICE, square(0.1, 0.1, **DEDICATED), square(0.2, 0.2, **DEDICATED)],
         Severity.WARNING, ("g0_1-0_1 and g0_2-0_2 overlap",)),
        ([square(0, 0, worker_a=None)], Severity.WARNING, ("g0-0 has no worker",)),
        ([square(0, 0, worker_b=None)], Severity.WARNING, ("g0-0 has no backup",)),
        ([square(0, 0, worker_b="zhang")], Severity.ERROR, ("g0-0: A and B are one person",)),
        ([square(0, 0, unit=_TOWN)], Severity.ERROR, ("g0-0", "which is no village")),
    ],
)  # fmt: skip
def test_a_fault_of_grids_is_named_with_the_grids(
    grids: list[Grid], severity: Severity | None, words: tuple[str, ...]
) -> None:
    faults = faults_of(*grids)
    assert [fault.severity for fault in faults] == ([severity] if severity else [])
    for fault in faults:
        assert fault.fix
        assert all(word in fault.message for word in words), fault.message


def test_a_slit_as_people_draw_it_is_no_gap() -> None:
    """A corner a centimetre off: 10 m² along a side of a kilometre are no fault."""
    (x, y), *others = MIDDLE.polygon
    off = MIDDLE.model_copy(update={"polygon": ((x + 1e-7, y + 1e-7), *others)})
    assert faults_of(*(off if g is MIDDLE else g for g in LATTICE)) == []


@pytest.mark.parametrize(("first", "last", "said"), [(1, 3, True), (4, 5, False)])
def test_leave_of_both_is_said_where_the_days_meet(first: int, last: int, said: bool) -> None:
    leave = (
        Leave(person="zhang", first_day=date(2026, 5, 2), last_day=date(2026, 5, 3)),
        Leave(person="li", first_day=date(2026, 5, first), last_day=date(2026, 5, last)),
    )
    faults = faults_of(square(0, 0), leave=leave)
    assert [f.severity for f in faults] == [Severity.WARNING] * said
    if said:
        assert "both on leave from 2026-05-02 to 2026-05-03" in faults[0].message


def ring_of(x: float, y: float, side: float) -> tuple[tuple[float, float], ...]:
    """A square of so many steps."""
    return tuple(
        (120 + _STEP * (x + a * side), 36 + _STEP * (y + b * side))
        for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))
    )


def test_a_hole_that_another_grid_fills_is_sound_and_one_that_none_fills_is_a_gap() -> None:
    hole = ring_of(0.25, 0.25, 0.5)
    around = square(0, 0, holes=(hole,))
    island = square(0.25, 0.25, polygon=hole)
    assert faults_of(around, island) == []
    (fault,) = faults_of(around)
    assert "lie in no grid, between grids g0-0" in fault.message


def test_an_island_in_a_lake_leaves_the_lake_bare() -> None:
    around = square(0, 0, holes=(ring_of(0.2, 0.2, 0.6),))
    island = square(0.4, 0.4, polygon=ring_of(0.4, 0.4, 0.2))
    (fault,) = faults_of(around, island)
    area = (0.36 - 0.04) * (_STEP * 111_320) ** 2
    said = float(fault.message.split()[1])
    assert said == pytest.approx(area, rel=0.001)


def test_parts_are_ground_as_well() -> None:
    parts = (Piece(polygon=square(5, 5).polygon),)
    faults = faults_of(square(0, 0, parts=parts), square(5, 5))
    assert [fault.severity for fault in faults] == [Severity.ERROR]
    assert "g0-0 and g5-5 overlap" in faults[0].message


def test_a_hole_beyond_the_border_is_told() -> None:
    (fault,) = faults_of(square(0, 0, holes=(square(3, 3).polygon,)))
    assert "Hole lies outside shell" in fault.message
