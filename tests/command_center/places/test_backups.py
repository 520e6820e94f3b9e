"""Who is proposed as B: the worker with the longest common border, never A."""

from __future__ import annotations

from typing import Any

import pytest

from command_center.places.backups import propose
from configs.samples import SAMPLES
from configs.town import Grid, GridKind, GridLayer
from configs.values import Name

_METRE = 1 / 111_320.0


def box(code: str, west: float, south: float, east: float, north: float, **more: Any) -> Grid:
    """A grid by its sides, in metres from (120 E, 0 N); its A is named as it is."""
    x1, y1, x2, y2 = (n * _METRE for n in (west, south, east, north))
    return Grid(
        code=code,
        name=Name(zh=code, en=code),
        unit="370000000001",
        worker_a=f"a-{code}",
        polygon=((120 + x1, y1), (120 + x2, y1), (120 + x2, y2), (120 + x1, y2)),
    ).model_copy(update=more)


LEFT, RIGHT = box("left", 0, 0, 1000, 1000), box("right", 1000, 300, 2000, 1000)
ABOVE = box("above", 0, 1000, 1000, 2000)
SEA: dict[str, Any] = {"kind": GridKind.MARINE, "layer": GridLayer.DEDICATED}
TOP: dict[str, Any] = {"kind": GridKind.DEDICATED, "layer": GridLayer.DEDICATED}


def proposed(grids: list[Grid], code: str) -> tuple[str | None, str | None, int, int]:
    (one,) = [each for each in propose(grids, every=True) if each.grid == code]
    return one.worker_b, one.neighbour, round(one.border_m, -1), round(one.distance_m)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("grids", "code", "expected"),
    [
        ([LEFT, RIGHT, ABOVE], "left", ("a-above", "above", 1000, 0)),
        ([LEFT, RIGHT, ABOVE], "right", ("a-left", "left", 700, 0)),
        # The worker of the longest border is A himself:
        ([LEFT, RIGHT, ABOVE.model_copy(update={"worker_a": "a-left"})], "left",
         ("a-right", "right", 700, 0)),
        ([LEFT, ABOVE.model_copy(update={"worker_a": None})], "left", (None, None, 0, 0)),
        ([LEFT], "left", (None, None, 0, 0)),
        # A seam of a metre, as people draw it, is a common border; a street of 30 m is none.
        ([LEFT, box("near", 1001, 0, 2000, 1000)], "left", ("a-near", "near", 1000, 0)),
        ([LEFT, box("across", 1030, 0, 2000, 1000)], "left", ("a-across", "across", 0, 30)),
        # A dedicated grid's B is B of the grid it lies in, or A there where it has another A.
        ([LEFT, RIGHT, ABOVE, box("school", 400, 400, 500, 500, **TOP, worker_a="a-left")],
         "school", ("a-above", "left", 0, 0)),
        ([LEFT, RIGHT, ABOVE, box("school", 400, 400, 500, 500, **TOP, worker_a="a-above")],
         "school", ("a-left", "left", 0, 0)),
        # Waters: the longest coast, else the nearest.
        ([LEFT, RIGHT, box("bay", 0, -500, 1500, 0, **SEA)], "bay", ("a-left", "left", 1000, 0)),
        ([LEFT, RIGHT, box("far", 1200, -1000, 2000, -500, **SEA, worker_a="a-right")], "far",
         ("a-left", "left", 0, 538)),
    ],
)  # fmt: skip
def test_who_is_b(
    grids: list[Grid], code: str, expected: tuple[str | None, str | None, int, int]
) -> None:
    assert proposed(grids, code) == pytest.approx(expected)


def test_only_those_without_b_unless_asked() -> None:
    has_b = RIGHT.model_copy(update={"worker_b": "somebody"})
    own = ABOVE.model_copy(update={"worker_b": "a-above"})
    nobody = box("empty", 2000, 0, 3000, 1000, worker_a=None)
    found = propose([LEFT, has_b, own, nobody])
    assert [one.grid for one in found] == ["left", "above"]


def test_of_equal_borders_the_own_unit_is_first() -> None:
    other = box("aa-other", -1000, 0, 0, 1000, unit="370000000002")
    own = box("zz-own", 1000, 0, 2000, 1000)
    assert proposed([LEFT, other, own], "left")[1] == "zz-own"


def test_a_whole_district_has_neighbours_who_are_others() -> None:
    grids = SAMPLES["wendeng"](1).grids
    found = propose(grids, every=True)
    a_of = {grid.code: grid.worker_a for grid in grids}
    assert len(found) == len(grids)
    assert all(one.worker_b not in (None, a_of[one.grid]) for one in found)
    assert sum(one.border_m > 0 for one in found) > 1100
