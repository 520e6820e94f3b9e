"""Buildings that stand with their front to the camera: a farmhouse, an ancestral hall, a gate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.backdrop import Backdrop, World
from ingest.farm.scenes.texture import Colour

_STONE: Colour = (134, 140, 144)
_DOOR: Colour = (38, 46, 104)
_FRAME: Colour = (44, 58, 92)
_PAPER: Colour = (44, 40, 196)
_GLASS: Colour = (92, 82, 70)
_TILE: Colour = (70, 68, 66)


@dataclass(frozen=True, slots=True)
class Frontage:
    """A house from x = `left` to `right`, its front `near` metres away; heights in metres."""

    left: float
    right: float
    near: float
    eave: float = 3.1
    top: float = 4.7
    doors: tuple[float, ...] = ()
    windows: tuple[float, ...] = ()
    colour: Colour = village.WHITE


def paint_frontage(backdrop: Backdrop, rng: np.random.Generator, house: Frontage) -> None:
    """Wall, doors with couplets and lanterns, windows, and the roof's front slope."""
    left, right, near, eave = house.left, house.right, house.near, house.eave
    wall = ((left, eave, near), (right, eave, near), (right, 0.0, near), (left, 0.0, near))
    backdrop.surface(wall, texture.plaster(rng, right - left, eave, house.colour))
    paint_panel(backdrop, (left, right), (0.0, 0.4), near, _STONE)
    for middle in house.doors:
        _door(backdrop, middle, near)
    for middle in house.windows:
        _window(backdrop, middle, near)
    shaded: Colour = (138, 145, 150)
    paint_panel(backdrop, (left, right), (eave - 0.4, eave), near, shaded)
    paint_roof(backdrop, rng, (left, right), (eave, house.top), near)
    for middle in house.doors:
        for side in (-1.65, 1.65):
            village.paint_lantern(backdrop, (middle + side, eave - 0.1, near - 0.6))


def paint_panel(
    backdrop: Backdrop,
    across: tuple[float, float],
    up: tuple[float, float],
    z: float,
    colour: Colour,
) -> None:
    """An upright rectangle that faces the camera."""
    (left, right), (low, high) = across, up
    backdrop.flat([(left, low, z), (right, low, z), (right, high, z), (left, high, z)], colour)


def paint_roof(
    backdrop: Backdrop,
    rng: np.random.Generator,
    across: tuple[float, float],
    up: tuple[float, float],
    near: float,
    *,
    depth: float = 2.6,
) -> None:
    """A tiled slope from the eave back to a ridge with turned-up ends."""
    (left, right), (eave, top), back = across, up, near + depth
    slope = (
        (left, top, back),
        (right, top, back),
        (right + 0.3, eave - 0.15, near - 0.7),
        (left - 0.3, eave - 0.15, near - 0.7),
    )
    backdrop.surface(slope, texture.tiles(rng, right - left, 3.6))
    ridge: list[World] = [
        (left - 0.1, top + 0.42, back),
        (left + 0.9, top + 0.22, back),
        (right - 0.9, top + 0.22, back),
        (right + 0.1, top + 0.42, back),
        (right, top - 0.1, back),
        (left, top - 0.1, back),
    ]
    backdrop.flat(ridge, _TILE)


def _door(backdrop: Backdrop, middle: float, z: float) -> None:
    paint_panel(backdrop, (middle - 0.95, middle + 0.95), (0.0, 2.5), z, _STONE)
    paint_panel(backdrop, (middle - 0.8, middle + 0.8), (0.0, 2.35), z, _DOOR)
    paint_panel(backdrop, (middle - 0.03, middle + 0.03), (0.0, 2.35), z, (26, 32, 70))
    for side in (-1.25, 1.25):
        paint_panel(backdrop, (middle + side - 0.17, middle + side + 0.17), (0.7, 2.3), z, _PAPER)
    paint_panel(backdrop, (middle - 0.7, middle + 0.7), (2.42, 2.68), z, _PAPER)


def _window(backdrop: Backdrop, middle: float, z: float) -> None:
    paint_panel(backdrop, (middle - 0.6, middle + 0.6), (1.05, 2.2), z, _FRAME)
    for column in (-0.28, 0.28):
        for row in (1.12, 1.68):
            pane = (middle + column - 0.24, middle + column + 0.24)
            paint_panel(backdrop, pane, (row, row + 0.46), z, _GLASS)
