"""Grids as GeoJSON (RFC 7946), written so that what is read again is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

from command_center.places.faults import InputFault, UnreadableError, grid_of, repeated, unknown
from command_center.town.geometry import geometry_of
from configs.shapes import normal
from configs.town import Grid

MEDIA_TYPE = "application/geo+json"

_NAMES = ("name_zh", "name_en")
_PEOPLE = ("worker_a", "worker_b", "assistants")
_PROPERTIES = ("code", *_NAMES, "kind", "layer", "unit", *_PEOPLE)
"""Flat, because QGIS and its kin have columns; the order is theirs too."""
_IGNORED = frozenset({"fid", "ogc_fid", "id"})
"""What QGIS and GDAL add by themselves."""
_FIELDS = {
    "name": "properties.name_zh",
    "name.zh": "properties.name_zh",
    "name.en": "properties.name_en",
    "polygon": "geometry.coordinates",
    "holes": "geometry.coordinates",
    "parts": "geometry.coordinates",
    **{key: f"properties.{key}" for key in _PROPERTIES},
}
_WGS84 = ("CRS84", "4326")


def write(grids: Sequence[Grid]) -> str:
    """A FeatureCollection, a line a grid, so that versions of it can be compared as text."""
    lines = ",\n".join(
        json.dumps(_feature(grid), ensure_ascii=False, allow_nan=False) for grid in grids
    )
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def _feature(grid: Grid) -> Mapping[str, object]:
    geometry = geometry_of(grid)
    return {
        "type": "Feature",
        "id": grid.code,
        "geometry": {"type": geometry.type, "coordinates": geometry.coordinates},
        "properties": {
            "code": grid.code,
            "name_zh": grid.name.zh,
            "name_en": grid.name.en,
            "kind": grid.kind,
            "layer": grid.layer,
            "unit": grid.unit,
            "worker_a": grid.worker_a,
            "worker_b": grid.worker_b,
            "assistants": grid.assistants,
        },
    }


def read(content: bytes) -> tuple[Grid, ...]:
    """The grids of a file, in its order and in normal form.

    Raises:
        UnreadableError: with every fault that was found, each with its feature and its field.
    """
    collection = _parsed(content)
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        _refuse("type", "is no FeatureCollection", "export all grids as one FeatureCollection")
    crs = json.dumps(collection.get("crs") or "CRS84")
    if not any(name in crs for name in _WGS84):
        _refuse("crs", "is another than WGS84", "export it in EPSG:4326 (RFC 7946 knows no other)")
    grids: list[Grid] = []
    faults: list[InputFault] = []
    codes: list[tuple[str, str]] = []
    for index, feature in enumerate(features):
        found = _grid(feature, f"features[{index}]")
        if isinstance(found, Grid):
            grids.append(normal(found))
            codes.append((f"features[{index}]", found.code))
        else:
            faults += found
    faults += repeated(codes)
    if faults:
        raise UnreadableError(faults)
    return tuple(grids)


def _parsed(content: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        _refuse(f"byte {error.start}", "is not UTF-8", "GeoJSON is always UTF-8: export it anew")
    except json.JSONDecodeError as error:
        _refuse(f"line {error.lineno}, column {error.colno}", error.msg, "is the file whole?")
    except (ValueError, RecursionError) as error:
        _refuse("file", f"cannot be read: {error}", "is this a file of grids?")
    if not isinstance(found, dict):
        _refuse("file", "is no JSON object", "export all grids as one FeatureCollection")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number that JSON has")


def _refuse(where: str, message: str, fix: str) -> NoReturn:
    raise UnreadableError([InputFault(where, message, fix)])


def _grid(feature: object, place: str) -> Grid | list[InputFault]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return [InputFault(place, "is no Feature", "each entry needs type: Feature")]
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return [InputFault(f"{place}.properties", "are missing", "add the grid's code and name")]
    place = f"{place} ({properties.get('code', feature.get('id', 'without code'))})"
    faults = [
        InputFault(f"{place}.properties.{key}", *unknown(key, _PROPERTIES))
        for key in properties
        if key not in _PROPERTIES and key not in _IGNORED and not key.startswith("_")
    ]
    pieces = _pieces(feature.get("geometry"), place)
    if isinstance(pieces, InputFault):
        return [*faults, pieces]
    values = {
        "code": properties.get("code", feature.get("id")),
        "name": {"zh": properties.get("name_zh"), "en": properties.get("name_en")},
        "polygon": pieces[0][0],
        "holes": pieces[0][1:],
        "parts": [{"polygon": rings[0], "holes": rings[1:]} for rings in pieces[1:]],
    }
    for key in ("kind", "layer", "unit"):
        if key in properties:
            values[key] = properties[key]
    for key in _PEOPLE:
        if properties.get(key) not in (None, ""):
            values[key] = properties[key]
    found = grid_of(values, _FIELDS, place, ".")
    if isinstance(found, Grid):
        return faults or found
    return [*faults, *found]


_Ring = tuple[tuple[object, object], ...]


def _pieces(geometry: object, place: str) -> list[list[_Ring]] | InputFault:
    """Polygons, each a list of open rings; altitudes are left out."""
    place = f"{place}.geometry"
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        return InputFault(
            place, "is no Polygon and no MultiPolygon", "draw the grid as an area, not as a line"
        )
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        return InputFault(f"{place}.coordinates", "are missing", "draw the grid")
    pieces = []
    for n, polygon in enumerate(polygons):
        if not isinstance(polygon, list) or not polygon:
            return InputFault(f"{place}.coordinates", f"polygon {n} is no list of rings", "")
        rings = []
        for m, ring in enumerate(polygon):
            read = _ring(ring, f"{place}.coordinates, polygon {n}, ring {m}")
            if isinstance(read, InputFault):
                return read
            rings.append(read)
        pieces.append(rings)
    return pieces


def _ring(ring: object, place: str) -> _Ring | InputFault:
    if not isinstance(ring, list) or len(ring) < 4:
        return InputFault(place, "has less than four positions", "a ring ends where it began")
    points = []
    for position in ring:
        if not isinstance(position, list) or not 2 <= len(position) <= 3:
            return InputFault(place, f"{position!r} is no position", "write [longitude, latitude]")
        points.append((position[0], position[1]))
    if points[0] != points[-1]:
        return InputFault(place, "does not end where it began", "repeat its first position")
    return tuple(points[:-1])
