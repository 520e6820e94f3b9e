"""A defect of grids as a picture: SVG, north up, no scripts and nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from shapely import Polygon, get_parts
from shapely.geometry.base import BaseGeometry

from command_center.town.distance import METRES_PER_DEGREE
from configs.grid_checks import Defect
from configs.shapes import shape_of
from configs.town import Grid, GridKind, GridLayer
from configs.values import Name

WIDTH, HEIGHT = 480, 360
_MARGIN = 24
_ROOM = 0.6
"""Of the defect's own size that is shown around it, and of its grids no less than all."""
_LEAST_M = 40.0
"""Metres across, so that what is very small still lies somewhere."""
_SMALL = 12.0
"""Pixels: a defect that is drawn smaller gets a ring around it."""
_FILLS = {
    GridKind.URBAN: "#dfe8f7",
    GridKind.RURAL: "#e4efdc",
    GridKind.DEDICATED: "#f3e6c4",
    GridKind.MARINE: "#cfe9f2",
}
_LETTERS = (
    'font-family="sans-serif" font-size="12" fill="#1b2330" paint-order="stroke" stroke="#fff" '
    'stroke-width="3"'
)
"""Attributes and no style sheet: our own Content-Security-Policy lets none stand in a file."""
_DEFECT = 'fill="#d5342f" fill-opacity="0.55" stroke="#a01813" stroke-width="1.5"'
_WHOLE = 'fill="#d5342f" fill-opacity="0.18" stroke="#a01813" stroke-width="2.5"'

TITLES = {
    "gap": Name(zh="空白", en="Gap"),
    "overlap": Name(zh="重叠", en="Overlap"),
    "marine_on_land": Name(zh="海域压陆地", en="Marine grid on land"),
    "invalid": Name(zh="边界无效", en="Border crosses itself"),
    "no_worker": Name(zh="无网格员", en="No worker"),
    "no_backup": Name(zh="无B岗", en="No backup"),
    "a_is_b": Name(zh="A岗与B岗同一人", en="A and B are one person"),
    "both_on_leave": Name(zh="A岗B岗同时休假", en="A and B both on leave"),
    "no_village": Name(zh="不属于村社", en="Belongs to no village"),
}
"""By `DefectKind`."""


@dataclass(frozen=True, slots=True)
class _View:
    west: float
    north: float
    scale: float
    """Pixels a degree of latitude."""
    narrow: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (
            (lon - self.west) * self.narrow * self.scale,
            (self.north - lat) * self.scale,
        )

    @property
    def metres_a_pixel(self) -> float:
        return METRES_PER_DEGREE / self.scale


def draw(defect: Defect, grids: Sequence[Grid]) -> str:
    """The defect in red on its grids and those around, with their names, a scale and a caption."""
    named = [grid for grid in grids if grid.code in defect.grids]
    shapes = {grid.code: shape_of(grid.pieces) for grid in grids}
    subject = defect.shape if defect.shape is not None else shapes[defect.grids[0]]
    view = _view(subject, [shapes[grid.code] for grid in named])
    window = _window(view)
    shown = [grid for grid in grids if _meets(shapes[grid.code], window)]
    shown.sort(key=lambda grid: (grid.layer is GridLayer.DEDICATED, grid.code in defect.grids))
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fbfcfe"/>',
        *(_grid(grid, shapes[grid.code], view, defect.grids) for grid in shown),
        _red(defect, subject, view),
        *(_label(grid, shapes[grid.code], view, window) for grid in named),
        _scale(view),
        _caption(defect),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"<title>{escape(defect.message)}</title>{''.join(parts)}</svg>\n"
    )


def _view(subject: BaseGeometry, named: Iterable[BaseGeometry]) -> _View:
    """So that the defect is large and where it lies can still be seen."""
    west, south, east, north = subject.bounds
    narrow = max(math.cos(math.radians((south + north) / 2)), 0.01)
    size = max((east - west) * narrow, north - south, _LEAST_M / METRES_PER_DEGREE)
    smallest = min(
        (max((b[2] - b[0]) * narrow, b[3] - b[1]) for b in (shape.bounds for shape in named)),
        default=size,
    )
    span = max(size * (1 + 2 * _ROOM), min(smallest * 1.2, size * 12))
    scale = min(WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN) / span
    lon, lat = (west + east) / 2, (south + north) / 2
    return _View(lon - WIDTH / 2 / scale / narrow, lat + HEIGHT / 2 / scale, scale, narrow)


def _window(view: _View) -> Polygon:
    width, height = WIDTH / view.scale / view.narrow, HEIGHT / view.scale
    west, north = view.west, view.north
    east, south = west + width, north - height
    return Polygon([(west, south), (east, south), (east, north), (west, north)])


def _meets(shape: BaseGeometry, window: Polygon) -> bool:
    west, south, east, north = shape.bounds
    x1, y1, x2, y2 = window.bounds
    return bool(west <= x2 and east >= x1 and south <= y2 and north >= y1)


def _path(shape: BaseGeometry, view: _View) -> str:
    rings = [
        ring
        for part in get_parts(shape)
        if isinstance(part, Polygon)
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(
        "M" + "L".join("{:.1f},{:.1f}".format(*view.at(*at[:2])) for at in ring.coords) + "Z"
        for ring in rings
    )


def _grid(grid: Grid, shape: BaseGeometry, view: _View, named: Sequence[str]) -> str:
    line = ("#1b2330", 2) if grid.code in named else ("#5a6980", 1)
    dashes = ' stroke-dasharray="5 3"' if grid.layer is GridLayer.DEDICATED else ""
    return (
        f'<path fill="{_FILLS[grid.kind]}" stroke="{line[0]}" stroke-width="{line[1]}"{dashes} '
        f'fill-rule="evenodd" d="{_path(shape, view)}"/>'
    )


def _red(defect: Defect, subject: BaseGeometry, view: _View) -> str:
    look = _WHOLE if defect.shape is None else _DEFECT
    red = f'<path {look} fill-rule="evenodd" d="{_path(subject, view)}"/>'
    west, south, east, north = subject.bounds
    (x1, y1), (x2, y2) = view.at(west, north), view.at(east, south)
    if max(x2 - x1, y2 - y1) < _SMALL:
        red += (
            f'<circle cx="{(x1 + x2) / 2:.1f}" cy="{(y1 + y2) / 2:.1f}" r="16" fill="none" '
            'stroke="#a01813" stroke-width="2"/>'
        )
    return red


def _label(grid: Grid, shape: BaseGeometry, view: _View, window: Polygon) -> str:
    visible = (shape if shape.is_valid else shape.envelope).intersection(window)
    if visible.is_empty:
        return ""
    middle = visible.representative_point()
    x, y = view.at(middle.x, middle.y)
    x = min(max(x, 60), WIDTH - 60)
    y = min(max(y, 44), HEIGHT - 40)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" {_LETTERS}>{escape(grid.name.zh)}'
        f'<tspan x="{x:.1f}" dy="14">{escape(grid.code)}</tspan></text>'
    )


def _scale(view: _View) -> str:
    """A bar of a round length, a fifth of the width or so."""
    wanted = WIDTH / 5 * view.metres_a_pixel
    power = 10.0 ** math.floor(math.log10(wanted))
    metres = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    length = metres / view.metres_a_pixel
    said = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    y = HEIGHT - 14
    return (
        '<path stroke="#1b2330" stroke-width="2" '
        f'd="M16,{y}h{length:.1f}M16,{y - 4}v8M{16 + length:.1f},{y - 4}v8"/>'
        f'<text x="{24 + length:.1f}" y="{y + 4}" {_LETTERS}>{said}</text>'
    )


def _caption(defect: Defect) -> str:
    title = TITLES[defect.kind]
    area = f" · {defect.area_m2:,.0f} m²" if defect.area_m2 is not None else ""
    return f'<text x="16" y="24" {_LETTERS} font-weight="600">{title.zh} {title.en}{area}</text>'
