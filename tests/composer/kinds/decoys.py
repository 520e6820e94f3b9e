"""Things that move about a place and mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from math import pi, sin
from typing import Literal

import cv2
import numpy as np

from ingest.farm.scenes.texture import Picture
from tests.composer.composition import Cast
from tests.composer.glow import Paint
from tests.composer.kinds.kind import Kind, Setting, Staged


class Decoy(StrEnum):
    FLAG = "flag"
    LAUNDRY = "laundry"
    BRANCH = "branch"
    LEAVES = "leaves"
    BIRDS = "birds"


class Quiet(Kind):
    """Nothing happens but what is named in `with`."""

    kind: Literal["quiet"]

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        return Staged(Cast())


class Decoys(Kind):
    """One of the things that move in every village."""

    kind: Literal["decoy"]
    decoy: Decoy

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        return Staged(Cast(over=(_PAINTERS[self.decoy](setting),)))


def _flag(setting: Setting) -> Paint:
    """A red flag on a pole, in a wind that comes and goes."""
    columns, rows = setting.place.size
    wide, tall = round(0.12 * columns), round(0.11 * rows)
    x, y = round(float(setting.rng.uniform(0.15, 0.7)) * columns), round(0.18 * rows)
    across, down = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(tall + 16.0))

    def paint(frame: Picture, t: float) -> None:
        cv2.line(frame, (x, y), (x, y + round(0.5 * rows)), (150, 150, 152), 3, cv2.LINE_AA)
        wind = 0.5 + 0.5 * sin(2 * pi * t / 11)
        wave = np.sin(across / 9 - 7 * t * (0.5 + wind)) * (across / wide) * (2 + 4 * wind)
        sag = (1 - wind) * 8 * across / wide
        inside = ((down - 8 - wave - sag) > 0) & ((down - 8 - wave - sag) < tall)
        light = np.clip(0.85 + 0.25 * np.cos(across / 9 - 7 * t * (0.5 + wind)), 0.5, 1.15)
        part = frame[y : y + tall + 16, x : x + wide]
        red = np.clip(light[..., None] * np.asarray((42, 34, 205)), 0, 255).astype(np.uint8)
        mask = inside[: part.shape[0], : part.shape[1]]
        part[mask] = red[: part.shape[0], : part.shape[1]][mask]

    return paint


def _laundry(setting: Setting) -> Paint:
    """Sheets and shirts on a line, which swing and billow."""
    columns, rows = setting.place.size
    left, right = round(0.2 * columns), round(0.8 * columns)
    line = round(0.42 * rows)
    colours = [(230, 228, 224), (150, 110, 70), (90, 90, 190), (210, 200, 150), (80, 140, 90),
               (60, 60, 64), (200, 210, 230), (120, 90, 160)]  # fmt: skip
    wide = (right - left) // len(colours)
    drops = [round(rows * float(setting.rng.uniform(0.14, 0.24))) for _ in colours]

    def paint(frame: Picture, t: float) -> None:
        cv2.line(frame, (left, line), (right, line), (60, 60, 62), 1, cv2.LINE_AA)
        for number, (colour, drop) in enumerate(zip(colours, drops, strict=True)):
            x = left + number * wide
            wind = 0.5 + 0.5 * sin(2 * pi * (t / 9 + 0.02 * number))
            lower = wide * 0.2 * wind * sin(2 * pi * (t / 1.9 + 0.17 * number))
            left_x, right_x, foot = x + 2, x + wide - 4, line + drop
            corners = [
                (left_x, line),
                (right_x, line),
                (right_x + lower, foot),
                (left_x + lower, foot),
            ]
            cv2.fillPoly(frame, [np.round(corners).astype(np.int32)], colour, cv2.LINE_AA)
            fold = x + wide * (0.5 + 0.2 * sin(2.1 * t + number)) + lower * 0.5
            dark = tuple(round(part * 0.82) for part in colour)
            end = (round(fold + lower * 0.5), line + drop - 3)
            cv2.line(frame, (round(fold), line + 4), end, dark, max(2, wide // 9), cv2.LINE_AA)

    return paint


def _twigs(setting: Setting, warm: bool) -> tuple[Picture, Picture]:
    """A branch that hangs in from the upper right: colour, and opacity in three channels."""
    columns, rows = setting.place.size
    colour = np.zeros((rows, columns, 3), np.uint8)
    solid = np.zeros((rows, columns, 3), np.uint8)
    rng = setting.rng
    for _ in range(5):
        end = (
            round(columns * float(rng.uniform(0.5, 0.8))),
            round(rows * float(rng.uniform(0.1, 0.5))),
        )
        for canvas, paint in ((colour, (40, 52, 62)), (solid, (255, 255, 255))):
            cv2.line(canvas, (columns, round(0.05 * rows)), end, paint, 4, cv2.LINE_AA)
        for _ in range(45):
            spot = (
                round(end[0] + float(rng.normal(0.25, 0.3)) * (columns - end[0])),
                round(end[1] * float(rng.uniform(0.4, 1.2)) + float(rng.normal(0, 14))),
            )
            tone = float(rng.uniform(0.6, 1.25))
            leaf = (30, 110, 225) if warm and rng.random() < 0.7 else (44, 105, 70)
            shade = tuple(min(255, round(part * tone)) for part in leaf)
            axes, turn = (
                (int(rng.integers(5, 10)), int(rng.integers(3, 6))),
                float(rng.uniform(0, 180)),
            )
            cv2.ellipse(colour, spot, axes, turn, 0, 360, shade, -1, cv2.LINE_AA)
            cv2.ellipse(solid, spot, axes, turn, 0, 360, (255, 255, 255), -1, cv2.LINE_AA)
    return colour, solid


def _swaying(setting: Setting, *, warm: bool) -> Paint:
    colour, solid = _twigs(setting, warm)
    size = setting.place.size
    moved_at = 0.45 * setting.seconds

    def paint(frame: Picture, t: float) -> None:
        gust = 0.4 + 0.6 * max(0.0, sin(2 * pi * t / 13))
        bend = 0.03 * gust * sin(2 * pi * t / 1.7) + 0.012 * sin(2 * pi * t / 0.6)
        # A hard gust breaks it half off: from then on it hangs lower.
        drop = 0.0 if t < moved_at or warm else 26.0
        matrix = np.asarray([(1, bend, -bend * 40), (-bend, 1, bend * size[0] + drop)], np.float32)
        there = cv2.warpAffine(solid, matrix, size)
        leaves = cv2.warpAffine(colour, matrix, size)
        frame[:] = cv2.add(cv2.multiply(frame, cv2.bitwise_not(there), scale=1 / 255), leaves)

    return paint


def _branch(setting: Setting) -> Paint:
    return _swaying(setting, warm=False)


def _leaves(setting: Setting) -> Paint:
    """An autumn branch in the wind, and single leaves that fall and blow along the ground."""
    branch = _swaying(setting, warm=True)
    columns, rows = setting.place.size
    luck = setting.rng.uniform(0, 1, (40, 5))

    def paint(frame: Picture, t: float) -> None:
        branch(frame, t)
        for x0, y0, wind, spin, tone in luck:
            part = (t * (0.06 + 0.05 * wind) + y0) % 1.0
            x = (x0 + 0.25 * (wind - 0.3) * part * 3 + 0.02 * sin(9 * t * spin)) % 1.0
            spot = (round(x * columns), round((0.2 + 0.75 * part) * rows))
            axes = (4, max(1, round(abs(3 * sin(6 * t * (0.5 + spin))))))
            shade = (round(20 + 30 * tone), round(90 + 70 * tone), round(190 + 50 * tone))
            cv2.ellipse(frame, spot, axes, 360 * spin * t, 0, 360, shade, -1, cv2.LINE_AA)

    return paint


def _birds(setting: Setting) -> Paint:
    """A flock of sparrows and pigeons: hops on the ground, up and away, and back."""
    columns, rows = setting.place.size
    luck = setting.rng.uniform(0, 1, (28, 6))
    polygon = setting.place.zones.get("ground", setting.place.zones["full"])
    low = min(y for _, y in polygon) * 0.6 + max(y for _, y in polygon) * 0.4

    def paint(frame: Picture, t: float) -> None:
        phase = t % 34
        for a, b, c, d, e, f in luck:
            up = float(np.clip((phase - 20 - 2 * e) / 4, 0, 1)) - float(
                np.clip((phase - 28 - 2 * e) / 5, 0, 1)
            )
            hop = round(t * (0.4 + c) + 9 * d)
            x = 0.25 + 0.5 * a + 0.02 * sin(hop * 12.9) + 0.45 * up * sin(2.2 * t + 6 * f)
            y = low + 0.3 * b - up * (0.35 + 0.25 * e)
            size = 2.2 + 3.0 * (b + 0.3) * (rows / 360)
            spot = (round(x * columns), round(y * rows))
            shade = (70, 74, 80) if c > 0.4 else (128, 124, 122)
            flap = abs(sin(2 * pi * 4 * t + 6 * d)) if up > 0 else 0.3
            axes = (round(size * 1.6), max(1, round(size * (0.4 + flap))))
            cv2.ellipse(frame, spot, axes, 20 * sin(hop), 0, 360, shade, -1, cv2.LINE_AA)

    return paint


_PAINTERS: dict[Decoy, Callable[[Setting], Paint]] = {
    Decoy.FLAG: _flag,
    Decoy.LAUNDRY: _laundry,
    Decoy.BRANCH: _branch,
    Decoy.LEAVES: _leaves,
    Decoy.BIRDS: _birds,
}
