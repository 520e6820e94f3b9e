"""What the camera itself does to its picture: shaking, its automatics, its lens and its sensor."""

from __future__ import annotations

from math import pi, sin

import cv2
import numpy as np

from ingest.farm.scenes.texture import Picture
from tests.composer.glow import add_light, blob
from tests.composer.light import Effect, Size


def shake(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """A mast in the wind: gusts of up to three pixels, and stillness between them."""
    own = rng.uniform(0, 1, 4)
    reach = float(rng.uniform(1.6, 3.0))

    def move(picture: Picture, t: float) -> Picture:
        gust = max(0.12, sin(2 * pi * (t / 17 + own[0])))
        across = reach * gust * (sin(2 * pi * (1.7 * t + own[1])) + 0.5 * sin(2 * pi * 3.1 * t))
        down = 0.5 * reach * gust * sin(2 * pi * (2.3 * t + own[2]))
        matrix = np.asarray([(1, 0, across), (0, 1, down)], np.float32)
        moved = cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)

    return move


def exposure_jumps(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """The automatic exposure jumps by up to half, and settles within a second."""
    moments = np.sort(rng.uniform(4, seconds, max(2, round(seconds / 14))))
    gains = rng.uniform(0.68, 1.4, moments.size + 1)

    def expose(picture: Picture, t: float) -> Picture:
        number = int(np.searchsorted(moments, t))
        gain = gains[number]
        if number and t - moments[number - 1] < 1.0:
            part = t - moments[number - 1]
            gain = gains[number - 1] + (gain - gains[number - 1]) * part
        return np.asarray(cv2.convertScaleAbs(picture, alpha=float(gain)), np.uint8)

    return expose


def exposure_drift(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    own = float(rng.uniform(0, 1))

    def expose(picture: Picture, t: float) -> Picture:
        gain = 1 + 0.18 * sin(2 * pi * (t / 48 + own)) + 0.08 * sin(2 * pi * t / 13)
        return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)

    return expose


def white_balance(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """The white balance changes its mind by a tenth or more, in one step."""
    moments = np.sort(rng.uniform(5, seconds, max(2, round(seconds / 22))))
    warmth = rng.uniform(-0.1, 0.1, moments.size + 1)
    table = np.arange(256, dtype=np.float32)

    def tint(picture: Picture, t: float) -> Picture:
        warm = float(warmth[int(np.searchsorted(moments, t))])
        gains = (1 - warm, 1.0, 1 + warm)
        luts = np.stack([np.clip(table * gain, 0, 255) for gain in gains], axis=-1)
        return np.asarray(cv2.LUT(picture, luts.astype(np.uint8)[None]), np.uint8)

    return tint


def insects(rng: np.random.Generator, size: Size, seconds: float) -> Effect:
    """Moths before an infrared lamp: large, white, blurred, gone in a second."""
    columns, rows = size
    flights = [
        (float(rng.uniform(0, seconds)), float(rng.uniform(0.5, 2.5)), rng.uniform(0, 1, 6))
        for _ in range(round(seconds * 0.8))
    ]
    spots = {radius: blob(radius) for radius in (4, 7, 11)}

    def fly(picture: Picture, t: float) -> Picture:
        shown = picture
        for begin, lasts, luck in flights:
            part = (t - begin) / lasts
            if not 0 <= part < 1:
                continue
            x = (luck[0] + (luck[1] - 0.5) * part + 0.05 * sin(20 * part + 6 * luck[2])) * columns
            y = (luck[3] + (luck[4] - 0.5) * part + 0.05 * sin(17 * part + 6 * luck[5])) * rows
            if shown is picture:
                shown = picture.copy()
            add_light(shown, spots[(4, 7, 11)[int(luck[2] * 3)]], (x, y), (235, 235, 235), 0.85)
        return shown

    return fly


def spider_web(rng: np.random.Generator, size: Size, seconds: float) -> Effect:  # noqa: ARG001
    """Bright, blurred threads close to the lens that swing in the draught; at times a spider."""
    columns, rows = size
    layer = np.zeros((rows, columns), np.uint8)
    hub = (int(rng.integers(columns // 3, columns)), int(rng.integers(0, rows // 2)))
    for angle in rng.uniform(0, 2 * pi, 7):
        end = (round(hub[0] + 700 * np.cos(angle)), round(hub[1] + 700 * np.sin(angle)))
        cv2.line(layer, hub, end, 90, 3, cv2.LINE_AA)
    soft = np.asarray(cv2.GaussianBlur(layer, (0, 0), 2.5), np.uint8)
    own = float(rng.uniform(0, 1))
    spider = blob(15)

    def swing(picture: Picture, t: float) -> Picture:
        across = 9 * sin(2 * pi * (t / 3.1 + own)) + 4 * sin(2 * pi * t / 1.3)
        matrix = np.asarray([(1, 0.02, across), (0, 1, 0.4 * across)], np.float32)
        moved = cv2.warpAffine(soft, matrix, size)
        shown = np.asarray(cv2.add(picture, cv2.merge([moved, moved, moved])), np.uint8)
        if t % 40 > 26:
            at = (hub[0] + 60 * sin(t * 0.8), hub[1] + 50 + 30 * sin(t * 1.1))
            add_light(shown, spider, at, (210, 210, 210), 0.8)
        return shown

    return swing


def noise(level: float) -> _Noisy:
    """Sensor noise of `level` grey levels; 1.6 by day, 6 at night."""
    return _Noisy(level)


class _Noisy:
    """One large field of noise, cut at another place for every moment."""

    def __init__(self, level: float) -> None:
        self._level = level

    def __call__(self, rng: np.random.Generator, size: Size, seconds: float) -> Effect:
        columns, rows = size
        grey = rng.normal(0, self._level, (rows + 64, columns + 64, 1))
        field = np.round(grey + rng.normal(0, 0.4 * self._level, (*grey.shape[:2], 3)))
        plane = field.astype(np.int16)

        def grain(picture: Picture, t: float) -> Picture:
            step = round(t * 1000)
            row, column = step * 7919 % 64, step * 104729 % 61
            part = plane[row : row + rows, column : column + columns]
            return np.asarray(cv2.add(picture, part, dtype=cv2.CV_8U), np.uint8)

        return grain
