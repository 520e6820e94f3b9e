"""Dogs, hens, ducks and egrets: small, and alive enough for a camera on a pole."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from math import pi, sin

import numpy as np

from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import FigurePaint
from ingest.farm.scenes.scene import Actor
from ingest.farm.scenes.sprite import Sprite, cast, scaled
from ingest.farm.scenes.texture import Picture

_PHASES = 8
_DENSITY = 90
"""Rows a metre of the large drawing."""

_COLUMNS, _ROWS, _MIDDLE, _SOLE = 160, 120, 80, 100


class Animal(StrEnum):
    DOG = "dog"
    HEN = "hen"
    DUCK = "duck"
    EGRET = "egret"
    EGRET_FLYING = "egret_flying"


_STEP = {Animal.DOG: 0.5, Animal.HEN: 0.14, Animal.EGRET: 0.5, Animal.EGRET_FLYING: 4.0}
"""Metres of one cycle of legs or wings."""


def animal(lens: Lens, kind: Animal, track: Track, *, above: float = 0.0) -> Actor:
    """An animal on a track, `above` metres over the ground."""

    def depth(t: float) -> float | None:
        pose = track.at(t)
        return pose.z if pose is not None else None

    def draw(frame: Picture, t: float) -> None:
        pose = track.at(t)
        if pose is None:
            return
        phase = round(pose.travelled / _STEP.get(kind, 1.0) * _PHASES) % _PHASES
        if pose.dx == pose.dz == 0.0 and kind is Animal.HEN:
            phase = 4 if sin(t * 1.9) > 0.2 else 0
        body, shadow = _sized(kind, phase, pose.dx < 0, max(2, round(lens.scale(pose.z))))
        if above == 0.0 and kind is not Animal.DUCK:
            shadow.draw(frame, *lens.point(pose.x, 0.0, pose.z))
        body.draw(frame, *lens.point(pose.x, above, pose.z))

    return Actor(depth, draw)


@lru_cache(maxsize=500)
def _sized(kind: Animal, phase: int, mirrored: bool, pixels: int) -> tuple[Sprite, Sprite]:
    large = _large(kind, phase)
    if mirrored:
        large = np.ascontiguousarray(large[:, ::-1])
    factor, anchor = pixels / _DENSITY, (float(_MIDDLE), float(_SOLE))
    return scaled(large, anchor, factor), cast(large, anchor, factor)


@lru_cache(maxsize=64)
def _large(kind: Animal, phase: int) -> Picture:
    paint = FigurePaint(_ROWS, _COLUMNS)
    _DRAW[kind](paint, 2 * pi * phase / _PHASES)
    return paint.finish()


def _dog(paint: FigurePaint, angle: float) -> None:
    coat, dark = (92, 148, 190), (66, 110, 146)
    for x, turn in ((62, 0.0), (94, pi), (66, pi), (98, 0.0)):
        swing = 7 * sin(angle + turn)
        paint.limb([(x, 76), (x + swing, 99)], dark, 5)
    paint.oval((80, 70), (24, 11), coat)
    paint.limb([(58, 66), (46, 54), (50, 46)], coat, 5)
    paint.limb([(100, 66), (108, 54)], coat, 10)
    paint.oval((112, 50), (9, 7.5), coat)
    paint.limb([(118, 52), (124, 54)], dark, 6)
    paint.shape([(105, 46), (108, 36), (112, 44)], dark)


def _hen(paint: FigurePaint, angle: float) -> None:
    body = (54, 92, 156)
    down = 9 * (1 - abs(1 - angle / pi))
    paint.limb([(78, 92), (77, 100)], (60, 150, 210), 2.5)
    paint.limb([(83, 92), (85, 100)], (60, 150, 210), 2.5)
    paint.oval((80, 84), (14, 10), body)
    paint.shape([(68, 82), (58, 70), (72, 76)], (40, 62, 104))
    paint.limb([(90, 80), (94, 70 + down)], body, 6)
    paint.oval((95, 68 + down), (4.5, 4.5), body)
    paint.oval((95, 63 + down), (3, 2.5), (40, 36, 210))


def _duck(paint: FigurePaint, angle: float) -> None:
    del angle
    paint.oval((80, 96), (17, 7), (226, 232, 234))
    paint.limb([(93, 94), (97, 84)], (226, 232, 234), 6)
    paint.oval((98, 82), (5, 4.5), (226, 232, 234))
    paint.limb([(102, 83), (107, 84)], (60, 160, 226), 3.5)


def _egret(paint: FigurePaint, angle: float) -> None:
    white = (240, 242, 242)
    step = 5 * sin(angle)
    paint.limb([(79, 76), (78 - step, 99)], (50, 50, 52), 2)
    paint.limb([(82, 76), (84 + step, 99)], (50, 50, 52), 2)
    paint.oval((80, 68), (17, 8), white)
    paint.limb([(94, 64), (100, 52), (96, 42), (100, 34)], white, 4.5)
    paint.oval((101, 33), (5, 3.5), white)
    paint.limb([(105, 34), (114, 36)], (70, 190, 226), 2.5)


def _egret_flying(paint: FigurePaint, angle: float) -> None:
    white = (244, 246, 246)
    lift = 26 * sin(angle)
    paint.oval((80, 70), (18, 6), white)
    paint.limb([(96, 68), (106, 66)], white, 5)
    paint.limb([(62, 71), (44, 74)], (60, 60, 62), 2)
    paint.shape([(72, 69), (90, 68), (80, 66 - lift), (62, 66 - lift * 1.3)], white)
    paint.shape([(76, 71), (92, 70), (92, 70 - lift * 0.8), (80, 66 - lift * 1.1)], (222, 226, 228))


_DRAW = {
    Animal.DOG: _dog,
    Animal.HEN: _hen,
    Animal.DUCK: _duck,
    Animal.EGRET: _egret,
    Animal.EGRET_FLYING: _egret_flying,
}
