"""Trees whose leaves move in the wind: drawn once, then bent a little in every frame."""

from __future__ import annotations

from math import pi, sin

import cv2
import numpy as np

from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.sprite import Sprite
from ingest.farm.scenes.texture import Colour, Picture

_MARGIN = 6
"""Pixels around the drawing that the wind may bend into."""

_GUST, _FLUTTER = 180 / 11, 180 / 97
"""Seconds of the slow bending and of the leaves' own movement; both divide a scene's period."""


class Tree:
    """A tree that stands at (x, z); all measures in metres."""

    def __init__(
        self,
        rng: np.random.Generator,
        backdrop: Backdrop,
        x: float,
        z: float,
        *,
        height: float = 6.0,
        crown: float = 2.2,
        colour: Colour = (58, 112, 82),
        wind: float = 1.0,
    ) -> None:
        lens = backdrop.lens
        scale = lens.scale(z)
        self.z = z
        self._foot = lens.point(x, 0.0, z)
        self._phase = float(rng.uniform(0, 2 * pi))
        rows, columns = round((height + crown * 0.3) * scale), round(crown * 3.4 * scale)
        rows, columns = max(8, rows) + 2 * _MARGIN, max(8, columns) + 2 * _MARGIN
        self._picture = _draw(rng, (rows, columns), height * scale, crown * scale, colour)
        self._anchor = (columns / 2, float(rows - _MARGIN))
        self._shown = self._not_hidden(backdrop.hidden(z))
        self._prepare(rng, wind * min(2.6, scale * 0.045))

    def draw(self, frame: Picture, t: float) -> None:
        """Lay the tree, bent as the wind bends it at second t, over the frame."""
        slow = sin(2 * pi * t / _GUST + self._phase) + 0.4 * sin(4.0 * pi * t / _GUST)
        fast = 2 * pi * t / _FLUTTER
        across = self._columns + self._bend * np.float32(slow)
        across += self._quiver * np.float32(sin(fast + self._phase))
        down = self._rows + self._quiver_down * np.float32(sin(fast * 1.0 + 1.3))
        bent = cv2.remap(self._picture, across, down, cv2.INTER_LINEAR)
        bent = cv2.bitwise_and(bent, self._shown)
        solid = cv2.extractChannel(bent, 3)
        through = cv2.cvtColor(cv2.bitwise_not(solid), cv2.COLOR_GRAY2BGR)
        light = cv2.cvtColor(bent, cv2.COLOR_BGRA2BGR)
        sprite = Sprite(np.asarray(light, np.uint8), np.asarray(through, np.uint8), self._anchor)
        sprite.draw(frame, *self._foot)

    def _not_hidden(self, hidden: Picture) -> Picture:
        """A mask of the drawing's shape: 0 where a house stands before the tree."""
        rows, columns = self._picture.shape[:2]
        margin = max(rows, columns)
        wide = cv2.copyMakeBorder(hidden, margin, margin, margin, margin, cv2.BORDER_CONSTANT)
        left = round(self._foot[0] - self._anchor[0]) + margin
        top = round(self._foot[1] - self._anchor[1]) + margin
        part = cv2.bitwise_not(wide[top : top + rows, left : left + columns])
        return np.repeat(np.asarray(part, np.uint8)[..., None], 4, axis=2)

    def _prepare(self, rng: np.random.Generator, reach: float) -> None:
        """Displacements in pixels: the crown bends as a whole, its boughs quiver each by itself."""
        rows, columns = self._picture.shape[:2]
        down, across = np.indices((rows, columns)).astype(np.float32)
        self._rows, self._columns = down, across
        up = np.clip(1 - down / rows, 0, 1) ** 1.6
        self._bend = up * np.float32(reach)
        cells = (max(2, rows // 14), max(2, columns // 14))
        coarse = rng.uniform(-1, 1, (2, *cells)).astype(np.float32)
        quiver = [
            cv2.resize(field, (columns, rows), interpolation=cv2.INTER_CUBIC) for field in coarse
        ]
        leafy = np.clip(up * 2, 0, 1) * np.float32(reach * 0.55)
        self._quiver = np.asarray(quiver[0], np.float32) * leafy
        self._quiver_down = np.asarray(quiver[1], np.float32) * leafy * np.float32(0.6)


def _draw(
    rng: np.random.Generator,
    size: tuple[int, int],
    height: float,
    crown: float,
    colour: Colour,
) -> Picture:
    """BGRA, multiplied by its opacity, of a tree whose foot is at the bottom's middle."""
    rows, columns = size
    fine = 2
    canvas: Picture = np.zeros((rows * fine, columns * fine, 4), np.uint8)
    foot = np.asarray((columns / 2, rows - _MARGIN)) * fine
    top = foot - (0, (height - crown) * fine)
    trunk = (52, 64, 78, 255)
    thick = max(2, round(height * fine * 0.035))
    cv2.line(canvas, _pair(foot), _pair(top), trunk, thick, cv2.LINE_AA)
    for _ in range(6):
        reach = np.clip(rng.normal((0, -0.25), (0.5, 0.25)), -0.55, 0.4)
        bough = top + reach * crown * fine
        start = foot + (top - foot) * rng.uniform(0.55, 0.95)
        cv2.line(canvas, _pair(start), _pair(bough), trunk, max(1, thick // 2), cv2.LINE_AA)
    _leaves(rng, canvas, top, crown * fine, colour)
    small = cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _leaves(
    rng: np.random.Generator,
    canvas: Picture,
    middle: np.ndarray[tuple[int], np.dtype[np.float64]],
    crown: float,
    colour: Colour,
) -> None:
    """Boughs full of leaves: dark below and inside, light above and to the left."""
    boughs = (
        np.clip(rng.normal(0, 0.42, (26, 2)), -1.05, 1.05) * (crown, crown * 0.72)
        + middle
        - (0, crown * 0.12)
    )
    count = int(np.clip(crown * crown * 0.34, 160, 5200))
    size = max(1.0, crown * 0.03)
    own = boughs[rng.integers(len(boughs), size=count)]
    places = own + np.clip(rng.normal(0, 0.2, (count, 2)), -0.5, 0.5) * crown
    down, across = ((places - middle) / crown).T[::-1]
    light = 0.86 - 0.3 * down - 0.16 * across + rng.normal(0, 0.13, count)
    shades = np.clip(np.asarray(colour) * light[:, None], 0, 255).astype(int).tolist()
    radii = np.maximum(1, np.round(size * rng.uniform((0.7, 0.5), (1.6, 1.0), (count, 2))))
    axes, where = radii.astype(int).tolist(), np.round(places).astype(int).tolist()
    turns = rng.uniform(0, 180, count).tolist()
    for leaf in np.argsort(-down + rng.normal(0, 0.25, count)).tolist():
        solid = (*shades[leaf], 255)
        cv2.ellipse(canvas, where[leaf], axes[leaf], turns[leaf], 0, 360, solid, -1, cv2.LINE_AA)


def _pair(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
