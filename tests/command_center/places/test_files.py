"""Grids as files: what is written is read as the same, and what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from command_center.places import geojson, sheet
from command_center.places.faults import UnreadableError
from configs.samples import SAMPLES
from configs.shapes import normal, shape_of
from configs.town import Grid, GridKind, GridLayer
from configs.values import Name, Piece
from tests.command_center.example import TOWN, VILLAGE

EAST, WEST = TOWN.grids

logins = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
offsets = st.floats(0.05, 0.2)


def ring(x: float, y: float, radius: float, corners: int) -> tuple[tuple[float, float], ...]:
    around = Point(x, y).buffer(radius, quad_segs=corners).exterior.coords[:-1]
    return tuple((float(a), float(b)) for a, b in around)


@st.composite
def pieces(draw: st.DrawFn, x: float) -> Piece:
    """A ring of any size and direction, open or closed, perhaps with one or two holes."""
    y, radius = draw(st.floats(-80, 80)), draw(st.floats(1e-4, 0.4))
    outer = ring(x, y, radius, draw(st.integers(1, 4)))
    holes = tuple(
        ring(x + side * radius / 3, y, radius * draw(offsets), 1)
        for side in draw(st.sampled_from([(), (1,), (-1, 1)]))
    )
    if draw(st.booleans()):
        outer = outer[::-1]
    if draw(st.booleans()):
        outer = (*outer, outer[0])
    return Piece(polygon=outer, holes=tuple(h[::-1] if draw(st.booleans()) else h for h in holes))


@st.composite
def grids(draw: st.DrawFn, code: str) -> Grid:
    first, *parts = [draw(pieces(x)) for x in (5.0, 7.0, 9.0)[: draw(st.integers(1, 3))]]
    return Grid(
        code=code,
        name=Name(zh=draw(texts), en=draw(texts)),
        kind=draw(st.sampled_from(GridKind)),
        layer=draw(st.sampled_from(GridLayer)),
        unit=draw(st.from_regex(r"[0-9]{12}", fullmatch=True)),
        polygon=first.polygon,
        holes=first.holes,
        parts=tuple(parts),
        worker_a=draw(st.none() | logins),
        worker_b=draw(st.none() | logins),
        assistants=tuple(draw(st.lists(logins, max_size=3))),
    )


towns = st.lists(logins, unique=True, min_size=1, max_size=4).flatmap(
    lambda codes: st.tuples(*(grids(code) for code in codes))
)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@few
@given(towns)
def test_geojson_that_was_written_is_read_as_the_same(town: tuple[Grid, ...]) -> None:
    text = geojson.write(town)
    assert geojson.read(text.encode()) == tuple(map(normal, town))
    assert geojson.write(geojson.read(text.encode())) == text


@few
@given(towns)
def test_csv_that_was_written_is_read_as_the_same(town: tuple[Grid, ...]) -> None:
    text = sheet.write(town)
    assert sheet.read(text.encode(), {}) == tuple(map(normal, town))
    assert sheet.write(sheet.read(text.encode(), {})) == text


@few
@given(towns)
def test_the_normal_form_covers_the_same_ground_and_is_its_own(town: tuple[Grid, ...]) -> None:
    for grid in town:
        assert shape_of(grid.pieces).is_valid
        assert shape_of(normal(grid).pieces).equals(shape_of(grid.pieces))
        assert normal(normal(grid)) == normal(grid)


def test_geojson_has_the_directions_of_rfc_7946() -> None:
    hole = ((122.051, 37.191), (122.054, 37.191), (122.054, 37.194))
    grid = EAST.model_copy(update={"polygon": EAST.polygon[::-1], "holes": (hole,)})
    (feature,) = json.loads(geojson.write([grid]))["features"]
    outer, inner = feature["geometry"]["coordinates"]
    assert outer[0] == outer[-1] == [122.05, 37.195]
    assert outer[1] == [122.05, 37.19]  # west, then south: counter-clockwise
    assert inner == [[122.051, 37.191], [122.054, 37.194], [122.054, 37.191], [122.051, 37.191]]


def test_a_whole_district_comes_back() -> None:
    town = SAMPLES["wendeng"](1)
    found = geojson.read(geojson.write(town.grids).encode())
    assert found == tuple(map(normal, town.grids))
    assert sheet.read(sheet.write(town.grids).encode(), {}) == found


def collection(**changes: Any) -> dict[str, Any]:
    """The example town's grids, with something of the first feature changed: `geometry__type`."""
    found: dict[str, Any] = json.loads(geojson.write(TOWN.grids))
    for path, value in changes.items():
        target: Any = found["features"][0]
        *way, last = path.split("__")
        for part in way:
            target = target[part]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return found


LINE = [[122.05, 37.19], [122.055, 37.19], [122.055, 37.195], [122.05, 37.195]]
METRES = [[[592_000, 4_116_000], [592_400, 4_116_000], [592_400, 4_116_500], [592_000, 4_116_000]]]


@pytest.mark.parametrize(
    ("changed", "where", "message", "fix"),
    [
        ({"properties__kind": "forest"}, "features[0] (east).properties.kind", "'forest'",
         "rural"),
        ({"properties__unit": "3.71003E+11"}, "features[0] (east).properties.unit", "3.71003E+11",
         "format the column as text"),
        ({"properties__unit": None}, "features[0] (east).properties.unit", "is missing", "add"),
        ({"properties__name_en": ""}, "features[0] (east).properties.name_en", "is empty", "fill"),
        ({"properties__worker_A": "x"}, "properties.worker_A", "not known", "'worker_a'"),
        ({"properties__worker_a": "Zhang San"}, "properties.worker_a", "Zhang San", "a login"),
        ({"properties": None}, "features[0].properties", "missing", "code"),
        ({"geometry__type": "LineString"}, "features[0] (east).geometry", "no Polygon", "an area"),
        ({"geometry__coordinates": [LINE]}, "polygon 0, ring 0", "end where it began", "repeat"),
        ({"geometry__coordinates": [LINE[:2]]}, "polygon 0, ring 0", "less than four", "ends"),
        ({"geometry__coordinates": METRES}, "geometry.coordinates", "no degree", "EPSG:4326"),
        ({"type": "Fest"}, "features[0]", "no Feature", "Feature"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_geojson_is_named(
    changed: dict[str, Any], where: str, message: str, fix: str
) -> None:
    with pytest.raises(UnreadableError) as caught:
        geojson.read(json.dumps(collection(**changed)).encode())
    first = caught.value.faults[0]
    assert where in first.where
    assert message in first.message
    assert fix in first.fix


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        (b"{", "line 1, column 2", "Expecting"),
        (b"[1]", "file", "no JSON object"),
        (b'{"type": "Feature"}', "type", "FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "file", "NaN"),
        (b"[" * 100_000, "file", "cannot be read"),
        ("{'名'}".encode("gb18030"), "byte 2", "not UTF-8"),
        (b'{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": '
         b'"urn:ogc:def:crs:EPSG::4490"}}}', "crs", "WGS84"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_geojson(content: bytes, where: str, message: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        geojson.read(content)
    assert where in caught.value.faults[0].where
    assert message in caught.value.faults[0].message


def test_every_fault_is_told_and_a_code_stands_once() -> None:
    twice = collection()
    twice["features"].append(twice["features"][0])
    with pytest.raises(
        UnreadableError, match=r"features\[2\]: grid 'east' stands at features\[0\]"
    ):
        geojson.read(json.dumps(twice).encode())
    broken = collection(properties__kind="forest")
    broken["features"][1]["properties"]["layer"] = "upper"
    with pytest.raises(UnreadableError) as caught:
        geojson.read(json.dumps(broken).encode())
    assert [f.where[:11] for f in caught.value.faults] == ["features[0]", "features[1]"]


def test_what_programs_add_and_altitudes_are_left_out() -> None:
    extra = collection(properties__fid=7, properties___population=900)
    coordinates = extra["features"][0]["geometry"]["coordinates"]
    coordinates[0] = [[*point, 12.5] for point in coordinates[0]]
    assert geojson.read(json.dumps(extra).encode()) == TOWN.grids


HELD = {grid.code: grid for grid in TOWN.grids}


def test_a_sheet_may_change_the_people_alone() -> None:
    found = sheet.read(b"code,worker_b,assistants\r\neast,,helper; other\r\nwest,li,\r\n", HELD)
    assert found == (
        EAST.model_copy(update={"worker_b": None, "assistants": ("helper", "other")}),
        WEST.model_copy(update={"worker_b": "li"}),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_as_spreadsheets_save_it(encoding: str) -> None:
    text = "code,name_zh,name_en\r\neast,东网格,East\r\n\r\n"
    (found,) = sheet.read(text.encode(encoding), HELD)
    assert found.name == Name(zh="东网格", en="East")


def test_the_template_is_a_sheet_that_can_be_read() -> None:
    (grid,) = sheet.read(sheet.TEMPLATE.encode(), {})
    assert (grid.unit, grid.assistants) == (VILLAGE, ("wang", "zhao"))


def test_no_cell_is_a_formula() -> None:
    sly = EAST.model_copy(update={"name": Name(zh="=HYPERLINK(1)", en="'=1")})
    text = sheet.write([sly])
    assert "'=HYPERLINK(1)" in text
    assert sheet.read(text.encode(), {}) == (sly,)


GOOD = "POLYGON ((1 1, 2 1, 2 2, 1 1))"


@pytest.mark.parametrize(
    ("text", "where", "message", "fix"),
    [
        ("", "line 1", "missing", "template"),
        ("name_zh\nx", "line 1", "no column code", "template"),
        ("code,wroker_a\neast,x", "line 1, wroker_a", "not known", "'worker_a'"),
        ("code,code\neast,x", "line 1, code", "twice", "remove"),
        ("code,kind\neast,rural\nwest,forest", "line 3, kind", "'forest'", "rural"),
        ("code,name_zh\neast,\"two\nlines\"\nwest,", "line 4, name_zh", "empty", "fill"),
        ("code,name_zh,name_en,unit,ground\nnew,新,New,1,", "line 2, ground", "'new'", "WKT"),
        (f'code,name_zh,name_en,unit,ground\nnew,新,New,3.71E+11,"{GOOD}"', "line 2, unit",
         "3.71E+11", "as text"),
        ("code,ground\neast,POLYGON ((1 1", "line 2, ground", "no WKT", "MULTIPOLYGON"),
        ("code,ground\neast,POINT (1 1)", "line 2, ground", "is a Point", "POLYGON"),
        ('code,ground\neast,"POLYGON ((592000 4116000, 592400 1, 5 5, 592000 4116000))"',
         "line 2, ground", "no degrees", "EPSG:4326"),
        ('code,ground\neast,"POLYGON ((' + "1 1, " * 6553, "line 2", "", ""),
        ("code,kind\neast,rural,more", "line 2", "3 cells, the heading 2", "double quotes"),
        ("code\neast\neast", "line 3", "stands at line 2 already", "keep one"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_sheet_is_named(text: str, where: str, message: str, fix: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        sheet.read(text.encode(), HELD)
    first = caught.value.faults[0]
    assert where in first.where
    assert message in first.message
    assert fix in first.fix


def test_ground_that_excel_has_cut_is_told_so() -> None:
    cut = ("POLYGON ((" + "1 1, " * 7000)[:32_767]
    with pytest.raises(UnreadableError, match="Excel cuts a cell"):
        sheet.read(f'code,ground\neast,"{cut}"'.encode(), HELD)
