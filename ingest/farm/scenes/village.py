"""Houses and street furniture of a village south of the Yangtze."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ingest.farm.scenes import texture
from ingest.farm.scenes.backdrop import Backdrop, World
from ingest.farm.scenes.texture import Colour

WHITE: Colour = (212, 220, 224)
CREAM: Colour = (178, 204, 214)
BRICK: Colour = (92, 104, 142)
_TILE: Colour = (74, 72, 70)
_WOOD: Colour = (44, 58, 92)
_DOOR: Colour = (38, 46, 104)
_RED_PAPER: Colour = (44, 40, 196)
_GLASS: Colour = (92, 82, 70)
_STONE: Colour = (138, 144, 148)


@dataclass(frozen=True, slots=True)
class House:
    """A house along a lane: its wall stands at x = `wall`, from `near` to `far` metres away.

    `side` is -1 for the lane's left side, 1 for its right.
    """

    side: int
    wall: float
    near: float
    far: float
    eave: float = 3.2
    colour: Colour = WHITE
    brick: bool = False
    doors: tuple[float, ...] = ()
    windows: tuple[float, ...] = ()
    lanterns: bool = False

    @property
    def x(self) -> float:
        return self.side * self.wall


_SUNLIT = {-1: 0.8, 1: 1.06}
"""The sun stands behind the left shoulder: the right row of houses is lit, the left in shade."""

_GABLE_LIGHT = 0.93
_DEPTH = 5.6
_RISE = 1.7


def paint_house(backdrop: Backdrop, rng: np.random.Generator, house: House) -> None:
    """Gable, wall, what is on the wall, and the roof, in this order."""
    _gable(backdrop, rng, house)
    length = house.far - house.near
    paper = texture.bricks if house.brick else texture.plaster
    wall = paper(rng, length, house.eave, house.colour)
    light = _SUNLIT[house.side]
    corners = (
        (house.x, house.eave, house.near), (house.x, house.eave, house.far),
        (house.x, 0.0, house.far), (house.x, 0.0, house.near),
    )  # fmt: skip
    backdrop.surface(corners, wall, light)
    _on_wall(backdrop, house, (0.0, length, 0.0, 0.42), _STONE, light * 0.86)
    for place in house.doors:
        _door(backdrop, house, place, light)
    for place in house.windows:
        _window(backdrop, house, place, light)
    _on_wall(
        backdrop, house, (0.0, length, house.eave - 0.42, house.eave), house.colour, light * 0.6
    )
    _roof(backdrop, rng, house)


def _on_wall(
    backdrop: Backdrop,
    house: House,
    patch: tuple[float, float, float, float],
    colour: Colour,
    light: float,
) -> None:
    """A rectangle on the wall: from, to (metres from its near end), low and high."""
    begin, end, low, high = patch
    x, near = house.x - house.side * 0.02, house.near
    backdrop.flat(
        [
            (x, low, near + begin),
            (x, high, near + begin),
            (x, high, near + end),
            (x, low, near + end),
        ],
        colour,
        light,
    )


def _door(backdrop: Backdrop, house: House, place: float, light: float) -> None:
    """A double door with spring couplets on both sides and a strip above."""
    paint = [
        (place - 0.85, place + 0.85, 0.0, 2.45, _STONE, 0.9),
        (place - 0.7, place + 0.7, 0.1, 2.3, _WOOD, 0.75),
        (place - 0.66, place - 0.02, 0.12, 2.2, _DOOR, 1.0),
        (place + 0.02, place + 0.66, 0.12, 2.2, _DOOR, 1.0),
        (place - 1.2, place - 0.95, 0.7, 2.2, _RED_PAPER, 1.0),
        (place + 0.95, place + 1.2, 0.7, 2.2, _RED_PAPER, 1.0),
        (place - 0.6, place + 0.6, 2.36, 2.58, _RED_PAPER, 1.0),
        (place - 0.45, place - 0.2, 1.35, 1.7, _RED_PAPER, 1.15),
        (place + 0.2, place + 0.45, 1.35, 1.7, _RED_PAPER, 1.15),
    ]
    for begin, end, low, high, colour, own in paint:
        _on_wall(backdrop, house, (begin, end, low, high), colour, light * own)
    if house.lanterns:
        for along in (place - 1.35, place + 1.35):
            x = house.x - house.side * 0.55
            paint_lantern(backdrop, (x, house.eave - 0.2, house.near + along))


def _window(backdrop: Backdrop, house: House, place: float, light: float) -> None:
    """A window with a lattice of wood."""
    _on_wall(backdrop, house, (place - 0.65, place + 0.65, 1.05, 2.25), _WOOD, light)
    for column in range(3):
        for row in range(3):
            begin, low = place - 0.57 + column * 0.39, 1.13 + row * 0.36
            _on_wall(backdrop, house, (begin, begin + 0.34, low, low + 0.3), _GLASS, light)
    _on_wall(backdrop, house, (place - 0.75, place + 0.75, 0.96, 1.05), _STONE, light * 1.1)


def _gable(backdrop: Backdrop, rng: np.random.Generator, house: House) -> None:
    """The end wall that looks at the camera."""
    z, inner, outer = house.near, house.x, house.side * (house.wall + _DEPTH)
    middle = (inner + outer) / 2
    paper = texture.bricks if house.brick else texture.plaster
    left, right = min(inner, outer), max(inner, outer)
    wall = paper(rng, _DEPTH, house.eave, house.colour)
    corners = ((left, house.eave, z), (right, house.eave, z), (right, 0.0, z), (left, 0.0, z))
    top = [(left, house.eave, z), (middle, house.eave + _RISE, z), (right, house.eave, z)]
    backdrop.flat(top, house.colour, _GABLE_LIGHT)
    backdrop.surface(corners, wall, _GABLE_LIGHT)
    for foot in (left, right):
        slope: list[World] = [(foot, house.eave + 0.02, z), (middle, house.eave + _RISE, z)]
        raised: list[World] = [(x, y + 0.24, z) for x, y, _ in reversed(slope)]
        backdrop.flat([*slope, *raised], _TILE)


def _roof(backdrop: Backdrop, rng: np.random.Generator, house: House) -> None:
    """The slope towards the lane, its eave and its ridge with turned-up ends."""
    out, ridge = house.side * (house.wall - 0.55), house.side * (house.wall + _DEPTH / 2)
    top, low = house.eave + _RISE, house.eave - 0.2
    near, far = house.near - 0.25, house.far + 0.25
    slates = texture.tiles(rng, far - near, 3.8)
    corners = ((ridge, top, near), (ridge, top, far), (out, low, far), (out, low, near))
    backdrop.surface(corners, slates, 0.94 + 0.14 * house.side)
    edge = [(out, low, near), (out, low, far), (out, low - 0.12, far), (out, low - 0.12, near)]
    backdrop.flat(edge, _TILE, 0.7)
    cap = [
        (ridge, top - 0.05, near), (ridge, top + 0.45, near - 0.1), (ridge, top + 0.24, near + 0.9),
        (ridge, top + 0.24, far - 0.9), (ridge, top + 0.45, far + 0.1), (ridge, top - 0.05, far),
    ]  # fmt: skip
    backdrop.flat(cap, _TILE, 0.85)


def paint_lantern(backdrop: Backdrop, hook: World, size: float = 0.26) -> None:
    """A red lantern below its hook."""
    x, y, z = hook
    backdrop.line(hook, (x, y - 0.15, z), (40, 40, 40), 0.02)
    middle = (x, y - 0.15 - size, z)
    backdrop.oval(middle, (size * 1.12, size), (30, 26, 176))
    backdrop.oval(
        (x - size * 0.2, middle[1] + size * 0.1, z), (size * 0.62, size * 0.8), (46, 44, 214)
    )
    for edge in (size * 0.95, -size * 0.95):
        backdrop.oval((x, middle[1] + edge, z), (size * 0.45, size * 0.14), (60, 170, 214))
    backdrop.line((x, middle[1] - size, z), (x, middle[1] - size * 2, z), (50, 140, 220), 0.05)


def paint_pole(backdrop: Backdrop, foot: World, height: float = 7.5) -> None:
    """A concrete pole with a cross arm."""
    x, _, z = foot
    backdrop.line(foot, (x, height, z), (150, 156, 158), 0.22)
    backdrop.line((x + 0.06, 0.0, z), (x + 0.06, height, z), (118, 122, 124), 0.08)
    backdrop.line((x - 0.8, height - 0.5, z), (x + 0.8, height - 0.5, z), (90, 94, 96), 0.1)


def paint_wires(backdrop: Backdrop, first: World, second: World, slack: float = 0.7) -> None:
    """Three wires that sag between two points."""
    for offset in (-0.7, 0.0, 0.7):
        points = []
        for part in np.linspace(0, 1, 15):
            sag = slack * 4 * part * (1 - part)
            x, y, z = (a + (b - a) * float(part) for a, b in zip(first, second, strict=True))
            points.append((x + offset, y - sag, z))
        for here, there in pairwise(points):
            backdrop.line(here, there, (70, 66, 62), 0.02)


def paint_pot(backdrop: Backdrop, rng: np.random.Generator, foot: World) -> None:
    """A clay pot with a bush."""
    x, _, z = foot
    pot = [(x - 0.22, 0.36, z), (x + 0.22, 0.36, z), (x + 0.15, 0.0, z), (x - 0.15, 0.0, z)]
    backdrop.flat(pot, (70, 92, 140))
    for _ in range(16):
        across, up = rng.normal(0, 0.15), 0.52 + rng.normal(0, 0.12)
        green = int(rng.integers(70, 140))
        backdrop.oval((x + across, up, z), (0.08, 0.07), (green // 2, green, green // 2 + 12))


def paint_hills(backdrop: Backdrop, rng: np.random.Generator) -> None:
    """Two ranges of hills far away, and a belt of trees before them."""
    ranges = (
        (400.0, 52.0, (196, 186, 168)),
        (260.0, 24.0, (168, 164, 146)),
        (120.0, 7.0, (96, 116, 98)),
    )
    for distance, height, colour in ranges:
        wide = distance * 0.72
        count = 60
        line = texture.cloudiness(rng, 2, count, 14, 5)[0]
        across = np.linspace(-wide, wide, count)
        crest = [
            (float(x), height * (0.55 + 0.7 * float(y)), distance)
            for x, y in zip(across, line, strict=True)
        ]
        backdrop.flat([(-wide, -1.0, distance), *crest, (wide, -1.0, distance)], colour)


def paint_ground(
    backdrop: Backdrop,
    ground: texture.Picture,
    across: tuple[float, float],
    along: tuple[float, float],
) -> None:
    """A strip of level ground: from left to right, from near to far."""
    (left, right), (near, far) = across, along
    corners = ((left, 0.0, far), (right, 0.0, far), (right, 0.0, near), (left, 0.0, near))
    backdrop.surface(corners, ground)
