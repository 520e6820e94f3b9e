"""Surfaces of the village, seen straight on: plaster, tiles, concrete, earth, leaves.

Each function gives a (rows, columns, 3) uint8 BGR picture at `DENSITY` pixels a metre, the same
for the same generator state.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

DENSITY = 48
"""Pixels a metre: a wall 10 m away has about that many in the picture."""

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]
Colour = tuple[int, int, int]
"""Blue, green, red, 0 to 255."""


def cloudiness(
    rng: np.random.Generator, rows: int, columns: int, cell: float, octaves: int = 4
) -> Field:
    """Smooth noise around 0 within about -1 to 1; the largest blots are `cell` pixels wide."""
    total = np.zeros((rows, columns), np.float32)
    weight, spread = 1.0, 0.0
    for _ in range(octaves):
        shape = (max(2, round(rows / cell) + 1), max(2, round(columns / cell) + 1))
        coarse = rng.uniform(-1, 1, shape).astype(np.float32)
        total += weight * cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
        spread += weight
        weight, cell = weight * 0.55, max(1.5, cell / 2.2)
    return total / np.float32(spread)


def tinted(colour: Colour, lightness: Field) -> Picture:
    """A colour made lighter and darker by `lightness`, which is 0 where it stays."""
    picture = np.asarray(colour, np.float32) * (1 + lightness[..., None])
    clipped: Picture = np.clip(picture, 0, 255).astype(np.uint8)
    return clipped


def plaster(rng: np.random.Generator, width: float, height: float, colour: Colour) -> Picture:
    """A rendered wall: stains run down from the eave, damp climbs from the ground."""
    rows, columns = _size(width, height)
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    blots = cloudiness(rng, rows, columns, 70)
    streaks = np.asarray(cv2.resize(cloudiness(rng, 6, columns, 9), (columns, rows)), np.float32)
    damp = np.clip((down - 0.8) * 5 + blots * 0.6, 0, 1)
    lightness = blots * 0.07 + np.minimum(streaks, 0) * 0.16 * (1 - down) - damp * 0.26
    return tinted(colour, lightness.astype(np.float32) + _grain(rng, rows, columns, 0.02))


def bricks(rng: np.random.Generator, width: float, height: float, colour: Colour) -> Picture:
    """A brick wall, 25 cm by 8 cm, mortar lighter than the bricks."""
    rows, columns = _size(width, height)
    tall, wide = max(3, round(0.085 * DENSITY)), round(0.25 * DENSITY)
    row, column = np.indices((rows, columns))
    course = row // tall
    shifted = column + (course % 2) * wide // 2
    tone = rng.normal(0, 0.09, (rows // tall + 2, columns // wide + 3)).astype(np.float32)
    lightness = tone[course, shifted // wide] + cloudiness(rng, rows, columns, 60) * 0.12
    mortar = (row % tall == 0) | (shifted % wide == 0)
    lightness[mortar] += 0.22
    return tinted(colour, lightness)


def tiles(rng: np.random.Generator, width: float, height: float) -> Picture:
    """A grey tiled roof: rounded ribs from ridge to eave, courses across, moss here and there."""
    rows, columns = _size(width, height)
    row, column = np.indices((rows, columns)).astype(np.float32)
    rib = np.cos(column * (2 * np.pi / (0.24 * DENSITY)))
    course = (row % (0.16 * DENSITY)) / (0.16 * DENSITY)
    weather = cloudiness(rng, rows, columns, 80)
    lightness = rib * 0.24 - np.float32(0.28) * (course > 0.82) + weather * 0.2
    moss = np.clip(weather * 3 - 1.3, 0, 1)[..., None] * 0.5
    slate = tinted((92, 88, 84), lightness).astype(np.float32)
    green = np.asarray((62, 88, 78), np.float32)
    roof: Picture = (slate * (1 - moss) + green * moss).astype(np.uint8)
    return roof


def concrete(rng: np.random.Generator, width: float, height: float, colour: Colour) -> Picture:
    """A concrete road: slabs of 4 m, dark joints, cracks, oil and dust."""
    rows, columns = _size(width, height)
    lightness = cloudiness(rng, rows, columns, 120) * 0.1
    lightness += cloudiness(rng, rows, columns, 14, 2) * 0.04
    lightness += _grain(rng, rows, columns, 0.035)
    slabs = rng.normal(0, 0.025, rows // (4 * DENSITY) + 1).astype(np.float32)
    lightness += slabs[np.arange(rows) // (4 * DENSITY)][:, None]
    picture = tinted(colour, lightness)
    for row in range(4 * DENSITY, rows, 4 * DENSITY):
        cv2.line(picture, (0, row), (columns, row), _darker(colour, 0.62), 2, cv2.LINE_AA)
    for _ in range(max(1, rows // 260)):
        _crack(rng, picture, _darker(colour, 0.66))
    return picture


def earth(rng: np.random.Generator, width: float, height: float, colour: Colour) -> Picture:
    """Trodden earth or gravel."""
    rows, columns = _size(width, height)
    lightness = (
        cloudiness(rng, rows, columns, 90) * 0.16 + cloudiness(rng, rows, columns, 7, 2) * 0.1
    )
    return tinted(colour, lightness + _grain(rng, rows, columns, 0.06))


def paving(rng: np.random.Generator, width: float, height: float, colour: Colour) -> Picture:
    """A square's paving: slabs of 60 cm, each of a slightly other grey."""
    rows, columns = _size(width, height)
    slab = round(0.6 * DENSITY)
    row, column = np.indices((rows, columns))
    tone = rng.normal(0, 0.045, (rows // slab + 1, columns // slab + 1)).astype(np.float32)
    lightness = tone[row // slab, column // slab] + cloudiness(rng, rows, columns, 150) * 0.1
    lightness[(row % slab < 2) | (column % slab < 2)] -= 0.16
    return tinted(colour, lightness + _grain(rng, rows, columns, 0.02))


def grass(rng: np.random.Generator, width: float, height: float, colour: Colour) -> Picture:
    """Grass or a crop: short upright strokes of many greens."""
    rows, columns = _size(width, height)
    fine = cv2.blur(_grain(rng, rows, columns, 0.5), (1, 7))
    lightness = fine + cloudiness(rng, rows, columns, 60) * 0.22
    return tinted(colour, lightness)


def _size(width: float, height: float) -> tuple[int, int]:
    return max(4, round(height * DENSITY)), max(4, round(width * DENSITY))


def _grain(rng: np.random.Generator, rows: int, columns: int, strength: float) -> Field:
    return rng.standard_normal((rows, columns), np.float32) * np.float32(strength)


def _darker(colour: Sequence[int], factor: float) -> Colour:
    blue, green, red = (round(part * factor) for part in colour)
    return blue, green, red


def _crack(rng: np.random.Generator, picture: Picture, colour: Colour) -> None:
    rows, columns = picture.shape[:2]
    steps = rng.normal((6, 10), (9, 7), (25, 2)).cumsum(axis=0)
    start = rng.uniform((0, 0), (columns, rows))
    line = (start + steps * rng.choice((-1, 1))).astype(np.int32)
    cv2.polylines(picture, [line], isClosed=False, color=colour, thickness=1, lineType=cv2.LINE_AA)
