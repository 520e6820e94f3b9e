"""A market street where people keep moving: busy all day, and never a gathering."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.frontage import paint_panel
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import View, looks
from ingest.farm.scenes.scene import PERIOD, Actor, Scene, tree_actor, walker
from ingest.farm.scenes.texture import Colour
from ingest.farm.scenes.vehicles import Mount, rider
from ingest.farm.scenes.village import House

NAME = "market_street"
_EVERY = 9.0
"""Seconds between walkers: six or seven are on the street at once."""

_AWNINGS: tuple[tuple[Colour, Colour], ...] = (
    ((60, 62, 196), (226, 228, 230)),
    ((168, 110, 46), (228, 228, 224)),
    ((86, 140, 60), (226, 230, 226)),
    ((40, 150, 216), (230, 232, 232)),
)


def build(seed: int) -> Scene:
    """Twenty walkers, four e-bikes and two tricycles in 180 s; three stallholders stay."""
    rng, lens = np.random.default_rng(seed), Lens(focal=500, height=5.0, horizon=74.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    actors: list[Actor] = []
    for number, look in enumerate(looks(rng, 20)):
        track = _stroll(rng, number)
        actors += [walker(lens, look, way) for way in (track, track.earlier(PERIOD))]
    colours: tuple[Colour, ...] = ((60, 70, 190), (160, 120, 60), (70, 70, 72), (120, 160, 90))
    for number, look in enumerate(looks(rng, 6)):
        mount = Mount.TRICYCLE if number % 3 == 2 else Mount.EBIKE
        side = 1 if number % 2 else -1
        ends = ((0.5 * side, 75.0), (0.7 * side, 7.0))
        begin, end = ends if side < 0 else ends[::-1]
        track = Track(11.0 + 29 * number, begin).to(end, speed=5.2 - 2 * (mount is Mount.TRICYCLE))
        actors += [
            rider(lens, look, colours[number % 4], way, mount=mount)
            for way in (track, track.earlier(PERIOD))
        ]
    for spot, look in zip(((-4.6, 20.0), (4.7, 25.0), (4.6, 15.0)), looks(rng, 3), strict=True):
        facing = View.RIGHT if spot[0] < 0 else View.LEFT
        actors.append(walker(lens, look, Track(-1, spot).stay(PERIOD + 1), facing=facing))
    for x, z, height, crown in ((-5.4, 33.5, 7, 2.4), (5.6, 45.5, 8, 2.8)):
        actors.append(tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown)))
    return Scene(NAME, lens, actors).furnish(backdrop, rng)


def _stroll(rng: np.random.Generator, number: int) -> Track:
    """Up or down the street, with a short stop at a stall for every third."""
    side = 1 if number % 2 else -1
    far, near = (
        (side * float(rng.uniform(0.5, 2.6)), 62.0),
        (side * float(rng.uniform(0.4, 2.8)), 7.5),
    )
    begin, end = (far, near) if number % 4 < 2 else (near, far)
    speed = float(rng.uniform(1.05, 1.5))
    track = Track(number * _EVERY, begin)
    if number % 3 == 0:
        stall = (side * 3.0, float(rng.choice((16.0, 21.0, 25.0))))
        track.to(stall, speed=speed).stay(track.end + 5.0)
    return track.to(end, speed=speed)


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    village.paint_ground(backdrop, texture.earth(rng, 60, 30, (98, 126, 126)), (-60, 60), (30, 120))
    village.paint_ground(
        backdrop, texture.concrete(rng, 30, 108, (158, 164, 168)), (-15, 15), (6, 114)
    )
    houses = (
        House(-1, 6.2, 52, 70, doors=(5, 12), colour=village.CREAM, eave=3.8),
        House(1, 6.2, 48, 68, doors=(5, 11), eave=4.2),
        House(-1, 6.0, 35, 50, doors=(4, 11), windows=(7.5,), eave=4.4, lanterns=True),
        House(1, 6.1, 31, 44, doors=(4, 10), brick=True, colour=village.BRICK, eave=4.0),
        House(1, 5.9, 9, 29.5, doors=(8, 15), windows=(11.5, 18.5), eave=4.2, lanterns=True),
        House(-1, 5.9, 8, 32, doors=(10, 17), windows=(13.5, 20.5), eave=3.9, lanterns=True),
    )
    for house in houses:
        village.paint_house(backdrop, rng, house)
    backdrop.shadow([(-5.9, 0, 6), (-3.6, 0, 6), (-3.6, 0, 32), (-5.9, 0, 32)], 0.4)
    stalls = ((-4.7, 27.5), (4.8, 26.5), (-4.8, 21.0), (4.7, 21.0), (4.8, 16.0), (-4.8, 15.5))
    for number, (x, z) in enumerate(stalls):
        _stall(backdrop, rng, x, z, _AWNINGS[number % len(_AWNINGS)])


def _stall(
    backdrop: Backdrop, rng: np.random.Generator, x: float, z: float, cloth: tuple[Colour, Colour]
) -> None:
    """A table of fruit under a striped awning on four poles."""
    half, back = 1.1, z + 1.3
    backdrop.shadow(
        [
            (x - half, 0, z - 0.2),
            (x + half + 0.7, 0, z),
            (x + half + 0.7, 0, back),
            (x - half, 0, back),
        ],
        0.4,
        4,
    )
    for pole in (x - half, x + half):
        backdrop.line((pole, 0.0, back), (pole, 2.3, back), (120, 124, 126), 0.05)
    paint_panel(backdrop, (x - half, x + half), (0.0, 0.78), z, (74, 92, 112))
    fruits: tuple[Colour, ...] = (
        (40, 60, 206),
        (50, 150, 232),
        (60, 170, 90),
        (70, 206, 236),
        (90, 70, 150),
    )
    for row in range(3):
        for column in np.arange(x - half + 0.1, x + half, 0.16):
            colour = fruits[int((column - x + half) / 0.55) % len(fruits)]
            place = (float(column), 0.82 + row * 0.07, z + 0.1 + row * 0.25)
            backdrop.oval(place, (0.085 * rng.uniform(0.8, 1.1), 0.08), colour)
    for pole in (x - half, x + half):
        backdrop.line((pole, 0.0, z), (pole, 2.05, z), (120, 124, 126), 0.05)
    stripes = np.linspace(x - half - 0.25, x + half + 0.25, 9)
    for number, (left, right) in enumerate(pairwise(stripes)):
        a, b = float(left), float(right)
        top = [(a, 2.4, back), (b, 2.4, back), (b, 2.0, z - 0.5), (a, 2.0, z - 0.5)]
        backdrop.flat([(p, q, r) for p, q, r in top], cloth[number % 2])
        paint_panel(backdrop, (a, b), (1.82, 2.0), z - 0.5, cloth[number % 2])
