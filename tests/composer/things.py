"""Things that get left in a lane: drawn large with texture, lit from the upper left."""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np

from ingest.farm.scenes.people import FigurePaint
from tests.composer.cutout import Cutout

_SIZE = 220


class Thing(StrEnum):
    CRATE = "crate"
    BAGS = "bags"
    SAND = "sand"
    TREE = "tree"
    BICYCLE = "bicycle"
    SCOOTER = "scooter"
    BAG = "bag"


HEIGHTS = {
    Thing.CRATE: 1.0,
    Thing.BAGS: 0.8,
    Thing.SAND: 1.1,
    Thing.TREE: 1.5,
    Thing.BICYCLE: 1.1,
    Thing.SCOOTER: 1.15,
    Thing.BAG: 0.55,
}
"""Metres."""


def thing(kind: Thing, rng: np.random.Generator) -> Cutout:
    """One of its kind; another for another state of the generator."""
    paint = FigurePaint(_SIZE, _SIZE * 2)
    _DRAWERS[kind](paint, rng)
    picture = paint.finish()
    rough = {Thing.SAND: 0.14, Thing.TREE: 0.2, Thing.BAGS: 0.07}.get(kind, 0.05)
    grain = 1 + rng.normal(0, rough, picture.shape[:2])[..., None]
    picture[..., :3] = np.clip(picture[..., :3] * grain, 0, 255)
    left, top, width, height = cv2.boundingRect(np.asarray(picture[..., 3]))
    picture = np.ascontiguousarray(picture[top : top + height, left : left + width])
    return Cutout(picture, (width / 2, float(height - 2)), float(height))


def _crate(paint: FigurePaint, rng: np.random.Generator) -> None:
    tone = float(rng.uniform(0.8, 1.15))
    wood = (round(92 * tone), round(132 * tone), round(170 * tone))
    paint.shape([(120, 60), (270, 60), (270, 200), (120, 200)], wood)
    paint.shape([(120, 60), (160, 38), (310, 38), (270, 60)], (120, 162, 196))
    paint.shape([(270, 60), (310, 38), (310, 176), (270, 200)], (62, 92, 122))
    for row in range(66, 200, 22):
        paint.limb([(120, row), (270, row)], (54, 82, 108), 2)
    paint.limb([(128, 66), (262, 194)], (104, 146, 184), 9)


def _bags(paint: FigurePaint, rng: np.random.Generator) -> None:
    colours = [(38, 34, 34), (46, 44, 46), (120, 92, 50), (58, 58, 60)]
    for number in range(int(rng.integers(3, 6))):
        x = 130 + number * 44 + float(rng.uniform(-12, 12))
        tall = float(rng.uniform(42, 66))
        colour = colours[int(rng.integers(len(colours)))]
        for _ in range(6):
            lump = (x + float(rng.uniform(-18, 18)), 200 - tall * float(rng.uniform(0.25, 0.7)))
            paint.oval(lump, (float(rng.uniform(16, 26)), tall * 0.34), colour)
        knot = float(rng.uniform(-14, 14))
        paint.shape([(x + knot - 9, 196 - tall), (x + knot + 9, 196 - tall), (x, 165)], colour)
        paint.limb([(x - 16, 178 - tall * 0.4), (x - 6, 160 - tall * 0.3)], (120, 118, 116), 4)


def _sand(paint: FigurePaint, rng: np.random.Generator) -> None:
    peak = float(rng.uniform(190, 250))
    outline = [(70.0, 202.0)]
    for step in range(1, 12):
        x = 70 + step * 24.0
        rise = 1 - abs(x - peak) / (190 if x < peak else 170)
        outline.append((x, 202 - 120 * max(0.03, rise) ** 1.2 + float(rng.uniform(-4, 4))))
    paint.shape([*outline, (362, 202)], (112, 156, 186))
    for _ in range(30):
        x, y = float(rng.uniform(90, 340)), float(rng.uniform(175, 202))
        paint.oval((x, y), (5, 3), (92, 134, 164))


def _tree(paint: FigurePaint, rng: np.random.Generator) -> None:
    paint.limb([(60, 196), (200, 176), (330, 150)], (52, 66, 84), 17)
    for _ in range(14):
        x = float(rng.uniform(170, 350))
        end = (x + float(rng.uniform(-10, 60)), 160 + float(rng.uniform(-90, 36)))
        paint.limb([(x, 182 - (x - 60) * 0.11), end], (46, 60, 76), 5)
    for _ in range(170):
        x, y = float(rng.normal(285, 55)), float(rng.normal(132, 36))
        tone = float(rng.uniform(0.6, 1.2))
        colour = (round(44 * tone), round(98 * tone), round(66 * tone))
        paint.oval((min(x, 425), max(12.0, min(y, 202))), (11, 7), colour)


def _bicycle(paint: FigurePaint, rng: np.random.Generator) -> None:
    frame = [(40, 40, 160), (150, 90, 40), (60, 60, 62), (90, 130, 60)][int(rng.integers(4))]
    for x in (120.0, 280.0):
        paint.oval((x, 152), (48, 48), (34, 34, 36), width=7)
        paint.oval((x, 152), (7, 7), (120, 120, 122))
    saddle, head, crank = (170, 92), (250, 92), (195, 152)
    for line in (
        ((120, 152), saddle, head, (280, 152)),
        ((120, 152), crank, saddle),
        (crank, head),
    ):
        paint.limb([(float(x), float(y)) for x, y in line], frame, 8)
    paint.limb([(280, 152), (245, 66), (225, 60)], (50, 50, 52), 6)
    paint.limb([(150, 78), (188, 76)], (30, 30, 32), 12)
    paint.shape([(270, 70), (320, 70), (312, 110), (276, 110)], (110, 112, 116))


def _scooter(paint: FigurePaint, rng: np.random.Generator) -> None:
    body = [(50, 40, 150), (150, 120, 60), (190, 190, 194), (60, 54, 50)][int(rng.integers(4))]
    for x in (110.0, 290.0):
        paint.oval((x, 166), (34, 34), (34, 34, 36))
        paint.oval((x, 166), (14, 14), (150, 150, 152))
    paint.shape([(80, 120), (190, 112), (210, 150), (262, 150), (272, 90), (292, 92), (286, 160),
                 (130, 168), (84, 150)], body)  # fmt: skip
    paint.shape([(88, 96), (186, 92), (194, 112), (84, 118)], (36, 36, 38))
    paint.limb([(290, 164), (268, 62), (244, 52)], (46, 46, 48), 8)
    paint.oval((284, 84), (12, 12), (206, 216, 222))
    paint.limb([(200, 160), (190, 198)], (60, 60, 62), 5)


def _bag(paint: FigurePaint, rng: np.random.Generator) -> None:
    colour = [(40, 36, 36), (160, 160, 150), (60, 90, 150)][int(rng.integers(3))]
    paint.oval((220, 156), (52, 44), colour)
    paint.shape([(196, 128), (244, 128), (230, 92), (212, 92)], colour)
    paint.limb([(196, 150), (206, 120)], (150, 150, 150), 5)


_DRAWERS = {
    Thing.CRATE: _crate,
    Thing.BAGS: _bags,
    Thing.SAND: _sand,
    Thing.TREE: _tree,
    Thing.BICYCLE: _bicycle,
    Thing.SCOOTER: _scooter,
    Thing.BAG: _bag,
}
