"""Grids as CSV for a spreadsheet, their ground as WKT (OGC 06-103r4), read again as the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import shapely
from shapely import MultiPolygon, Polygon

from command_center.places.faults import InputFault, UnreadableError, grid_of, repeated, unknown
from configs.shapes import closed, normal, opened
from configs.town import Grid
from configs.values import Piece

MEDIA_TYPE = "text/csv"
COLUMNS = (
    "code",
    "name_zh",
    "name_en",
    "kind",
    "layer",
    "unit",
    "worker_a",
    "worker_b",
    "assistants",
    "ground",
)
_EXCELS_LARGEST_CELL = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""How a cell begins that a spreadsheet would run as a formula (OWASP, CSV injection), and the mark
that keeps it from doing so."""
_GROUND = dict.fromkeys(("polygon", "holes", "parts"), "ground")
_FIELDS = {"name": "name_zh", "name.zh": "name_zh", "name.en": "name_en"} | _GROUND

TEMPLATE = (
    "﻿" + ",".join(COLUMNS) + "\r\n"
    "g-1,第一网格,Grid 1,rural,base,371003105201,zhang,li,wang;zhao,"
    '"POLYGON ((122.05 37.19, 122.055 37.19, 122.055 37.195, 122.05 37.195, 122.05 37.19))"\r\n'
)
"""With one grid that shows each column."""


def write(grids: Sequence[Grid]) -> str:
    """With a byte order mark, without which Excel takes it for the system's own encoding."""
    text = io.StringIO()
    text.write("﻿")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows([_shown(cell) for cell in _cells(grid)] for grid in grids)
    return text.getvalue()


def _cells(grid: Grid) -> tuple[str, ...]:
    return (
        grid.code,
        grid.name.zh,
        grid.name.en,
        grid.kind,
        grid.layer,
        grid.unit,
        grid.worker_a or "",
        grid.worker_b or "",
        ";".join(grid.assistants),
        _wkt(normal(grid).pieces),
    )


def _shown(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _wkt(pieces: Sequence[Piece]) -> str:
    bodies = [
        "(" + ", ".join(_ring(ring) for ring in (piece.polygon, *piece.holes)) + ")"
        for piece in pieces
    ]
    return f"POLYGON {bodies[0]}" if len(bodies) == 1 else f"MULTIPOLYGON ({', '.join(bodies)})"


def _ring(ring: Sequence[tuple[float, float]]) -> str:
    # repr has every digit: what is read again is the same number.
    return "(" + ", ".join(f"{lon!r} {lat!r}" for lon, lat in closed(tuple(ring))) + ")"


def read(content: bytes, held: Mapping[str, Grid]) -> tuple[Grid, ...]:
    """The grids of a file, in its order and in normal form. A column that is not there leaves what
    `held`, the grids in force by code, say; so does an empty cell of `ground`.

    Raises:
        UnreadableError: with every fault that was found, each with its line and its column.
    """
    rows = list(_rows(content))
    if not rows:
        raise UnreadableError([InputFault("line 1", "is missing", _HEADING)])
    heading = [cell.strip() for cell in rows[0][1]]
    faults = [
        InputFault(f"line 1, {key}", *unknown(key, COLUMNS))
        for key in heading
        if key not in COLUMNS and not key.startswith("_")
    ]
    if "code" not in heading:
        faults.append(InputFault("line 1", "has no column code", _HEADING))
    faults += [
        InputFault(f"line 1, {key}", "stands there twice", "remove one")
        for key in COLUMNS
        if heading.count(key) > 1
    ]
    if faults:
        raise UnreadableError(faults)
    grids: list[Grid] = []
    codes: list[tuple[str, str]] = []
    for line, cells in rows[1:]:
        found = _grid(dict(zip(heading, cells, strict=False)), held, f"line {line}")
        if len(cells) != len(heading):
            found = [
                InputFault(
                    f"line {line}",
                    f"has {len(cells)} cells, the heading {len(heading)}",
                    "a cell that holds a comma stands in double quotes",
                )
            ]
        if isinstance(found, Grid):
            grids.append(normal(found))
            codes.append((f"line {line}", found.code))
        else:
            faults += found
    faults += repeated(codes)
    if faults:
        raise UnreadableError(faults)
    return tuple(grids)


_HEADING = f"write the heading of the template: {','.join(COLUMNS)}"


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Lines that hold something, each with its number in the file."""
    csv.field_size_limit(max(csv.field_size_limit(), len(content) + 1))
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    found = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(
            [InputFault(f"line {reader.line_num}", f"is no CSV: {error}", "save it as CSV anew")]
        ) from error
    return found


def _text(content: bytes) -> str:
    """Excel writes UTF-8 only if told to; a Chinese one writes GB 18030 otherwise."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as first:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError:
            raise UnreadableError(
                [InputFault(f"byte {first.start}", "is not UTF-8", "save it as CSV UTF-8")]
            ) from first


def _grid(row: Mapping[str, str], held: Mapping[str, Grid], place: str) -> Grid | list[InputFault]:
    cells = {key: _meant(cell) for key, cell in row.items() if key in COLUMNS}
    code = cells["code"].strip() if "code" in cells else ""
    before = held.get(code)
    values: dict[str, object] = before.model_dump() if before is not None else {}
    values["code"] = code
    names = {part: cells[f"name_{part}"] for part in ("zh", "en") if f"name_{part}" in cells}
    if names:
        values["name"] = (before.name.model_dump() if before is not None else {}) | names
    for key in ("kind", "layer", "unit"):
        if key in cells:
            values[key] = cells[key].strip()
    for key in ("worker_a", "worker_b"):
        if key in cells:
            values[key] = cells[key].strip() or None
    if "assistants" in cells:
        values["assistants"] = [x.strip() for x in cells["assistants"].split(";") if x.strip()]
    ground = cells.get("ground", "").strip()
    if ground:
        pieces = _pieces(ground, place)
        if isinstance(pieces, InputFault):
            return [pieces]
        values |= {
            "polygon": pieces[0].polygon,
            "holes": pieces[0].holes,
            "parts": pieces[1:],
        }
    elif before is None:
        fix = "write it as WKT: POLYGON ((longitude latitude, …)), or bring it in as GeoJSON"
        return [InputFault(f"{place}, ground", f"of the new grid {code!r} is missing", fix)]
    return grid_of(values, _FIELDS, place, ", ")


def _meant(cell: str) -> str:
    return cell.removeprefix("'")


def _pieces(text: str, place: str) -> tuple[Piece, ...] | InputFault:
    place = f"{place}, ground"
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        fix = "write POLYGON ((longitude latitude, …)) or MULTIPOLYGON (((…)))"
        if len(text) >= _EXCELS_LARGEST_CELL - 1:
            fix = (
                f"Excel cuts a cell at {_EXCELS_LARGEST_CELL} characters: leave ground empty here, "
                "and bring it in as GeoJSON"
            )
        return InputFault(place, f"is no WKT: {str(error).splitlines()[0]}", fix)
    if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
        return InputFault(place, f"is a {shape.geom_type}", "a grid is a POLYGON or a MULTIPOLYGON")
    polygons = [shape] if isinstance(shape, Polygon) else list(shape.geoms)
    try:
        return tuple(
            Piece(
                polygon=_corners(polygon.exterior.coords),
                holes=tuple(_corners(ring.coords) for ring in polygon.interiors),
            )
            for polygon in polygons
        )
    except ValueError:
        return InputFault(
            place,
            "has points that are no degrees, or a ring of less than three",
            "write longitude, then latitude, in degrees of WGS84 (EPSG:4326), not in metres",
        )


def _corners(coordinates: Iterable[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return opened(tuple((point[0], point[1]) for point in coordinates))
