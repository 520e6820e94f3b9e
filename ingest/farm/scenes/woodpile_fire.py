"""A wood pile beside a shed smokes, burns, and is put out by neighbours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.animals import Animal, animal
from ingest.farm.scenes.backdrop import Backdrop, World
from ingest.farm.scenes.fire import Flames, Ramp, Smoke
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.frontage import Frontage, paint_frontage
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import Look, View, looks
from ingest.farm.scenes.scene import Actor, Scene, Truth, TruthKind, tree_actor, walker
from ingest.farm.scenes.texture import Colour, Picture
from ingest.farm.scenes.village import House

NAME = "woodpile_fire"
SMOKES, BURNS, OUT = 20.0, 32.0, 110.0
"""Seconds: first smoke, first flames, flames out. Smoke hangs on for some seconds more."""

_PILE = (1.8, 17.0)
"""Middle of the pile on the ground, (x, z) metres."""

_WIDE, _HIGH, _DEEP = 3.4, 1.25, 1.3


def build(seed: int) -> Scene:
    """Someone passes at 3 s; neighbours come at 84 s and throw water from 92 s on."""
    rng, lens = np.random.default_rng(seed), Lens(focal=640.0, height=4.8, horizon=66.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    x, z = _PILE
    scale = lens.scale(z)
    top = lens.point(x + 0.1, _HIGH * 0.75, z - _DEEP / 2)
    smoke = Smoke(rng, top, 1.7 * scale, Ramp(SMOKES, 30.0, OUT, 122.0))
    flames = Flames(rng, (top[0], top[1] + 0.25 * scale), 2.9 * scale, Ramp(BURNS, 46.0, 98.0, OUT))
    people = [replace(look, height=1.68) for look in looks(rng, 6)]
    actors = [
        Actor(lambda _t: z - _DEEP, smoke.draw),
        Actor(lambda _t: z - _DEEP + 0.1, flames.draw),
        walker(lens, people[0], Track(3, (-7, 13)).to((9, 12.4), speed=1.3)),
        walker(lens, people[1], Track(134, (9, 12)).to((-7.5, 13), speed=1.2)),
        *(_helper(lens, look, number) for number, look in enumerate(people[2:5])),
        animal(
            lens,
            Animal.HEN,
            Track(0, (-3, 14)).to((-2.2, 13.5), speed=0.12).stay(26).to((-6.5, 11), speed=0.6),
        ),
        animal(
            lens,
            Animal.HEN,
            Track(0, (-3.8, 13)).to((-3.2, 13.2), speed=0.1).stay(29).to((-6.5, 10.5), speed=0.7),
        ),
        animal(
            lens,
            Animal.DOG,
            Track(36, (-7, 12.8)).to((-1.6, 13.4), speed=1.4).stay(70).to((-7, 12), speed=1.8),
        ),
    ]
    trees = (
        (-6.6, 29.0, 7.5, 2.8),
        (8.6, 27.0, 8.0, 3.0),
        (0.5, 44.0, 8.0, 3.4),
        (-13, 46, 9, 4),
    )
    actors.extend(
        tree_actor(Tree(rng, backdrop, place[0], place[1], height=place[2], crown=place[3]))
        for place in trees
    )
    smoke_zone, flame_zone = _zone(lens, 3.0, 6.5), _zone(lens, 2.2, 3.2)
    truth = (
        Truth(TruthKind.SMOKE, SMOKES, OUT + Smoke.LIFE, smoke_zone),
        Truth(TruthKind.FLAMES, BURNS, OUT, flame_zone),
    )
    scene = Scene(NAME, lens, actors, truth).furnish(backdrop, rng)
    scene.actors.append(_charring(lens))
    return scene


def _zone(lens: Lens, half: float, high: float) -> tuple[tuple[float, float], ...]:
    x, z = _PILE
    corners = ((x - half, high), (x + half, high), (x + half, 0.0), (x - half, 0.0))
    return tuple(lens.fraction(a, y, z - _DEEP / 2) for a, y in corners)


def _helper(lens: Lens, look: Look, number: int) -> Actor:
    """A neighbour who comes with a bucket, works at the fire, and goes when it is out."""
    x, z = _PILE
    place = (x - 2.2 + 1.9 * number, z - 2.6 - 0.5 * (number % 2))
    track = Track(84 + 2.5 * number, (-7.5, 11.5 + number)).to(place, speed=2.4)
    for round_trip in range(4):
        track.stay(96.0 + 5 * round_trip + number)
        track.to((place[0] - 0.5, place[1] - 0.5), place, speed=0.9)
    track.stay(126.0 + number).to((-7.5, 11.0 + number), speed=1.3)
    return walker(lens, look, track, facing=View.BACK)


def _charring(lens: Lens) -> Actor:
    """The pile turns black while it burns; by the end of the period it has been renewed."""
    x, z = _PILE
    left, top = lens.point(x - _WIDE / 2, _HIGH * 1.1, z - _DEEP / 2)
    right, bottom = lens.point(x + _WIDE / 2, 0.0, z - _DEEP / 2)
    rows, columns = slice(round(top), round(bottom)), slice(round(left), round(right))
    black = Ramp(BURNS, 80.0, 150.0, 178.0)

    def draw(frame: Picture, t: float) -> None:
        strength = black.at(t)
        if strength > 0:
            part = frame[rows, columns]
            part[:] = cv2.convertScaleAbs(part, alpha=1 - 0.6 * strength)

    return Actor(lambda _t: z, draw)


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    field = texture.grass(rng, 60, 40, (72, 128, 112))
    village.paint_ground(backdrop, field, (-60, 60), (26, 110))
    village.paint_ground(backdrop, texture.earth(rng, 50, 20, (112, 140, 156)), (-25, 25), (6, 27))
    road = texture.concrete(rng, 44, 4, (158, 164, 168))
    village.paint_ground(backdrop, road, (-22, 22), (11, 14))
    for house in (
        House(-1, 6.2, 30, 42, windows=(4, 9), colour=village.CREAM),
        House(1, 9.0, 31, 44, doors=(5,), windows=(9,), eave=3.5),
    ):
        village.paint_house(backdrop, rng, house)
    paint_frontage(
        backdrop, rng, Frontage(-6.4, 5.2, 19.2, doors=(-3.2,), windows=(-5.4, -0.6, 4.2))
    )
    _pile(backdrop, rng)
    village.paint_pole(backdrop, (6.6, 0, 15.2))
    village.paint_wires(backdrop, (6.6, 7.0, 15.2), (-9.0, 7.2, 30.0))
    for foot in ((-2.2, 0.0, 18.6), (-4.2, 0.0, 18.6)):
        village.paint_pot(backdrop, rng, foot)


def _pile(backdrop: Backdrop, rng: np.random.Generator) -> None:
    """Split logs, stacked, their cut ends towards the camera."""
    x, z = _PILE
    left, right, front = x - _WIDE / 2, x + _WIDE / 2, z - _DEEP / 2
    backdrop.shadow(
        [
            (left - 0.1, 0, front),
            (right + 1.1, 0, front + 0.4),
            (right + 1.1, 0, z + 0.9),
            (left, 0, z + 0.9),
        ],
        0.5,
        5,
    )
    body: list[World] = [
        (left, 0, front),
        (left + 0.1, _HIGH, front),
        (right - 0.1, _HIGH, front),
        (right, 0, front),
    ]
    backdrop.flat(body, (34, 44, 58))
    top: list[World] = [
        (left + 0.1, _HIGH, front),
        (left + 0.1, _HIGH, z + 0.6),
        (right - 0.1, _HIGH, z + 0.6),
        (right - 0.1, _HIGH, front),
    ]
    backdrop.flat(top, (72, 96, 120))
    for row in range(9):
        for place in np.arange(left + 0.1, right - 0.08, 0.155):
            size = rng.uniform(0.055, 0.082)
            tone = rng.uniform(0.75, 1.2)
            end: Colour = (round(98 * tone), round(138 * tone), round(172 * tone))
            middle = (float(place) + (row % 2) * 0.07, 0.08 + row * 0.137, front)
            backdrop.oval(middle, (size, size), end)
            backdrop.oval(
                middle,
                (size * 0.3, size * 0.3),
                (round(70 * tone), round(98 * tone), round(130 * tone)),
            )
