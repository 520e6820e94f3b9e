"""The ground of grids as shapes that can be measured, and in one normal form."""

from __future__ import annotations

from collections.abc import Sequence

from shapely import LinearRing, MultiPolygon, Polygon

from configs.town import Grid
from configs.values import LonLat, Piece

Ring = tuple[LonLat, ...]


def shape_of(pieces: Sequence[Piece]) -> Polygon | MultiPolygon:
    """What the pieces cover, in degrees; `is_valid` says whether they are sound."""
    polygons = [Polygon(piece.polygon, piece.holes) for piece in pieces]
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def normal(grid: Grid) -> Grid:
    """The same grid with open rings, outer ones counter-clockwise and holes clockwise (RFC 7946
    §3.1.6), so that two files which draw it alike say the same."""
    first, *others = (
        Piece(
            polygon=_turned(piece.polygon, ccw=True),
            holes=tuple(_turned(hole, ccw=False) for hole in piece.holes),
        )
        for piece in grid.pieces
    )
    return grid.model_copy(
        update={"polygon": first.polygon, "holes": first.holes, "parts": tuple(others)}
    )


def closed(ring: Ring) -> Ring:
    """The ring with its first point once more at its end."""
    return ring if ring[0] == ring[-1] else (*ring, ring[0])


def opened(ring: Ring) -> Ring:
    """The ring without its first point at its end."""
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring


def _turned(ring: Ring, *, ccw: bool) -> Ring:
    """The open ring from the same corner, in the given direction."""
    first, *rest = opened(ring)
    if len(rest) < 2 or LinearRing((first, *rest)).is_ccw == ccw:
        return (first, *rest)
    return (first, *reversed(rest))
