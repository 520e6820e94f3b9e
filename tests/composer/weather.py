"""What falls through the air or hangs in it."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.farm.scenes.texture import Picture, cloudiness
from tests.composer.light import Effect, Size


def rain(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """Bright streaks, another set in every picture, and drops that splash on the ground."""
    columns, rows = size
    wind = float(rng.uniform(-5, 5))
    streaks = []
    for _ in range(6):
        layer = np.zeros((rows, columns), np.uint8)
        for _ in range(110):
            x, y = float(rng.uniform(0, columns)), float(rng.uniform(-20, rows))
            long = float(rng.uniform(8, 24))
            end = (round(x + wind * long / 18), round(y + long))
            cv2.line(layer, (round(x), round(y)), end, int(rng.integers(14, 46)), 1, cv2.LINE_AA)
        for _ in range(45):
            spot = (int(rng.integers(columns)), int(rng.integers(rows // 2, rows)))
            cv2.ellipse(layer, spot, (3, 1), 0, 0, 360, int(rng.integers(14, 40)), 1)
        streaks.append(cv2.merge([layer, layer, layer]))

    def fall(picture: Picture, t: float) -> Picture:
        step = round(t * 1000)
        layer = np.roll(streaks[step * 31 % 6], (step * 131 % rows, step * 71 % columns), (0, 1))
        hazed = cv2.convertScaleAbs(picture, alpha=0.9, beta=9)
        return np.asarray(cv2.add(hazed, layer), np.uint8)

    return fall


def snow(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """Flakes of three sizes that drift down, the near ones large and blurred."""
    columns, rows = size
    layers = []
    for count, radius, speed, light in (
        (150, 1, 40.0, 120),
        (55, 2, 75.0, 140),
        (12, 5, 150.0, 90),
    ):
        layer = np.zeros((rows, columns), np.uint8)
        for _ in range(count):
            spot = (int(rng.integers(columns)), int(rng.integers(rows)))
            cv2.circle(layer, spot, radius, light, -1, cv2.LINE_AA)
        soft = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.5 * radius), np.uint8)
        layers.append((soft, speed, float(rng.uniform(-14, 14))))

    def fall(picture: Picture, t: float) -> Picture:
        shown = picture
        for layer, speed, wind in layers:
            moved = np.roll(layer, (round(speed * t), round(wind * t)), (0, 1))
            shown = np.asarray(cv2.add(shown, cv2.merge([moved, moved, moved])), np.uint8)
        return shown

    return fall


def fog(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """A bank rolls in over the whole picture, thickest far away, and thins out again."""
    columns, rows = size
    far = np.clip(1.15 - np.arange(rows, dtype=np.float32)[:, None] / rows, 0.25, 1)
    wide = cloudiness(rng, rows // 4, columns // 2, 50, 3) * 0.18

    def veil(picture: Picture, t: float) -> Picture:
        strength = 0.72 * float(np.clip(np.sin(np.pi * t / seconds) * 1.5, 0, 1))
        left = round(t * 1.5) % (columns // 4)
        drift = cv2.resize(wide[:, left : left + columns // 4], size)
        cover = np.clip(strength * far * (1 + drift), 0, 0.85)[..., None]
        return np.asarray(picture * (1 - cover) + 196.0 * cover, np.uint8)

    return veil


def wet(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """Wet ground mirrors what stands above it, broken by ripples that never rest.

    Only at a slant: see `soaked`.
    """
    columns, rows = size
    line = round(rows * float(rng.uniform(0.5, 0.58)))
    tall = min(line, rows - line)
    fade = np.linspace(0.42, 0.12, tall, dtype=np.float32)[:, None, None]
    down, across = np.indices((tall, columns)).astype(np.float32)

    def mirror(picture: Picture, t: float) -> Picture:
        above = np.ascontiguousarray(picture[line - tall : line][::-1])
        ripple = 1.6 * np.sin(down / 3.0 + 5 * t) + 1.2 * np.sin(across / 17 + down / 7 - 3.1 * t)
        bent = cv2.remap(above, across + ripple, down, cv2.INTER_LINEAR, borderMode=1)
        shown = picture.copy()
        part = shown[line : line + tall]
        shown[line : line + tall] = part * (0.82 - fade * 0.5) + bent * fade
        return shown

    return mirror


def soaked(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """Wet ground from steeply above: dark, and what it mirrors is a little of the sky."""
    sky = float(rng.uniform(10, 22))
    return lambda picture, _: np.asarray(cv2.convertScaleAbs(picture, alpha=0.7, beta=sky))
