"""How the light over the whole scene changes: clouds, buildings' shade, dusk, night."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin

import cv2
import numpy as np

from ingest.farm.scenes.texture import Field, Picture, cloudiness

Effect = Callable[[Picture, float], Picture]
"""A picture and the clip's second to the picture as changed; pure in both."""
Size = tuple[int, int]
"""Columns and rows."""


def clouds(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """Soft shade that drifts over the ground, down to two thirds of the light."""
    columns, rows = size
    speed = float(rng.uniform(9, 18)) * (1 if rng.random() < 0.5 else -1)
    reach = round(abs(speed) * seconds) + columns + 2
    wide = cloudiness(rng, rows // 4 + 1, reach // 4 + 1, 60, 3)
    density = np.clip((wide + 0.1) * 2.2, 0, 1)
    # Twice the right gain, so that it fits in a byte.
    strip = np.asarray(128 * (1 - 0.36 * density), np.uint8)
    offset = 0.0 if speed > 0 else abs(speed) * seconds

    def shade(picture: Picture, t: float) -> Picture:
        left = (offset + speed * t) / 4
        column = min(max(0, int(left)), strip.shape[1] - columns // 4 - 1)
        gain = cv2.resize(strip[:, column : column + columns // 4], size)
        return _multiplied(picture, np.asarray(gain, np.uint8))

    return shade


def building_shadow(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """The hard edge of a roof's shadow creeps over the ground: half an hour in one clip."""
    columns, rows = size
    lean = float(rng.uniform(-0.5, 0.5))
    start, end = float(rng.uniform(-0.1, 0.2)), float(rng.uniform(0.55, 0.85))
    across, down = np.meshgrid(np.arange(columns), np.arange(rows))
    place = across / columns + lean * (down / rows - 0.5)
    ground = np.clip((down / rows - 0.35) * 12, 0, 1)

    def shade(picture: Picture, t: float) -> Picture:
        edge = start + (end - start) * t / seconds
        inside = np.clip((edge - place) * 60 + 0.5, 0, 1) * ground
        return _multiplied(picture, np.asarray(128 * (1 - 0.45 * inside), np.uint8))

    return shade


def _multiplied(picture: Picture, half_gain: Picture) -> Picture:
    """Each pixel times its gain, given as a byte with 128 for 1."""
    three = cv2.merge([half_gain, half_gain, half_gain])
    return np.asarray(cv2.multiply(picture, three, scale=1 / 128), np.uint8)


def sunset(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """The sky reddens, the sun stands low in it and sinks; the ground turns warm and darker."""
    columns, rows = size
    x = float(rng.uniform(0.2, 0.8)) * columns
    down, across = np.indices((rows, columns)).astype(np.float32)

    def glow(height: float) -> Field:
        away = np.hypot((across - x) / 1.6, down - height) / (0.16 * rows)
        return np.asarray(np.exp(-away * 0.8) + 1.6 * np.exp(-((away * 2.6) ** 2)), np.float32)

    table = np.arange(256, dtype=np.float32)

    def shine(picture: Picture, t: float) -> Picture:
        share = t / seconds
        gains = (1 - 0.4 * share, 1 - 0.22 * share, 1 - 0.06 * share)
        luts = np.stack([np.clip(table * gain, 0, 255) for gain in gains], axis=-1)
        warm = cv2.LUT(picture, luts.astype(np.uint8)[None])
        quarter = cv2.resize(glow((0.02 + 0.13 * share) * rows), (columns // 4, rows // 4))
        light = cv2.resize(quarter, size)
        tint = np.asarray((30, 105, 190), np.float32) * (0.35 + 0.5 * share)
        return np.asarray(
            cv2.add(warm, (np.minimum(light[..., None] * tint, 255)).astype(np.uint8))
        )

    return shine


def night(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """A street by lamplight: dark, nearly grey, brightest under one lamp."""
    columns, rows = size
    x = float(rng.uniform(0.3, 0.7)) * columns
    down, across = np.indices((rows, columns)).astype(np.float32)
    away = np.hypot((across - x) / columns, (down - 0.65 * rows) / rows)
    pool = (62 * np.exp(-((away / 0.38) ** 2)) + 34).astype(np.uint8)

    def darken(picture: Picture, _t: float) -> Picture:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        dull = cv2.addWeighted(picture, 0.45, cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), 0.55, 0)
        # A sensor's gain lifts the darkest: shadows are never black.
        dim = _multiplied(np.asarray(dull, np.uint8), pool)
        return np.asarray(cv2.convertScaleAbs(dim, beta=8), np.uint8)

    return darken


def lamp_switch(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """Somebody switches a yard lamp on, and later off."""
    columns, rows = size
    on, off = 0.3 * seconds, 0.75 * seconds
    x, y = float(rng.uniform(0.2, 0.8)) * columns, float(rng.uniform(0.4, 0.7)) * rows
    down, across = np.indices((rows, columns)).astype(np.float32)
    away = np.hypot((across - x) / columns, (down - y) / rows)
    light = 128 * (1 + 0.75 * np.exp(-((away / 0.24) ** 2)))
    gain = np.clip(light, 0, 255).astype(np.uint8)

    def shine(picture: Picture, t: float) -> Picture:
        return _multiplied(picture, gain) if on <= t < off else picture

    return shine


def headlights(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """Cars that are not seen themselves sweep their light over walls and lane, again and again."""
    columns, rows = size
    moments = [float(at) for at in np.arange(6, seconds, 11) + rng.uniform(-3, 3)]
    across = np.arange(columns, dtype=np.float32)[None, :] / columns
    down = np.arange(rows, dtype=np.float32)[:, None] / rows
    tall = np.exp(-(((down - 0.58) / 0.26) ** 2))

    def shine(picture: Picture, t: float) -> Picture:
        for number, moment in enumerate(moments):
            part = (t - moment) / 3.2
            if 0 <= part < 1:
                place = (part if number % 2 else 1 - part) * 1.6 - 0.3
                beams = np.exp(-(((across - place) / 0.10) ** 2)) * tall
                power = sin(pi * part)
                gain = np.clip(128 * (1 + 2.2 * power * beams), 0, 255).astype(np.uint8)
                lit = _multiplied(picture, gain)
                warm = (beams * 26 * power)[..., None] * np.asarray((0.8, 0.95, 1), np.float32)
                picture = np.asarray(cv2.add(lit, warm.astype(np.uint8)), np.uint8)
        return picture

    return shine
