"""A minivan stops across a lane, stays while its driver is in a house, and leaves again."""

from __future__ import annotations

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.animals import Animal, animal
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import View, looks
from ingest.farm.scenes.scene import Scene, Truth, TruthKind, tree_actor, walker, zone_of
from ingest.farm.scenes.vehicles import Placing, rider, van_faces, vehicle
from ingest.farm.scenes.village import House

NAME = "lane_blocked"
STOPS, LEAVES = 20.0, 110.0
"""Seconds between which the van stands."""

ZONE = [(-2.3, 22.0), (2.3, 22.0), (2.3, 11.5), (-2.3, 11.5)]


def build(seed: int) -> Scene:
    """Someone walks through at 1 s; the van comes at 7 s; an e-bike turns back at 72 s."""
    rng, lens = np.random.default_rng(seed), Lens(height=5.0, horizon=70.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    people = looks(rng, 6)
    van = [
        Placing(7, 0.6, 95, 180),
        Placing(14, 0.6, 30, 180),
        Placing(16.5, 0.5, 20.5, 190),
        Placing(18.4, 0.1, 17.0, 222),
        Placing(STOPS, -0.35, 15.9, 238),
        Placing(LEAVES, -0.35, 15.9, 238),
        Placing(113, 0.0, 13.6, 205),
        Placing(116, 0.3, 7.0, 182),
        Placing(118, 0.4, 1.5, 180),
    ]
    actors = [
        vehicle(lens, van_faces((206, 208, 208)), van),
        walker(lens, people[0], Track(23, (1.5, 17.6)).to((2.9, 19.2), speed=1.2)),
        walker(lens, people[0], Track(103, (2.9, 19.2)).to((1.5, 17.6), speed=1.2)),
        walker(lens, people[1], Track(1, (1.7, 9)).to((1.2, 60), speed=1.4)),
        walker(lens, people[2], Track(40, (2.0, 60)).to((2.1, 8), speed=1.3)),
        walker(
            lens,
            people[3],
            Track(74, (-2.2, 8)).to((-2.1, 12.6), speed=1.1).stay(84).to((-2.2, 8), speed=1.2),
            facing=View.BACK,
        ),
        rider(
            lens,
            people[4],
            (60, 70, 190),
            Track(56, (-0.8, 80)).to((-0.8, 22.5), speed=6.5).stay(72).to((0.6, 80), speed=6.0),
        ),
        rider(lens, people[5], (150, 120, 60), Track(140, (0.9, 8)).to((0.8, 80), speed=5.5)),
        walker(
            lens,
            people[2],
            Track(124, (-1.4, 46)).to((-1.2, 24), speed=1.2).to((1.9, 9), speed=1.2),
        ),
        animal(lens, Animal.DOG, Track(120, (-1.6, 26)).to((-2.0, 12), (1.9, 10), speed=1.1)),
        animal(
            lens,
            Animal.HEN,
            Track(0, (3.4, 24))
            .to((3.6, 23), speed=0.1)
            .stay(60)
            .to((3.3, 25), speed=0.15)
            .stay(180),
        ),
    ]
    for x, z, height, crown in ((-3.9, 27.2, 7.0, 2.5), (4.2, 33.5, 7.5, 2.6), (-4.2, 70, 9, 4)):
        actors.append(tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown)))
    truth = (Truth(TruthKind.VEHICLE_STANDING, STOPS, LEAVES, zone_of(lens, ZONE)),)
    return Scene(NAME, lens, actors, truth).furnish(backdrop, rng)


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    village.paint_ground(backdrop, texture.earth(rng, 60, 30, (98, 126, 126)), (-60, 60), (30, 120))
    village.paint_ground(backdrop, texture.earth(rng, 50, 26, (118, 138, 148)), (-25, 25), (6, 33))
    village.paint_ground(
        backdrop, texture.concrete(rng, 5.4, 114, (166, 172, 176)), (-2.7, 2.7), (6, 120)
    )
    houses = (
        House(1, 3.6, 52, 70, doors=(6,), colour=village.CREAM),
        House(-1, 3.6, 46, 66, doors=(5, 12)),
        House(1, 3.5, 35.5, 50, doors=(7,), windows=(3, 11), eave=3.5),
        House(-1, 3.3, 30, 44, doors=(5,), windows=(9.5,), brick=True, colour=village.BRICK),
        House(1, 3.3, 14, 32, doors=(5.5, 14), windows=(2.4, 9, 16.5), lanterns=True, eave=3.3),
        House(-1, 3.4, 6, 25, doors=(10.5,), windows=(6.8, 14.5), eave=3.1, lanterns=True),
    )
    for house in houses:
        village.paint_house(backdrop, rng, house)
    backdrop.shadow([(-3.4, 0, 6), (-1.7, 0, 6), (-1.7, 0, 25), (-3.4, 0, 25)])
    backdrop.shadow([(-3.3, 0, 30), (-1.7, 0, 30), (-1.7, 0, 44), (-3.3, 0, 44)], soft=5)
    village.paint_pole(backdrop, (3.1, 0, 33.6), 7.0)
    village.paint_wires(backdrop, (3.1, 6.6, 33.6), (3.0, 6.8, 70))
    village.paint_wires(backdrop, (3.1, 6.6, 33.6), (3.4, 7.0, 9))
    for foot in ((-3.1, 0.0, 14.6), (-3.1, 0.0, 19.0), (2.95, 0.0, 17.4), (2.95, 0.0, 25.6)):
        village.paint_pot(backdrop, rng, foot)
