"""Walking people: small jointed figures without faces, in many clothes.

A figure is drawn large once per look, view and phase of its step, and shrunk when it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import cos, pi, radians, sin

import cv2
import numpy as np

from ingest.farm.scenes.sprite import Sprite, cast, scaled
from ingest.farm.scenes.texture import Colour, Picture

PHASES = 16
"""Pictures of one double step."""

STRIDE = 1.35
"""Metres of one double step at a stroll."""

FIGURE = 160
"""Rows from crown to sole in the large drawing."""

_FIGURES, _LARGE_FIGURES = 1500, 480
"""Pictures kept: about 40 MB of figures as shown and 48 MB of large ones. With 6,000 and 1,500 a
farm of eight scenes grew to 800 MB; with these the twenty walkers of a square still all fit."""

_COLUMNS, _ROWS = 130, 190
_MIDDLE, _SOLE = 65, 176
_FINE = 2
_SHIFT = 4


class View(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    BACK = "back"


class Hat(StrEnum):
    NONE = "none"
    STRAW = "straw"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Look:
    """What a person wears; `height` in metres. `bag` is carried in the hand, None for none."""

    shirt: Colour
    trousers: Colour
    hair: Colour = (34, 30, 30)
    skin: Colour = (118, 152, 196)
    hat: Hat = Hat.NONE
    bag: Colour | None = None
    skirt: bool = False
    height: float = 1.68


_SHIRTS: tuple[Colour, ...] = (
    (196, 196, 200), (150, 92, 50), (60, 52, 158), (70, 78, 74), (96, 130, 72), (52, 120, 190),
    (132, 96, 150), (58, 46, 40), (170, 158, 122), (84, 64, 120), (206, 186, 160), (64, 150, 196),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = (
    (62, 52, 46), (92, 70, 54), (48, 46, 48), (98, 104, 108), (74, 62, 80), (112, 100, 86),
)  # fmt: skip
_HAIRS: tuple[Colour, ...] = ((30, 27, 26), (44, 40, 40), (128, 126, 124), (36, 40, 52))


def looks(rng: np.random.Generator, count: int) -> list[Look]:
    """Different people, from children to the old."""
    people = []
    for number in range(count):
        hat = rng.choice(list(Hat), p=(0.72, 0.14, 0.14))
        bag = _SHIRTS[rng.integers(len(_SHIRTS))] if rng.random() < 0.3 else None
        people.append(
            Look(
                _SHIRTS[(number + int(rng.integers(3))) % len(_SHIRTS)],
                _TROUSERS[rng.integers(len(_TROUSERS))],
                _HAIRS[rng.integers(len(_HAIRS))],
                hat=Hat(hat),
                bag=bag,
                skirt=bool(rng.random() < 0.25),
                height=float(
                    rng.choice((1.2, 1.56, 1.64, 1.7, 1.76), p=(0.1, 0.2, 0.3, 0.25, 0.15))
                ),
            )
        )
    return people


def draw_person(
    frame: Picture,
    look: Look,
    *,
    view: View,
    phase: float | None,
    foot: tuple[float, float],
    pixels: float,
) -> None:
    """Draw a person `pixels` high whose soles stand at `foot` (column, row).

    `phase` counts double steps; None is a standing person.
    """
    step = None if phase is None else round(phase * PHASES) % PHASES
    person, shadow = _figure(look, view, step, max(6, round(pixels)))
    shadow.draw(frame, *foot)
    person.draw(frame, *foot)


@lru_cache(maxsize=_FIGURES)
def _figure(look: Look, view: View, phase: int | None, pixels: int) -> tuple[Sprite, Sprite]:
    large = _large(look, view, phase)
    factor, anchor = pixels / FIGURE, (float(_MIDDLE), float(_SOLE))
    return scaled(large, anchor, factor), cast(large, anchor, factor)


@lru_cache(maxsize=_LARGE_FIGURES)
def _large(look: Look, view: View, phase: int | None) -> Picture:
    if view is View.LEFT:
        return np.ascontiguousarray(_large(look, View.RIGHT, phase)[:, ::-1])
    paint = FigurePaint()
    angle = 2 * pi * (phase or 0) / PHASES
    if view is View.RIGHT:
        _side(paint, look, angle, walking=phase is not None)
    else:
        _facing(paint, look, angle, front=view is View.FRONT)
    return paint.finish()


class FigurePaint:
    """A transparent canvas on which limbs are drawn at twice the size and then smoothed."""

    def __init__(self, rows: int = _ROWS, columns: int = _COLUMNS) -> None:
        self._size = (columns, rows)
        self._picture: Picture = np.zeros((rows * _FINE, columns * _FINE, 4), np.uint8)

    def limb(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        """A thick line with round ends."""
        for first, second in pairwise(points):
            cv2.line(
                self._picture,
                _fixed(first),
                _fixed(second),
                (*colour, 255),
                max(1, round(width * _FINE)),
                cv2.LINE_AA,
                _SHIFT,
            )

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """A filled polygon."""
        corners = np.asarray([_fixed(point) for point in points], np.int32)
        cv2.fillPoly(self._picture, [corners], (*colour, 255), cv2.LINE_AA, _SHIFT)

    def oval(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        colour: Colour,
        *,
        start: float = 0.0,
        end: float = 360.0,
        width: float = 0.0,
    ) -> None:
        """An ellipse or a sector of one, degrees clockwise from the right; a ring with `width`."""
        thickness = round(width * _FINE) if width else -1
        cv2.ellipse(
            self._picture, _fixed(centre), _fixed(radii), 0, start, end, (*colour, 255),
            thickness, cv2.LINE_AA, _SHIFT,
        )  # fmt: skip

    def finish(self) -> Picture:
        """The canvas at its size, lit from the upper left."""
        small = cv2.resize(self._picture, self._size, interpolation=cv2.INTER_AREA)
        solid = small[..., 3].astype(np.float32) / 255
        edge = cv2.GaussianBlur(solid, (0, 0), 4)
        across = cv2.Sobel(edge, cv2.CV_32F, 1, 0) - 0.4 * cv2.Sobel(edge, cv2.CV_32F, 0, 1)
        light = np.clip(1 + 1.1 * across, 0.62, 1.22)[..., None]
        coloured = small[..., :3] / np.maximum(solid, 1 / 255)[..., None] * light
        picture = np.dstack((np.clip(coloured, 0, 255), small[..., 3]))
        return picture.astype(np.uint8)


def _fixed(point: tuple[float, float]) -> tuple[int, int]:
    scale = _FINE << _SHIFT
    return round(point[0] * scale), round(point[1] * scale)


def _darker(colour: Colour, factor: float = 0.74) -> Colour:
    blue, green, red = colour
    return round(blue * factor), round(green * factor), round(red * factor)


def _leg(hip: tuple[float, float], swing: float, bend: float) -> list[tuple[float, float]]:
    """Hip, knee, ankle and toe of a leg seen from the side; angles in degrees."""
    thigh, shin = radians(swing), radians(swing - bend)
    knee = (hip[0] + 40 * sin(thigh), hip[1] + 40 * cos(thigh))
    ankle = (knee[0] + 42 * sin(shin), knee[1] + 42 * cos(shin))
    toe = (ankle[0] + 11 * cos(shin), ankle[1] + 5 - 11 * sin(shin))
    return [hip, knee, ankle, toe]


def _side(paint: FigurePaint, look: Look, angle: float, *, walking: bool) -> None:
    """A person who looks to the right."""
    rise = 1.5 * cos(2 * angle)
    hip, neck = (65.0, 90.0 - rise), (67.0, 44.0 - rise)
    far, near = sin(angle + pi), sin(angle)
    for part, side in ((far, -1), (near, 1)):
        shade = 0.7 if side < 0 else 1.0
        lifted = max(0.0, cos(angle + (pi if side < 0 else 0)))
        bend = 8 + 42 * lifted if walking else 3.0
        leg = _leg(hip, 27 * part, bend)
        paint.limb(leg[:3], _darker(look.trousers, shade), 14)
        paint.limb(leg[2:], (30, 28, 28), 8)
        if side < 0:
            _side_arm(paint, look, neck, -24 * part, 0.7)
            _side_body(paint, look, hip, neck)
    _side_arm(paint, look, neck, -24 * near, 0.9)
    _head(paint, look, (neck[0] + 2, neck[1] - 18), turned=1)


def _side_body(
    paint: FigurePaint, look: Look, hip: tuple[float, float], neck: tuple[float, float]
) -> None:
    paint.shape(
        [
            (neck[0] - 10, neck[1] + 2), (neck[0] + 8, neck[1] + 2), (hip[0] + 13, hip[1] - 18),
            (hip[0] + 11, hip[1] + 8), (hip[0] - 11, hip[1] + 8), (hip[0] - 13, hip[1] - 20),
        ],
        look.shirt,
    )  # fmt: skip
    if look.skirt:
        skirt = [(-11, -4), (11, -4), (18, 36), (-18, 36)]
        paint.shape([(hip[0] + x, hip[1] + y) for x, y in skirt], look.trousers)


def _side_arm(
    paint: FigurePaint, look: Look, neck: tuple[float, float], swing: float, shade: float
) -> None:
    upper, lower = radians(swing), radians(swing + 22)
    shoulder = (neck[0] - 1, neck[1] + 8)
    elbow = (shoulder[0] + 26 * sin(upper), shoulder[1] + 26 * cos(upper))
    hand = (elbow[0] + 24 * sin(lower), elbow[1] + 24 * cos(lower))
    paint.limb([shoulder, elbow], _darker(look.shirt, shade), 11)
    paint.limb([elbow, hand], _darker(look.shirt, shade * 0.95), 9)
    paint.oval(hand, (5, 5), look.skin)
    if look.bag and shade > 0.8:
        paint.shape(
            [(hand[0] + x, hand[1] + y) for x, y in ((-9, 4), (9, 4), (11, 30), (-11, 30))],
            look.bag,
        )


def _facing(paint: FigurePaint, look: Look, angle: float, *, front: bool) -> None:
    """A person walking towards the camera or away from it."""
    sway = 1.6 * sin(angle)
    for side in (-1, 1):
        step = sin(angle) * side
        lift = max(0.0, step) * 13
        hip = (65 + 8 * side + sway, 90.0)
        foot = (65 + 9 * side + sway * 0.4, 171.0 - lift)
        knee = ((hip[0] + foot[0]) / 2 + side, 132 - lift * 0.55)
        paint.limb([hip, knee, foot], _darker(look.trousers, 1.0 if step > 0 else 0.84), 15)
        paint.oval((foot[0], foot[1] + 3), (7, 4), (30, 28, 28))
    for side in (-1, 1):
        swing = sin(angle) * side
        shoulder, elbow = (65 + 19 * side + sway, 52.0), (65 + 25 * side + sway, 76 + 2 * swing)
        hand = (65 + 24 * side + sway - 2 * side * max(0.0, swing), 98 - 5 * swing)
        paint.limb([shoulder, elbow, hand], _darker(look.shirt, 0.88), 10)
        paint.oval(hand, (5, 5), look.skin)
        if look.bag and side > 0:
            bag = ((-8, 4), (8, 4), (10, 28), (-10, 28))
            paint.shape([(hand[0] + x, hand[1] + y) for x, y in bag], look.bag)
    body = [(-20, 46), (20, 46), (17, 72), (18, 98), (-18, 98), (-17, 72)]
    paint.shape([(65 + x + sway, float(y)) for x, y in body], look.shirt)
    if look.skirt:
        skirt = [(-17, 86), (17, 86), (24, 128), (-24, 128)]
        paint.shape([(65 + x + sway, float(y)) for x, y in skirt], look.trousers)
    _head(paint, look, (65 + sway, 26.0), turned=0 if front else -1)


def _head(paint: FigurePaint, look: Look, centre: tuple[float, float], *, turned: int) -> None:
    """A head without a face: `turned` is 1 to the right, 0 to the camera, -1 away from it."""
    x, y = centre
    paint.limb([(x - 1, y + 10), (x - 2, y + 20)], _darker(look.skin, 0.85), 10)
    paint.oval((x, y), (11.5, 14), look.skin if turned >= 0 else look.hair)
    if turned == 1:
        paint.oval((x - 2, y - 2), (12.5, 13.5), look.hair, start=95, end=318)
    elif turned == 0:
        paint.oval((x, y - 3), (12.5, 13), look.hair, start=175, end=365)
    if look.hat is Hat.STRAW:
        paint.shape([(x - 25, y - 3), (x, y - 21), (x + 25, y - 3)], (120, 176, 206))
        paint.oval((x, y - 3), (25, 5), (96, 150, 184))
    elif look.hat is Hat.CAP:
        paint.oval((x, y - 4), (13, 12), _darker(look.shirt, 0.8), start=180, end=360)
        paint.limb([(x + 4 * turned, y - 4), (x + 16 * max(turned, 0) + 6, y - 3)], look.shirt, 4)
