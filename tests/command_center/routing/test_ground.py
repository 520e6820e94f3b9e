"""From a point to a grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from command_center.routing.ground import BORDER, GroundIndex, Patch
from configs.samples import SAMPLES
from configs.town import Grid, GridLayer
from configs.values import Name, Position


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
    index = GroundIndex([_patch(grid) for grid in town.grids])
    for grid in town.grids:
        if grid.layer is GridLayer.DEDICATED:  # schools, markets and waters
            inside = Polygon(grid.polygon).representative_point()
            found = index.locate(Position(lon=inside.x, lat=inside.y))
            assert found.patch is not None
            assert found.patch.code == grid.code


def test_each_camera_of_a_whole_town_has_one_grid() -> None:
    town = SAMPLES["xiaodian"](1)
    index = GroundIndex([_patch(grid) for grid in town.grids])
    found = [index.locate(camera.zones[0].ground).patch for camera in town.cameras]
    assert {patch.code for patch in found if patch} == {grid.code for grid in town.grids}
    assert None not in found


def _patch(grid: Grid) -> Patch:
    return Patch(
        code=grid.code,
        version=1,
        name=grid.name,
        layer=grid.layer,
        unit=grid.unit,
        polygon=grid.polygon,
        worker_a=grid.worker_a,
        worker_b=grid.worker_b,
        chief=None,
        assistants=grid.assistants,
    )
