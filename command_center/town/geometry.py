"""The ground of grids as GeoJSON has it (RFC 7946): closed rings, outer ones counter-clockwise."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from configs.shapes import closed, normal
from configs.town import Grid
from configs.values import LonLat, Piece

Rings = list[list[LonLat]]


class Polygon(BaseModel):
    """A ring and the holes in it."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: Rings


class MultiPolygon(BaseModel):
    """Ground that does not hang together."""

    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: list[Rings]


def geometry_of(grid: Grid) -> Polygon | MultiPolygon:
    first, *others = map(_rings, normal(grid).pieces)
    return MultiPolygon(coordinates=[first, *others]) if others else Polygon(coordinates=first)


def _rings(piece: Piece) -> Rings:
    return [list(closed(ring)) for ring in (piece.polygon, *piece.holes)]
