"""What gives light of its own: flames, lamps, headlights. Drawn after the darkness of night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np

from ingest.farm.scenes.fire import Flames, Ramp, Smoke
from ingest.farm.scenes.lens import HEIGHT, WIDTH
from ingest.farm.scenes.texture import Picture
from tests.composer.cutout import Cutout, sprite
from tests.composer.flames import RATE

Paint = Callable[[Picture, float], None]
"""Paints onto a picture what there is at a second."""
Pixel = tuple[float, float]
"""(column, row)."""


def flames(cuts: Sequence[Cutout], foot: Pixel, tall: float, strength: Ramp) -> Paint:
    """Real flames, `tall` pixels at full strength, with the light they throw around them."""
    glow = lamp(foot, tall * 0.9, (30, 84, 150))
    last = len(cuts) - 1

    def paint(frame: Picture, t: float) -> None:
        power = strength.at(t)
        if power <= 0:
            return
        index = round((t - strength.start) * RATE) % (2 * last)
        cutout = cuts[index if index <= last else 2 * last - index]
        size = tall * (0.35 + 0.65 * power)
        glow(frame, t, 0.28 * power * (1 + 0.15 * np.sin(t * 23.1) + 0.1 * np.sin(t * 37.9)))
        sprite(cutout, max(2, round(100 * size / cutout.tall))).draw(frame, *foot)

    return paint


def drawn_flames(rng: np.random.Generator, foot: Pixel, tall: float, strength: Ramp) -> Paint:
    drawn = Flames(rng, foot, tall * 0.7, strength)
    return lambda frame, t: _on_wide(frame, lambda wide: drawn.draw(wide, t))


BROWN = np.asarray((-16.0, -2.0, 10.0), np.float32)
"""What wood that smoulders adds to grey (BGR); what is thin and bluish has the opposite."""


def smoke(
    rng: np.random.Generator,
    foot: Pixel,
    size: float,
    strength: Ramp,
    dark: float,
    *,
    thick: float = 1.0,
    lean: float = 1.0,
    brown: float = 0.0,
) -> Paint:
    """A plume from a source `size` pixels wide; `dark` 0 is white as steam, 1 is soot.

    `thick` multiplies its optical depth, `lean` how far the wind carries it (below 0: to the left),
    and `brown` from -1 to 1 gives it a little colour.
    """
    plume = Smoke(rng, foot, size, strength)
    tone = 222.0 - 185.0 * dark
    leans = np.asarray([(lean, 0, foot[0] * (1 - lean)), (0, 1, 0)], np.float32)

    def paint(frame: Picture, t: float) -> None:
        if not strength.start <= t <= strength.gone + Smoke.LIFE:
            return
        # What the drawn plume hides is the difference between it on black and on white.
        black: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        white: Picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        plume.draw(black, t)
        plume.draw(white, t)
        rows, columns = frame.shape[:2]
        through = cv2.subtract(white, black)
        if lean != 1.0:
            air = (255.0, 255.0, 255.0)
            through = cv2.warpAffine(through, leans, (WIDTH, HEIGHT), borderValue=air)
        through = through[:rows, :columns]
        left, top, wide, tall = cv2.boundingRect(cv2.bitwise_not(through[..., 0]))
        if wide == 0 or tall == 0:
            return
        part = (slice(top, top + tall), slice(left, left + wide))
        clear = (through[part].astype(np.float32) / 255) ** np.float32(thick)
        # Thick smoke shades itself: its own grain shows.
        own = (tone + brown * BROWN) * (0.88 + 0.24 * clear)
        frame[part] = np.clip(frame[part] * clear + own * (1 - clear), 0, 255).astype(np.uint8)

    return paint


def _on_wide(frame: Picture, draw: Callable[[Picture], None]) -> None:
    """The drawn fire knows one size of picture; smaller ones lie in its corner."""
    if frame.shape[:2] == (HEIGHT, WIDTH):
        draw(frame)
        return
    wide: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rows, columns = frame.shape[:2]
    wide[:rows, :columns] = frame
    draw(wide)
    frame[:] = wide[:rows, :columns]


Glow = Callable[[Picture, float, float], None]
"""Adds light to a picture: (picture, second, power 0 to about 1)."""


def lamp(at: Pixel, radius: float, colour: tuple[int, int, int], flat: float = 1.0) -> Glow:
    """A soft pool of light; `flat` below 1 makes it lie on the ground."""
    blob = _blob(max(2, round(radius)), round(flat * 100))

    def shine(frame: Picture, _t: float, power: float) -> None:
        add_light(frame, blob, at, colour, power)

    return shine


def add_light(
    frame: Picture, blob: Picture, at: Pixel, colour: tuple[int, int, int], power: float
) -> None:
    """Lay a blob of light over the picture, its middle at (column, row)."""
    rows, columns = blob.shape
    left, top = round(at[0] - columns / 2), round(at[1] - rows / 2)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(frame.shape[1], left + columns), min(frame.shape[0], top + rows)
    if x0 >= x1 or y0 >= y1 or power <= 0:
        return
    own = blob[y0 - top : y1 - top, x0 - left : x1 - left]
    part = frame[y0:y1, x0:x1]
    for channel in range(3):
        light = cv2.convertScaleAbs(own, alpha=power * colour[channel] / 255)
        part[..., channel] = cv2.add(part[..., channel], light)


@lru_cache(maxsize=200)
def _blob(radius: int, flat: int) -> Picture:
    down, across = np.indices((2 * round(radius * 2 * flat / 100) + 1, 4 * radius + 1))
    middle = (down.shape[0] - 1) / 2, 2.0 * radius
    away = np.hypot((across - middle[1]) / radius, (down - middle[0]) / (radius * flat / 100))
    edge = np.clip(1 - (away / 2) ** 2, 0, 1)
    return np.asarray(255 * np.exp(-(away**1.3) * 1.3) * edge, np.uint8)


def blinking(shine: Glow, on: Callable[[float], float]) -> Paint:
    """A lamp whose power at a second is `on(t)`."""
    return lambda frame, t: shine(frame, t, on(t))


def blob(radius: float, flat: float = 1.0) -> Picture:
    """A soft round spot, (rows, columns) 0 to 255."""
    return _blob(max(2, round(radius)), round(flat * 100))
