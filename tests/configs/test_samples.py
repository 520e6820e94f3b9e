"""The sample towns have exactly the numbers that they promise, and sound ground."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from shapely import Polygon, coverage_is_valid, union_all

from configs.errors import Severity
from configs.load import catalogue_of, check_town, shipped_holidays
from configs.samples import SAMPLES
from configs.samples.defects import Defect, spoil
from configs.town import (
    CameraLevel,
    Grid,
    GridKind,
    GridLayer,
    OrgUnit,
    Role,
    Town,
    UnitLevel,
)
from configs.town_checks import contradictions
from configs.written import write_town_file


@pytest.fixture(scope="module")
def wendeng() -> Town:
    return SAMPLES["wendeng"](1)


@pytest.fixture(scope="module")
def xiaodian() -> Town:
    return SAMPLES["xiaodian"](1)


@pytest.fixture(params=sorted(SAMPLES))
def town(request: pytest.FixtureRequest) -> Town:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Town)
    return found


def levels(town: Town) -> Counter[UnitLevel]:
    return Counter(unit.level for unit in town.units)


def roles(town: Town) -> Counter[Role]:
    return Counter(chain.from_iterable(person.roles for person in town.people))


def below(town: Town, parent: str) -> list[OrgUnit]:
    return [unit for unit in town.units if unit.parent == parent]


def test_xiaodian_counts(xiaodian: Town) -> None:
    new_villages = below(xiaodian, xiaodian.code)
    villages = [village for one in new_villages for village in below(xiaodian, one.code)]
    assert len(new_villages) == 9
    assert len(villages) == 62
    assert len(xiaodian.units) == 1 + 9 + 62
    assert {unit.level for unit in (*new_villages, *villages)} == {UnitLevel.VILLAGE}
    assert {grid.unit for grid in xiaodian.grids} == {village.code for village in villages}
    assert len(xiaodian.cameras) == 700
    assert Counter(camera.level for camera in xiaodian.cameras) == {
        CameraLevel.TOWN: 40,
        CameraLevel.NEW_VILLAGE: 108,
        CameraLevel.VILLAGE: 248,
        CameraLevel.STREET: 186,
        CameraLevel.LANE: 118,
    }
    assert len(xiaodian.departments) == 7
    assert len(xiaodian.shifts) == 3


def test_wendeng_counts(wendeng: Town) -> None:
    assert levels(wendeng) == {UnitLevel.DISTRICT: 1, UnitLevel.TOWN: 15, UnitLevel.STATION: 653}
    assert Counter((grid.kind, grid.layer) for grid in wendeng.grids) == {
        (GridKind.URBAN, GridLayer.BASE): 409,
        (GridKind.RURAL, GridLayer.BASE): 712,
        (GridKind.DEDICATED, GridLayer.DEDICATED): 267,
        (GridKind.MARINE, GridLayer.DEDICATED): 54,
    }
    assert len(wendeng.grids) == 1_442
    workers = Counter(p.login.split("-")[0] for p in wendeng.people if Role.GRID_WORKER in p.roles)
    assert workers == {"full": 409, "part": 712}
    assert roles(wendeng)[Role.ASSISTANT] == 818 + 2_493
    for kind, full, assistants in ((GridKind.URBAN, True, 818), (GridKind.RURAL, False, 2_493)):
        of_kind = [grid for grid in wendeng.grids if grid.kind is kind]
        assert len({grid.worker_a for grid in of_kind}) == len(of_kind)
        assert all((grid.worker_a or "").startswith("full") is full for grid in of_kind)
        assert len({login for grid in of_kind for login in grid.assistants}) == assistants
    for unit in wendeng.units:
        assert unit.level is UnitLevel.STATION or below(wendeng, unit.code)
    stations = {unit.code for unit in wendeng.units if unit.level is UnitLevel.STATION}
    assert {grid.unit for grid in wendeng.grids} == stations


def test_base_grids_tile_their_land(town: Town) -> None:
    land = [Polygon(g.polygon) for g in town.grids if g.layer is GridLayer.BASE]
    tiles = land + [Polygon(g.polygon) for g in town.grids if g.kind is GridKind.MARINE]
    assert coverage_is_valid(tiles)
    whole = union_all(land)
    assert isinstance(whole, Polygon)
    assert len(whole.interiors) == 0


def test_names_and_digits_are_as_a_town_file_has_them(town: Town) -> None:
    for corner in chain.from_iterable(grid.polygon for grid in town.grids):
        assert all(value == round(value, 7) for value in corner)
    phones = [person.phone for person in town.people]
    assert len(set(phones)) == len(phones)
    units = {unit.code: unit for unit in town.units}
    assert all(unit.parent in units for unit in town.units if unit.code != town.code)


def test_b_works_in_an_adjacent_grid(town: Town) -> None:
    base = [grid for grid in town.grids if grid.layer is GridLayer.BASE]
    home = {grid.worker_a: grid for grid in base}
    for grid in base:
        beside = set(grid.polygon) & set(home[grid.worker_b].polygon)
        assert len(beside) == 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_seed_gives_a_sound_town_and_each_defect_is_found(name: str, seed: int) -> None:
    town = SAMPLES[name](seed)
    assert contradictions(town, catalogue_of(town), shipped_holidays()) == []
    spoilt, planted = spoil(town, seed)
    kinds = set(Defect) - (set() if name == "wendeng" else {Defect.MARINE_ON_LAND})
    assert {each.defect for each in planted} == kinds
    assert len(planted) == len(kinds)
    faults = contradictions(spoilt, catalogue_of(spoilt), shipped_holidays())
    found = {(_defect(f.message), _named(f.message, spoilt.grids)) for f in faults}
    assert len(faults) == len(planted)
    assert found == {(each.defect, frozenset(each.grids)) for each in planted}
    errors = {_defect(f.message) for f in faults if f.severity is Severity.ERROR}
    assert errors == {Defect.OVERLAP, Defect.A_IS_B}


_WORDS = {
    "lie in no grid, between": Defect.GAP,
    "overlap by about": Defect.OVERLAP,
    "has no worker": Defect.NO_WORKER,
    "has no backup": Defect.MISSING_B,
    "are one person": Defect.A_IS_B,
    "are both on leave": Defect.BOTH_ON_LEAVE,
    "lies on about": Defect.MARINE_ON_LAND,
}


def _defect(message: str) -> Defect:
    [found] = [defect for words, defect in _WORDS.items() if words in message]
    return found


def _named(message: str, grids: tuple[Grid, ...]) -> frozenset[str]:
    words = {word.strip(",:") for word in message.split()}
    return frozenset(grid.code for grid in grids if grid.code in words)


def test_a_seed_gives_one_town() -> None:
    make = SAMPLES["xiaodian"]
    assert make(5) == make(5)
    assert make(5) != make(6)
    assert spoil(make(5), 5) == spoil(make(5), 5)


def test_a_town_that_was_written_is_read_as_it_was(tmp_path: Path, xiaodian: Town) -> None:
    write_town_file(tmp_path / "town.yaml", xiaodian, "Xiaodian")
    again, problems = check_town(tmp_path)
    assert problems == []
    assert again == xiaodian
