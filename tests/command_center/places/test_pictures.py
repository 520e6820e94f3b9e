"""Every defect can be drawn, and its picture shows it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from command_center.places.pictures import HEIGHT, TITLES, WIDTH, draw
from configs.grid_checks import Defect, DefectKind, grid_defects
from configs.samples import SAMPLES
from configs.samples.defects import spoil
from configs.town import Grid
from configs.values import Name
from tests.command_center.example import TOWN, grid

SVG = "{http://www.w3.org/2000/svg}"


def test_every_kind_has_a_title() -> None:
    assert set(TITLES) == set(DefectKind)


@pytest.fixture(scope="module")
def spoilt() -> tuple[tuple[Grid, ...], list[Defect]]:
    town, _ = spoil(SAMPLES["wendeng"](1), 1)
    levels = {unit.code: unit.level for unit in town.units}
    return town.grids, list(grid_defects(town.grids, levels, town.leave))


def test_each_planted_defect_is_red_and_in_the_middle(
    spoilt: tuple[tuple[Grid, ...], list[Defect]],
) -> None:
    grids, defects = spoilt
    assert {d.kind for d in defects} >= set(DefectKind) - {
        DefectKind.INVALID, DefectKind.NO_VILLAGE,
    }  # fmt: skip
    for defect in defects:
        picture = ET.fromstring(draw(defect, grids))
        assert picture.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
        (red,) = [p for p in picture.iter(f"{SVG}path") if p.get("fill") == "#d5342f"]
        xs, ys = zip(*(map(float, pair.split(",")) for pair in points(red)), strict=True)
        assert (min(xs) + max(xs)) / 2 == pytest.approx(WIDTH / 2, abs=1)
        assert (min(ys) + max(ys)) / 2 == pytest.approx(HEIGHT / 2, abs=1)
        assert max(max(xs) - min(xs), max(ys) - min(ys)) > 20
        words = "".join(picture.itertext())
        assert TITLES[defect.kind].zh in words
        assert defect.grids[0] in words


def points(path: ET.Element) -> list[str]:
    return re.findall(r"[-\d.]+,[-\d.]+", path.get("d", ""))


@pytest.mark.parametrize("kind", [DefectKind.INVALID, DefectKind.OVERLAP])
def test_names_are_text_and_a_crossed_border_is_drawn(kind: DefectKind) -> None:
    crossed = grid("west", 122.052).model_copy(
        update={
            "name": Name(zh="<script>&", en="x"),
            "polygon": ((122.052, 37.19), (122.057, 37.195), (122.057, 37.19), (122.052, 37.195)),
        }
    )
    second = crossed if kind is DefectKind.INVALID else grid("west", 122.052)
    grids = [TOWN.grids[0], second.model_copy(update={"name": crossed.name})]
    (defect,) = [d for d in grid_defects(grids, {}, ()) if d.kind is kind]
    text = draw(defect, grids)
    assert "<script" not in text
    assert "&lt;script&gt;&amp;" in "".join(text)
    ET.fromstring(text)
