"""A square before an ancestral hall that fills with people, and empties again."""

from __future__ import annotations

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.animals import Animal, animal
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.frontage import Frontage, paint_frontage
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Spot, Track
from ingest.farm.scenes.people import View, looks
from ingest.farm.scenes.scene import Scene, Truth, TruthKind, tree_actor, walker, zone_of
from ingest.farm.scenes.village import House

NAME = "square_gathering"
FULL, EMPTIES = 25.0, 110.0
"""Seconds between which at least fifteen people stand on the square."""

PEOPLE = 20
ZONE = [(-8.5, 26.0), (8.5, 26.0), (7.0, 12.5), (-7.0, 12.5)]
_ENTRIES: tuple[Spot, ...] = ((-15.0, 17.0), (15.0, 16.0), (-14.0, 25.0), (14.5, 24.0), (-8.0, 8.6))


def build(seed: int) -> Scene:
    """One walker crosses at 1 s; people come from 4 s on, talk, and go from 110 s on."""
    rng, lens = np.random.default_rng(seed), Lens(focal=520, height=6.0, horizon=52.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    crowd = looks(rng, PEOPLE)
    actors = [
        walker(lens, look, _visit(rng, number, spot), facing=_facing(spot))
        for number, (look, spot) in enumerate(zip(crowd, _places(rng), strict=True))
    ]
    passers = looks(rng, 3)
    actors += [
        walker(lens, passers[0], Track(0.5, (-9, 10.5)).to((12, 11.5), speed=1.5)),
        walker(lens, passers[1], Track(140, (14, 24)).to((-14, 18), speed=1.3)),
        walker(lens, passers[2], Track(152, (-14, 13)).to((12, 10.5), speed=1.4)),
        animal(lens, Animal.DOG, Track(128, (9, 14)).to((1, 19), (-12, 22), speed=1.3)),
    ]
    for x, z, height, crown in (
        (-10.5, 25, 7.5, 3.0),
        (11.0, 27, 8.0, 3.2),
        (-17, 40, 9, 4),
        (17, 42, 9, 4),
    ):
        actors.append(tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown)))
    truth = (Truth(TruthKind.GATHERING, FULL, EMPTIES, zone_of(lens, ZONE)),)
    return Scene(NAME, lens, actors, truth).furnish(backdrop, rng)


def _places(rng: np.random.Generator) -> list[Spot]:
    """Loose groups around the middle of the square; nobody stands on another's feet."""
    places: list[Spot] = []
    while len(places) < PEOPLE:
        angle, away = rng.uniform(0, 2 * np.pi), 5.2 * rng.uniform(0.05, 1) ** 0.6
        spot = (float(1.3 * away * np.cos(angle)), float(19.0 + 0.95 * away * np.sin(angle)))
        if all(np.hypot(spot[0] - x, spot[1] - z) > 0.95 for x, z in places):
            places.append(spot)
    return places


def _visit(rng: np.random.Generator, number: int, spot: Spot) -> Track:
    """In from an edge, a stay, for some a change of place, and out again."""
    entry = _ENTRIES[number % len(_ENTRIES)]
    speed = float(rng.uniform(1.45, 1.9))
    arrival = 14.5 + number * 0.52
    way = float(np.hypot(spot[0] - entry[0], spot[1] - entry[1]))
    track = Track(arrival - way / speed, entry).to(spot, speed=speed)
    if number % 4 == 1:
        other = (spot[0] * 0.6 + 0.9, spot[1] + 0.7)
        track.stay(45.0 + number * 1.8).to(other, speed=0.8)
    exit_ = _ENTRIES[(number * 3 + 1) % len(_ENTRIES)]
    return track.stay(EMPTIES + 0.2 + number * 0.6).to(exit_, speed=float(rng.uniform(1.2, 1.6)))


def _facing(spot: Spot) -> View:
    """People stand in a ring and look to its middle."""
    if abs(spot[0]) > 2.6:
        return View.LEFT if spot[0] > 0 else View.RIGHT
    return View.FRONT if spot[1] > 19 else View.BACK


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    village.paint_ground(
        backdrop, texture.earth(rng, 60, 40, (104, 132, 134)), (-60, 60), (28, 110)
    )
    village.paint_ground(backdrop, texture.paving(rng, 44, 24, (158, 164, 170)), (-22, 22), (6, 31))
    for house in (
        House(-1, 13.5, 30, 44, windows=(4, 9), colour=village.CREAM),
        House(1, 14.0, 31, 44, doors=(5,), windows=(9,)),
    ):
        village.paint_house(backdrop, rng, house)
    hall = Frontage(-8.5, 8.5, 31, 3.9, 6.3, doors=(-3.4, 0, 3.4), windows=(-6.6, 6.6))
    paint_frontage(backdrop, rng, hall)
    wings = (
        Frontage(-13.5, -8.6, 31.5, 3.2, 4.9, windows=(-11,)),
        Frontage(8.6, 14, 31.5, 3.2, 4.9, windows=(11.3,)),
    )
    for wing in wings:
        paint_frontage(backdrop, rng, wing)
    backdrop.shadow([(-13.5, 0, 31), (14, 0, 31), (14.5, 0, 30.2), (-13, 0, 30.2)], 0.3, 5)
    backdrop.shadow([(-11, 0, 24), (-6.5, 0, 25.5), (-6, 0, 27), (-10, 0, 26.5)], 0.34, 8)
    for x in (-6.4, -1.75, 1.75, 6.4):
        village.paint_pot(backdrop, rng, (x, 0.0, 30.0))
