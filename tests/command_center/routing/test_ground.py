"""From a point to a grid."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from command_center.routing.ground import BESIDE_M, BORDER, GroundIndex, Patch, patch_of
from configs.samples import SAMPLES
from configs.town import GridLayer
from configs.values import Name, Piece, Position


def square(
    code: str, west: float, *, side: float = 1.0, layer: GridLayer = GridLayer.BASE
) -> Patch:
    return Patch(
        code=code,
        version=1,
        name=Name(zh=code, en=code),
        layer=layer,
        unit="371003105201",
        polygon=((west, 0.0), (west + side, 0.0), (west + side, side), (west, side)),
        worker_a="a",
        worker_b="b",
        chief="c",
        assistants=("helper",),
    )


SCHOOL = square("school", 0.4, side=0.2, layer=GridLayer.DEDICATED)
TWO_BASES = [square("one", 0.0), square("two", 1.0)]


@pytest.mark.parametrize(
    ("lon", "lat", "code", "tied"),
    [
        (0.1, 0.5, "one", []),
        (1.5, 0.5, "two", []),
        (0.5, 0.1, "school", []),  # the dedicated grid lies on top
        (0.4, 0.1, "school", []),  # its border is still its own
        (1.0, 0.5, None, ["one", "two"]),  # on the line between two grids
        (0.0, 0.5, "one", []),  # the outer border of the town
        (3.0, 0.5, None, []),
        (0.5, -0.001, None, []),
    ],
)
def test_locate(lon: float, lat: float, code: str | None, tied: list[str]) -> None:
    found = GroundIndex([*TWO_BASES, SCHOOL]).locate(Position(lon=lon, lat=lat))
    assert (found.patch.code if found.patch else None) == code
    assert [patch.code for patch in found.tied] == tied


def test_two_dedicated_grids_on_one_spot_are_a_tie() -> None:
    other = square("market", 0.4, side=0.2, layer=GridLayer.DEDICATED)
    found = GroundIndex([*TWO_BASES, SCHOOL, other]).locate(Position(lon=0.5, lat=0.1))
    assert found.patch is None
    assert [patch.code for patch in found.tied] == ["market", "school"]


def test_a_town_without_grids() -> None:
    assert GroundIndex([]).locate(Position(lon=0, lat=0)).patch is None


@given(st.floats(0, 10, exclude_max=True), st.floats(0.01, 0.99))
def test_the_order_of_grids_does_not_matter(lon: float, lat: float) -> None:
    patches = [square(f"g{i}", float(i)) for i in range(10)]
    straight = GroundIndex(patches).locate(Position(lon=lon, lat=lat))
    backwards = GroundIndex(patches[::-1]).locate(Position(lon=lon, lat=lat))
    assert straight == backwards
    if abs(lon - round(lon)) > 2 * BORDER:
        assert straight.patch is not None
        assert straight.patch.code == f"g{int(lon)}"


@pytest.mark.parametrize(("login", "codes"), [("a", ["one"]), ("helper", ["one"]), ("c", [])])
def test_whose_grids(login: str, codes: list[str]) -> None:
    assert GroundIndex([square("one", 0.0)]).worked_by(login) == codes


def test_in_a_whole_district_the_grid_on_top_has_what_happens_in_it() -> None:
    town = SAMPLES["wendeng"](1)
    index = GroundIndex([patch_of(grid) for grid in town.grids])
    for grid in town.grids:
        if grid.layer is GridLayer.DEDICATED:  # schools, markets and waters
            inside = Polygon(grid.polygon).representative_point()
            found = index.locate(Position(lon=inside.x, lat=inside.y))
            assert found.patch is not None
            assert found.patch.code == grid.code


def test_each_camera_of_a_whole_town_has_one_grid() -> None:
    town = SAMPLES["xiaodian"](1)
    index = GroundIndex([patch_of(grid) for grid in town.grids])
    found = [index.locate(camera.zones[0].ground).patch for camera in town.cameras]
    assert {patch.code for patch in found if patch} == {grid.code for grid in town.grids}
    assert None not in found


METRE = 1 / 111_320.0
"""Of latitude, and at the equator of longitude, in degrees."""


@pytest.mark.parametrize(
    ("lon", "lat", "code", "tied", "metres"),
    [
        (0.5, -3 * METRE, "one", [], 3.0),
        (0.5, 0.0, "one", [], None),  # on the outer border
        (0.5, -9.9 * METRE, "one", [], 9.9),
        (0.5, -10.1 * METRE, None, [], None),
        (1.0, -4 * METRE, None, ["one", "two"], 4.0),  # below the corner that both have
        (1.0 - 3 * METRE, -4 * METRE, "one", [], 4.0),
        (1.0 + 3 * METRE, -4 * METRE, "two", [], 4.0),
    ],
)
def test_a_point_a_few_metres_outside_is_the_nearest_grids(
    lon: float, lat: float, code: str | None, tied: list[str], metres: float | None
) -> None:
    found = GroundIndex(TWO_BASES).locate(Position(lon=lon, lat=lat))
    assert (found.patch.code if found.patch else None) == code
    assert [patch.code for patch in found.tied] == tied
    assert found.beside_m == (pytest.approx(metres, abs=0.01) if metres is not None else None)


def test_metres_are_metres_in_the_north_as_well() -> None:
    north = square("north", 0.0)
    polygon = tuple((lon, lat + 60) for lon, lat in north.polygon)
    moved = dataclasses.replace(north, polygon=polygon)
    index = GroundIndex([moved])
    east = 1 + 8 * METRE / np.cos(np.radians(60.5))
    assert index.locate(Position(lon=east, lat=60.5)).beside_m == pytest.approx(8, abs=0.05)
    assert index.locate(Position(lon=1 + 8 * METRE, lat=60.5)).beside_m == pytest.approx(
        8 * np.cos(np.radians(60.5)), abs=0.05
    )
    assert index.locate(Position(lon=1 + 2 * (east - 1), lat=60.5)).patch is None


def test_a_hole_is_another_grids_and_parts_are_its_own() -> None:
    hole = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
    around = dataclasses.replace(
        square("around", 0.0), holes=(hole,), parts=(Piece(polygon=square("far", 5.0).polygon),)
    )
    index = GroundIndex([around])
    assert index.locate(Position(lon=0.5, lat=0.5)).patch is None
    for lon in (0.1, 5.5):
        assert index.locate(Position(lon=lon, lat=0.5)).patch == around
    island = dataclasses.replace(square("island", 0.0), polygon=hole)
    found = GroundIndex([around, island]).locate(Position(lon=0.5, lat=0.5))
    assert found.patch == island


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-0.1, 2.1), st.floats(-0.1, 1.1)), min_size=1, max_size=30))
def test_many_points_at_once_are_located_as_one_by_one(points: list[tuple[float, float]]) -> None:
    index = GroundIndex([*TWO_BASES, SCHOOL, square("market", 0.5, side=0.2, layer=SCHOOL.layer)])
    lon, lat = (np.array(one) for one in zip(*points, strict=True))
    assert index.locate_all(lon, lat) == [index.locate(Position(lon=x, lat=y)) for x, y in points]


def test_nowhere_at_all() -> None:
    lon = np.array([1.0, 2.0])
    assert [found.patch for found in GroundIndex([]).locate_all(lon, lon)] == [None, None]
    assert GroundIndex(TWO_BASES).locate_all(lon[:0], lon[:0]) == []
    assert BESIDE_M > BORDER / METRE
