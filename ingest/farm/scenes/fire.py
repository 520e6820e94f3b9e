"""Smoke and flames as many small puffs, each a pure function of time.

Puffs add up to a field of density, or of heat, which is laid over the picture once: where many
overlap, smoke thickens and flame turns from red through orange to white.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm.scenes.lens import HEIGHT, WIDTH
from ingest.farm.scenes.texture import Picture, cloudiness

_BLOB = 64
_KINDS = 4

Field = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ramp:
    """A strength over time: zero before `start`, full after `full`, fading from `end` to `gone`."""

    start: float
    full: float
    end: float
    gone: float

    def at(self, t: float) -> float:
        rise = (t - self.start) / (self.full - self.start)
        fall = (self.gone - t) / (self.gone - self.end)
        return min(1.0, max(0.0, min(rise, fall)))


def _smoke_light() -> Picture:
    """Opacity 0 to 255 to the light that smoke sends, (256, 1, 3): the thicker the darker."""
    veil = np.arange(256, dtype=np.float32)[:, None, None] / 255
    grey = np.asarray((138, 140, 142), np.float32)
    light: Picture = (grey * (1.06 - 0.14 * veil) * veil).astype(np.uint8)
    return light


_SMOKE_LIGHT = _smoke_light()


class Smoke:
    """Smoke that rises from `foot` (column, row), drifts with the wind, widens and thins out.

    `size` is the source's width in pixels; everything else follows from it.
    """

    LIFE = 9.0
    _EVERY = 0.24
    _COARSE = 2

    def __init__(
        self, rng: np.random.Generator, foot: tuple[float, float], size: float, strength: Ramp
    ) -> None:
        self._foot, self._size, self._strength = foot, size, strength
        self._blobs = _blobs(rng, 1.2)
        self._luck = rng.uniform(-1, 1, (97, 4))

    def draw(self, frame: Picture, t: float) -> None:
        """Lay the smoke that is in the air at second t over the frame."""
        coarse = self._COARSE
        density = np.zeros((HEIGHT // coarse, WIDTH // coarse), np.float32)
        newest = int(t / self._EVERY)
        drawn = False
        for number in range(newest, max(-1, newest - int(self.LIFE / self._EVERY)), -1):
            born = number * self._EVERY
            strength = self._strength.at(born)
            age = t - born
            if strength > 0 and age > 0:
                self._add(density, number, age, strength)
                drawn = True
        if drawn:
            self._lay(frame, density)

    def _add(self, density: Field, number: int, age: float, strength: float) -> None:
        luck = self._luck[number % len(self._luck)]
        size = self._size
        wind = size * (0.05 * age + 0.032 * age * age) * (1 + 0.3 * luck[0])
        curl = size * 0.12 * age**0.7 * sin(2 * pi * (age * 0.23 + luck[1]))
        column = self._foot[0] + size * 0.3 * luck[2] + wind + curl
        row = self._foot[1] - size * (0.85 * age**0.82) * (1 + 0.12 * luck[3])
        radius = size * (0.3 + 0.16 * age) * (1 + 0.2 * luck[1])
        thick = 1.15 * strength * min(1.0, age / 0.4) * (1 - age / self.LIFE) ** 1.4
        blob = self._blobs[number % _KINDS]
        place = (column / self._COARSE, row / self._COARSE)
        _stamp(density, blob, place, radius / self._COARSE, thick)

    def _lay(self, frame: Picture, density: Field) -> None:
        rows, columns = _extent(density)
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        coarse = self._COARSE
        wide = slice(columns.start * coarse, columns.stop * coarse)
        tall = slice(rows.start * coarse, rows.stop * coarse)
        part = frame[tall, wide]
        opacity = (255 * (1 - np.exp(-density[rows, columns]))).astype(np.uint8)
        size = (part.shape[1], part.shape[0])
        veil = cv2.resize(opacity, size, interpolation=cv2.INTER_LINEAR)
        three = cv2.cvtColor(veil, cv2.COLOR_GRAY2BGR)
        through = cv2.bitwise_not(three)
        part[:] = cv2.add(cv2.multiply(part, through, scale=1 / 255), cv2.LUT(three, _SMOKE_LIGHT))


class Flames:
    """Flames over a bed `size` pixels wide around `foot` (column, row), with their glow."""

    _EVERY = 0.014
    _LIFE = 0.9

    def __init__(
        self, rng: np.random.Generator, foot: tuple[float, float], size: float, strength: Ramp
    ) -> None:
        self._foot, self._size, self._strength = foot, size, strength
        self._blobs = _blobs(rng, 0.5)
        self._luck = rng.uniform(-1, 1, (211, 4))
        self._colours, self._opacity = _flame_colours()
        self._glow = _glow(foot, size)

    def draw(self, frame: Picture, t: float) -> None:
        """Lay glow and flames at second t over the frame."""
        strength = self._strength.at(t)
        if strength <= 0:
            return
        flicker = 1 + 0.16 * sin(t * 23.1) + 0.12 * sin(t * 13.7 + 1) + 0.1 * sin(t * 37.9 + 2)
        lit = cv2.convertScaleAbs(self._glow, alpha=strength * flicker * 0.55)
        cv2.add(frame, lit, dst=frame)
        reach = round(self._size * 2.6)
        left, top = round(self._foot[0]) - reach // 2, round(self._foot[1]) - round(reach * 0.92)
        heat = np.zeros((reach, reach), np.float32)
        newest = int(t / self._EVERY)
        for number in range(newest, newest - int(self._LIFE / self._EVERY), -1):
            self._add(heat, number, t - number * self._EVERY, strength, (left, top))
        self._lay(frame, heat, left, top)

    def _add(
        self, heat: Field, number: int, age: float, strength: float, corner: tuple[int, int]
    ) -> None:
        luck = self._luck[number % len(self._luck)]
        life = self._LIFE * (0.62 + 0.3 * luck[0])
        if not 0 <= age < life:
            return
        part, size = age / life, self._size * (0.45 + 0.55 * strength)
        spread = luck[1] * (1 - 0.55 * part)
        column = self._foot[0] + size * 0.46 * spread + size * 0.07 * sin(7 * age + 9 * luck[2])
        tall = 1.7 - 1.0 * abs(luck[1])
        row = self._foot[1] - size * tall * part**1.15 * (1 + 0.25 * luck[3])
        radius = size * 0.2 * (1 - part) ** 0.7 + 1.5
        hot = 0.95 * strength * (1 - part) ** 0.8
        place = (column - corner[0], row - corner[1])
        _stamp(heat, self._blobs[number % _KINDS], place, radius, hot)

    def _lay(self, frame: Picture, heat: Field, left: int, top: int) -> None:
        y0, y1 = max(0, top), min(HEIGHT, top + heat.shape[0])
        x0, x1 = max(0, left), min(WIDTH, left + heat.shape[1])
        level = np.clip(heat[y0 - top : y1 - top, x0 - left : x1 - left] * 110, 0, 255)
        index = level.astype(np.uint8)
        part = frame[y0:y1, x0:x1]
        through = cv2.LUT(cv2.cvtColor(index, cv2.COLOR_GRAY2BGR), 255 - self._opacity)
        light = cv2.LUT(cv2.cvtColor(index, cv2.COLOR_GRAY2BGR), self._colours)
        part[:] = cv2.add(cv2.multiply(part, through, scale=1 / 255), light)


def _stamp(
    field: Field, blob: Field, place: tuple[float, float], radius: float, weight: float
) -> None:
    """Add a puff of `radius` at (column, row)."""
    column, row = place
    side = max(2, round(2 * radius))
    left, top = round(column - side / 2), round(row - side / 2)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(field.shape[1], left + side), min(field.shape[0], top + side)
    if x0 >= x1 or y0 >= y1:
        return
    sized = cv2.resize(blob, (side, side), interpolation=cv2.INTER_LINEAR)
    part = field[y0:y1, x0:x1]
    cv2.scaleAdd(sized[y0 - top : y1 - top, x0 - left : x1 - left], weight, part, dst=part)


def _extent(density: Field) -> tuple[slice, slice]:
    """The rows and columns where there is anything."""
    _, mask = cv2.threshold(density, 0.004, 1, cv2.THRESH_BINARY)
    left, top, columns, rows = cv2.boundingRect(np.asarray(mask, np.uint8))
    return slice(top, top + rows), slice(left, left + columns)


def _blobs(rng: np.random.Generator, rough: float) -> list[Field]:
    """Round puffs with a soft edge and an uneven inside, largest value about 1."""
    down, across = np.indices((_BLOB, _BLOB)).astype(np.float32)
    away = np.hypot(down - _BLOB / 2, across - _BLOB / 2) / (_BLOB / 2)
    soft = np.clip(1 - away, 0, 1) ** 1.3
    blobs = []
    for _ in range(_KINDS):
        uneven = np.clip(1 + rough * cloudiness(rng, _BLOB, _BLOB, 22, 3), 0, 2)
        blobs.append((soft * uneven).astype(np.float32))
    return blobs


def _flame_colours() -> tuple[Picture, Picture]:
    """Heat 0 to 255 to light and to opacity, both (256, 1, 3): black body as a camera sees it."""
    stops = [0, 26, 60, 110, 170, 255]
    blue, green, red = (
        [0, 4, 16, 40, 120, 214],
        [0, 20, 74, 160, 226, 250],
        [0, 70, 206, 250, 255, 255],
    )
    heat = np.arange(256)
    light = np.stack([np.interp(heat, stops, part) for part in (blue, green, red)], axis=-1)
    opacity = np.interp(heat, [0, 20, 90, 255], [0, 40, 235, 255])
    solid = np.repeat(opacity[:, None, None], 3, axis=2)
    return light[:, None].astype(np.uint8), solid.astype(np.uint8)


def _glow(foot: tuple[float, float], size: float) -> Picture:
    """Warm light on what stands around."""
    down, across = np.indices((HEIGHT, WIDTH)).astype(np.float32)
    away = np.hypot((across - foot[0]) / 1.5, down - foot[1] + size * 0.4) / size
    light = np.exp(-away * 1.1)[..., None] * np.asarray((16, 62, 122), np.float32)
    glow: Picture = light.astype(np.uint8)
    return glow
