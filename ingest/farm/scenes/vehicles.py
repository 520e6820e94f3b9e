"""A minivan as a solid with sides, and riders of e-bikes and cargo tricycles as figures."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import cos, pi, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import FIGURE, FigurePaint, Look, View
from ingest.farm.scenes.scene import Actor, view_of
from ingest.farm.scenes.sprite import Sprite, cast, scaled
from ingest.farm.scenes.texture import Colour, Picture

_SUN = np.asarray((-0.52, 0.76, -0.39))
"""Towards the sun: behind the camera's left shoulder."""

_SHADOW = (1.15, 0.55)
"""How far a van's roof throws its shadow along x and z, metres."""

_NEAREST = 0.6
"""Metres before the lens closer than which nothing is drawn."""


@dataclass(frozen=True, slots=True)
class Face:
    """A flat side of a solid: its corners, (n, 3) metres, clockwise seen from outside."""

    corners: NDArray[np.float64]
    colour: Colour
    glossy: bool = False


def _panel(
    outline: list[tuple[float, float]], x: float, colour: Colour, *, glossy: bool = False
) -> Face:
    """A side panel at x, given as (z, y) clockwise when seen from the right (+x)."""
    ordered = outline if x > 0 else outline[::-1]
    return Face(np.asarray([(x, y, z) for z, y in ordered]), colour, glossy)


_PROFILE = [
    (2.15, 0.34), (2.2, 0.62), (2.12, 1.0), (1.86, 1.12), (1.3, 1.84), (0.9, 1.9),
    (-1.9, 1.9), (-2.12, 1.72), (-2.18, 0.9), (-2.15, 0.34),
]  # fmt: skip
"""A minivan from the side, (z, y) metres, from the front bumper over the roof to the back."""

_HALF = 0.8
_GLASS: Colour = (66, 58, 50)
_TYRE: Colour = (36, 35, 35)
_RIM: Colour = (158, 158, 160)


def van_faces(colour: Colour) -> list[Face]:
    """Body first, then what lies on it."""
    faces = []
    for (z0, y0), (z1, y1) in pairwise(_PROFILE):
        strip = [(-_HALF, y0, z0), (_HALF, y0, z0), (_HALF, y1, z1), (-_HALF, y1, z1)]
        screen = (z0, z1) == (1.86, 1.3)
        faces.append(Face(np.asarray(strip), _GLASS if screen else colour, glossy=screen))
    for x in (-_HALF, _HALF):
        faces.append(_panel(_PROFILE[::-1], x, colour))
        out = x * 1.012
        for begin, end in ((0.28, 1.18), (-0.82, 0.18), (-1.9, -0.92)):
            lean = 0.42 if begin > 0 else 0.0
            window = [(begin, 1.12), (begin, 1.7), (end - lean, 1.7), (end + lean * 0.3, 1.12)]
            faces.append(_panel(window, out, _GLASS, glossy=True))
        faces.append(
            _panel([(-2.1, 0.34), (-2.1, 0.46), (2.1, 0.46), (2.1, 0.34)], out, (70, 70, 72))
        )
        faces.append(
            _panel([(0.22, 0.5), (0.22, 1.7), (0.25, 1.7), (0.25, 0.5)], out, (120, 122, 124))
        )
        for middle in (-1.38, 1.38):
            faces.append(_wheel(middle, 0.33, out * 1.01, _TYRE))
            faces.append(_wheel(middle, 0.18, out * 1.02, _RIM))
    front, back = 2.205, -2.19
    for x in (-0.58, 0.58):
        lamp = [(x - 0.17, 0.7), (x + 0.17, 0.7), (x + 0.17, 0.92), (x - 0.17, 0.92)]
        faces.append(
            Face(np.asarray([(a, b, front - (b - 0.6) * 0.2) for a, b in lamp]), (214, 226, 230))
        )
        tail = [(x + 0.12, 0.8), (x - 0.12, 0.8), (x - 0.12, 1.15), (x + 0.12, 1.15)]
        faces.append(Face(np.asarray([(a, b, back) for a, b in tail]), (40, 36, 190)))
    plate = [(-0.25, 0.45), (0.25, 0.45), (0.25, 0.58), (-0.25, 0.58)]
    faces.append(Face(np.asarray([(a, b, front) for a, b in plate]), (168, 96, 40)))
    window = [(0.62, 1.12), (-0.62, 1.12), (-0.62, 1.66), (0.62, 1.66)]
    faces.append(Face(np.asarray([(a, b, back) for a, b in window]), _GLASS, glossy=True))
    return faces


def _wheel(z: float, radius: float, x: float, colour: Colour) -> Face:
    turns = [2 * pi * step / 16 for step in range(16)]
    return _panel([(z - radius * cos(a), 0.33 + radius * sin(a)) for a in turns], x, colour)


@dataclass(frozen=True, slots=True)
class Placing:
    """A vehicle at a moment: second, (x, z) metres, heading in degrees (0 away, 180 hither)."""

    t: float
    x: float
    z: float
    heading: float


def vehicle(lens: Lens, faces: list[Face], placings: list[Placing]) -> Actor:
    """A solid that moves from placing to placing, gathering speed and slowing smoothly."""
    moments = [placing.t for placing in placings]

    def place(t: float) -> Placing | None:
        if not moments[0] <= t < moments[-1]:
            return None
        leg = bisect_right(moments, t) - 1
        first, second = placings[leg], placings[leg + 1]
        part = (t - first.t) / (second.t - first.t)
        return Placing(
            t,
            first.x + (second.x - first.x) * part,
            first.z + (second.z - first.z) * part,
            first.heading + (second.heading - first.heading) * part,
        )

    def depth(t: float) -> float | None:
        placing = place(t)
        return placing.z if placing is not None else None

    def draw(frame: Picture, t: float) -> None:
        placing = place(t)
        if placing is not None:
            draw_solid(frame, lens, faces, placing)

    return Actor(depth, draw)


def draw_solid(frame: Picture, lens: Lens, faces: list[Face], placing: Placing) -> None:
    """Draw the faces that look at the camera, each as light as it faces the sun."""
    turn = radians(placing.heading)
    rotation = np.asarray(((cos(turn), 0, sin(turn)), (0, 1, 0), (-sin(turn), 0, cos(turn))))
    position = np.asarray((placing.x, 0.0, placing.z))
    _draw_shadow(frame, lens, rotation, position)
    for face in faces:
        world = face.corners @ rotation.T + position
        if world[:, 2].min() < _NEAREST:
            continue
        normal = np.cross(world[1] - world[0], world[2] - world[1])
        normal /= np.linalg.norm(normal) or 1.0
        eye = np.asarray((0.0, lens.height, 0.0)) - world[0]
        if normal @ eye <= 0:
            continue
        light = 0.66 + 0.44 * max(0.0, float(normal @ _SUN))
        blue, green, red = (min(255.0, part * light) for part in face.colour)
        if face.glossy:
            blue, green, red = blue + 26, green + 22, red + 18
        points = np.round(lens.points(world) * 16).astype(np.int32)
        cv2.fillPoly(frame, [points], (blue, green, red), cv2.LINE_AA, 4)


def _draw_shadow(
    frame: Picture, lens: Lens, rotation: NDArray[np.float64], position: NDArray[np.float64]
) -> None:
    base = np.asarray([(-0.82, 0, 2.2), (0.82, 0, 2.2), (0.82, 0, -2.2), (-0.82, 0, -2.2)])
    foot = base @ rotation.T + position
    thrown = np.asarray((_SHADOW[0], 0.0, _SHADOW[1]))
    world = np.concatenate((foot, foot + thrown))
    if world[:, 2].min() < _NEAREST:
        return
    hull = cv2.convexHull(lens.points(world))[:, 0]
    left, top = np.maximum(hull.min(axis=0).astype(int) - 8, 0)
    right, bottom = hull.max(axis=0).astype(int) + 8
    part = frame[top:bottom, left:right]
    if not part.size:
        return
    mask = np.full(part.shape[:2], 255, np.uint8)
    points = np.round((hull - (left, top)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [points], 140, cv2.LINE_AA, 4)
    soft = cv2.cvtColor(cv2.GaussianBlur(mask, (0, 0), 2.2), cv2.COLOR_GRAY2BGR)
    part[:] = cv2.multiply(part, soft, scale=1 / 255)


class Mount(StrEnum):
    EBIKE = "ebike"
    TRICYCLE = "tricycle"


def rider(
    lens: Lens, look: Look, colour: Colour, track: Track, *, mount: Mount = Mount.EBIKE
) -> Actor:
    """Somebody riding along a track."""

    def depth(t: float) -> float | None:
        pose = track.at(t)
        return pose.z if pose is not None else None

    def draw(frame: Picture, t: float) -> None:
        pose = track.at(t)
        if pose is None:
            return
        view = view_of(pose.dx, pose.dz) if pose.dx or pose.dz else View.FRONT
        foot = lens.point(pose.x, 0.0, pose.z)
        person, shadow = _mounted(
            look, colour, mount, view, max(4, round(1.68 * lens.scale(pose.z)))
        )
        shadow.draw(frame, *foot)
        person.draw(frame, *foot)

    return Actor(depth, draw)


_COLUMNS, _ROWS, _MIDDLE, _SOLE = 290, 190, 145, 176


@lru_cache(maxsize=300)
def _mounted(
    look: Look, colour: Colour, mount: Mount, view: View, pixels: int
) -> tuple[Sprite, Sprite]:
    large = _large(look, colour, mount, view)
    factor, anchor = pixels / FIGURE, (float(_MIDDLE), float(_SOLE))
    return scaled(large, anchor, factor), cast(large, anchor, factor)


@lru_cache(maxsize=64)
def _large(look: Look, colour: Colour, mount: Mount, view: View) -> Picture:
    if view is View.LEFT:
        return np.ascontiguousarray(_large(look, colour, mount, View.RIGHT)[:, ::-1])
    paint = FigurePaint(_ROWS, _COLUMNS)
    if view is View.RIGHT:
        _side(paint, look, colour, mount)
    else:
        _end(paint, look, colour, mount, front=view is View.FRONT)
    return paint.finish()


def _side(paint: FigurePaint, look: Look, colour: Colour, mount: Mount) -> None:
    dark: Colour = (40, 40, 42)
    back = 60.0 if mount is Mount.TRICYCLE else 98.0
    for x in (back, 196.0):
        paint.oval((x, 150), (23, 23), dark, width=6)
        paint.oval((x, 150), (8, 8), (140, 140, 142))
    if mount is Mount.TRICYCLE:
        paint.shape([(18, 92), (104, 92), (104, 140), (18, 140)], colour)
        paint.shape([(22, 74), (100, 70), (104, 92), (18, 92)], (96, 142, 118))
        paint.limb([(60, 140), (150, 140)], dark, 7)
    paint.shape(
        [
            (100, 112),
            (138, 112),
            (150, 140),
            (176, 140),
            (184, 108),
            (190, 110),
            (186, 150),
            (98, 146),
        ],
        colour,
    )
    paint.shape([(92, 104), (142, 104), (140, 113), (94, 114)], dark)
    paint.limb([(196, 150), (184, 88), (176, 80)], dark, 5)
    paint.limb([(120, 100), (158, 108), (160, 140)], look.trousers, 15)
    paint.limb([(158, 142), (172, 143)], (30, 28, 28), 8)
    paint.shape([(108, 104), (134, 104), (142, 60), (122, 56)], look.shirt)
    paint.limb([(132, 66), (150, 86), (176, 82)], look.shirt, 10)
    paint.oval((177, 81), (5, 5), look.skin)
    _rider_head(paint, look, (138, 40))


def _end(paint: FigurePaint, look: Look, colour: Colour, mount: Mount, *, front: bool) -> None:
    dark: Colour = (40, 40, 42)
    if mount is Mount.TRICYCLE:
        paint.shape([(100, 92), (190, 92), (190, 140), (100, 140)], colour)
        paint.shape([(104, 72), (186, 72), (190, 92), (100, 92)], (96, 142, 118))
        for x in (104.0, 186.0):
            paint.oval((x, 152), (7, 23), dark)
    paint.oval((145, 152), (6.5, 23), dark)
    for x in (129.0, 161.0):
        paint.limb([(x, 110), (x + (x - 145) * 0.25, 142)], look.trousers, 14)
    paint.shape([(134, 100), (156, 100), (160, 140), (130, 140)], colour)
    paint.shape([(125, 60), (165, 60), (161, 106), (129, 106)], look.shirt)
    for side in (-1, 1):
        paint.limb(
            [(145 + 18 * side, 66), (145 + 27 * side, 84), (145 + 24 * side, 94)], look.shirt, 10
        )
    paint.limb([(116, 95), (174, 95)], dark, 4)
    if front:
        paint.oval((145, 106), (8, 6), (220, 228, 232))
    else:
        paint.oval((145, 118), (5, 4), (50, 44, 190))
    _rider_head(paint, look, (145, 40))


def _rider_head(paint: FigurePaint, look: Look, centre: tuple[float, float]) -> None:
    x, y = centre
    paint.oval((x, y + 3), (11, 13), look.skin)
    paint.oval((x, y - 1), (14, 14), look.shirt, start=170, end=370)
