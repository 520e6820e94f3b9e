"""Drawn people on their way, and what may be taken for them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tests.detectors.rules.drawn import HEIGHT, WIDTH, ground, noisy, with_person
from tests.detectors.rules.watching import Picture

Draw = Callable[[float], Picture]

PLACE = ground(5)
TALL = 40
"""Pixels of 180: 20 of the small picture's 90."""
PACE = 33.0
"""Pixels a second: 1.4 m/s for somebody of 1.7 m who is TALL."""


def walker(
    begins: float, *, foot: int = 130, pace: float = PACE, tall: int = TALL, from_left: bool = True
) -> Draw:
    """Somebody crosses the picture, once."""

    def shoot(at: float) -> Picture:
        way = (at - begins) * pace - 20
        left = round(way if from_left else WIDTH - way - 12)
        seen = at >= begins and -20 <= left <= WIDTH + 20
        return noisy(with_person(PLACE, left, foot, tall) if seen else PLACE, at)

    return shoot


def nobody(at: float) -> Picture:
    return noisy(PLACE, at)


def branches(at: float) -> Picture:
    """A branch of 50 pixels' height that sways by 12 pixels in four seconds."""
    shown = PLACE.copy()
    for number in range(4):
        sway = 12 * np.sin(2 * np.pi * (at / (3.1 + 0.4 * number)) + number)
        top = (60 + 60 * number + round(sway), 40)
        foot = (60 + 60 * number, 110)
        cv2.line(shown, foot, top, (30, 60, 30), 7)
        cv2.circle(shown, top, 12, (30, 70, 35), -1)
    return noisy(shown, at)


def a_shadow_that_passes(at: float) -> Picture:
    """Of somebody beyond the picture: upright, at a walker's pace, and only darker."""
    shown, left = PLACE.astype(np.float32), round((at - 12.0) * PACE)
    if at >= 12.0:
        shown[60:130, max(0, left) : max(0, left + 30)] *= 0.6
    return noisy(np.asarray(shown, np.uint8), at)


def headlights(at: float) -> Picture:
    """Every 9 s a beam sweeps over a dark place in a second and a half."""
    shown = PLACE.astype(np.float32) * 0.25
    since = (at - 12.0) % 9.0
    if at >= 12.0 and since < 1.5:
        middle = round(since / 1.5 * WIDTH)
        beam = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.ellipse(beam, (middle, 120), (45, 25), 0, 0, 360, (2.5,), -1)
        shown *= 1.0 + cv2.GaussianBlur(beam, (31, 31), 0)[..., None]
    return noisy(np.asarray(np.clip(shown, 0, 255), np.uint8), at)


def rain(at: float) -> Picture:
    """Bright streaks, elsewhere in every picture."""
    shown = PLACE.copy()
    chance = np.random.default_rng(round(at * 1000) + 3)
    for x, y in chance.uniform((0, 0), (WIDTH, HEIGHT), (60, 2)).astype(int):
        cv2.line(shown, (int(x), int(y)), (int(x) + 3, int(y) + 22), (190, 190, 190), 2)
    return noisy(shown, at)


def a_dog(at: float) -> Picture:
    """Wider than tall, at twice a walker's pace, to and fro."""
    shown = PLACE.copy()
    if at >= 12.0:
        left = round(abs((at - 12.0) * 2 * PACE % (2 * WIDTH) - WIDTH))
        cv2.ellipse(shown, (left, 125), (15, 7), 0, 0, 360, (40, 60, 90), -1)
        for leg in (-10, 8):
            cv2.rectangle(shown, (left + leg, 125), (left + leg + 3, 138), (40, 60, 90), -1)
    return noisy(shown, at)


def a_car(at: float) -> Picture:
    """Passes in three seconds, every ten."""
    shown = PLACE.copy()
    since = (at - 12.0) % 10.0
    if at >= 12.0 and since < 3.5:
        left = round(since / 3.0 * WIDTH) - 80
        cv2.rectangle(shown, (left, 90), (left + 80, 130), (60, 40, 150), -1)
        cv2.rectangle(shown, (left + 15, 75), (left + 60, 92), (200, 200, 200), -1)
    return noisy(shown, at)


HARMLESS: dict[str, Draw] = {
    "nobody": nobody,
    "branches": branches,
    "a shadow": a_shadow_that_passes,
    "headlights": headlights,
    "rain": rain,
    "a dog": a_dog,
    "a car": a_car,
}
