"""Small drawn scenes: a textured place, and things that come, stand, flicker and go."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.detectors.rules.watching import Picture

WIDTH, HEIGHT = 320, 180


def ground(seed: int = 1) -> Picture:
    """Paving with joints, stains and grain; the same for the same seed."""
    chance = np.random.default_rng(seed)
    stains = cv2.resize(chance.normal(0.0, 10.0, (9, 16)).astype(np.float32), (WIDTH, HEIGHT))
    picture = np.repeat((115.0 + stains)[..., None], 3, axis=2)
    picture[::24] -= 25.0
    picture[:, ::32] -= 25.0
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def noisy(picture: Picture, at: float, level: float = 2.0) -> Picture:
    """Sensor noise, another at every moment and the same when asked again."""
    chance = np.random.default_rng(round(at * 1000))
    noise = chance.normal(0.0, level, picture.shape[:2])[..., None]
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def with_box(picture: Picture, left: int, top: int, width: int = 70, height: int = 44) -> Picture:
    """A van: dark body, bright windows, wheels."""
    shown = picture.copy()
    cv2.rectangle(shown, (left, top), (left + width, top + height), (60, 50, 45), -1)
    pane = (left + 6, top + 6), (left + width - 6, top + height // 2)
    cv2.rectangle(shown, *pane, (215, 210, 205), -1)
    for wheel in (left + 14, left + width - 14):
        cv2.circle(shown, (wheel, top + height), 7, (20, 20, 20), -1)
    return shown


def standing(
    arrives: float, leaves: float = 1e9, *, left: int = 120, top: int = 80, seed: int = 1
) -> Callable[[float], Picture]:
    """A van that drives in from the left in the two seconds before `arrives`."""
    place = ground(seed)

    def shoot(at: float) -> Picture:
        away = max(arrives - at, at - leaves, 0.0) / 2.0
        if away >= 1.0:
            return noisy(place, at)
        return noisy(with_box(place, round(left - away * 250), top), at)

    return shoot


def mirrored(shoot: Callable[[float], Picture]) -> Callable[[float], Picture]:
    return lambda at: np.ascontiguousarray(shoot(at)[:, ::-1])


def lit(
    shoot: Callable[[float], Picture], gain: Callable[[float], float]
) -> Callable[[float], Picture]:
    """The same under a light that changes."""

    def brighter(at: float) -> Picture:
        return np.asarray(np.clip(shoot(at).astype(np.float32) * gain(at), 0, 255), np.uint8)

    return brighter


def with_flame(
    picture: Picture, at: float, left: int = 140, foot: int = 130, tongues: int = 3
) -> Picture:
    """Tongues, orange around yellow-white, of another height at every picture."""
    shown = picture.copy()
    chance = np.random.default_rng(round(at * 1000) + 7)
    for tongue in range(tongues):
        height = int(chance.integers(18, 46))
        middle = left + 12 * tongue + int(chance.integers(-3, 4))
        for share, colour in ((1.0, (20, 110, 240)), (0.6, (70, 200, 255)), (0.3, (200, 245, 255))):
            axes = (max(2, int(9 * share)), max(2, int(height * share / 2)))
            cv2.ellipse(shown, (middle, foot - axes[1]), axes, 0, 0, 360, colour, -1)
    return shown


def with_flag(picture: Picture, at: float, colour: tuple[int, int, int]) -> Picture:
    """A cloth of 80 × 40 on its pole, through which two waves a second run outward."""
    shown = picture.copy()
    for x in range(80):
        phase = x / 9.0 - 4 * np.pi * at
        top = 60 + round(6 * x / 80 * np.sin(phase))
        light = 0.85 + 0.15 * np.cos(phase)
        shown[top : top + 40, 140 + x] = [round(part * light) for part in colour]
    return shown


def with_smoke(
    picture: Picture,
    at: float,
    since: float,
    left: int = 150,
    foot: int = 120,
    tone: float = 190.0,
) -> Picture:
    """Grey puffs that rise ten pixels a second, widen and thin out."""
    veil: NDArray[np.float32] = np.zeros(picture.shape[:2], np.float32)
    for number in range(60):
        age = (at - since) - number * 0.5
        if not 0.0 <= age <= 10.0:
            continue
        chance = np.random.default_rng(number)
        x = left + chance.uniform(-10, 10) + age * chance.uniform(-2, 4)
        radius = 7 + 2.4 * age
        puff = np.zeros_like(veil)
        cv2.circle(puff, (round(x), round(foot - 10 * age)), round(radius), (0.5,), -1)
        veil = veil + puff * max(0.0, 1.0 - age / 12.0) * (1.0 - veil)
    soft = np.asarray(cv2.GaussianBlur(veil, (21, 21), 0))[..., None]
    return np.asarray(picture * (1 - soft) + tone * soft, np.uint8)


def with_person(
    picture: Picture,
    left: int,
    foot: int,
    height: int = 40,
    coat: tuple[int, int, int] = (60, 40, 40),
) -> Picture:
    """Head, coat and legs."""
    shown = picture.copy()
    wide = max(4, round(0.3 * height))
    cv2.rectangle(shown, (left, foot - height), (left + wide, foot - height // 2), coat, -1)
    cv2.rectangle(shown, (left + 2, foot - height // 2), (left + wide - 2, foot), (50, 45, 40), -1)
    cv2.circle(shown, (left + wide // 2, foot - height), wide // 3, (120, 150, 190), -1)
    return shown
