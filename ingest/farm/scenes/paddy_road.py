"""A field road between paddies: wind runs through the rice, egrets come and go."""

from __future__ import annotations

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.animals import Animal, animal
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import Hat, Look, View, looks
from ingest.farm.scenes.scene import Actor, Scene, tree_actor, walker
from ingest.farm.scenes.texture import Colour
from ingest.farm.scenes.vehicles import Mount, rider
from ingest.farm.scenes.village import House
from ingest.farm.scenes.water import Waves

NAME = "paddy_road"
_RICE: Colour = (62, 142, 118)
_LEFT = [(-40.0, 46.0), (-3.4, 46.0), (-3.4, 7.0), (-9.0, 7.0)]
_RIGHT = [(3.4, 46.0), (40.0, 46.0), (9.0, 7.0), (3.4, 7.0)]


def build(seed: int) -> Scene:
    """A tricycle at 28 s, an e-bike at 95 s, walkers at 50 and 130 s; a farmer in the field."""
    rng, lens = np.random.default_rng(seed), Lens(focal=500, height=5.0, horizon=104.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    people = looks(rng, 4)
    farmer = Look((120, 96, 60), (60, 62, 66), hat=Hat.STRAW)
    actors = [Actor(lambda _t: 500.0, Waves(lens, side).draw) for side in (_LEFT, _RIGHT)]
    actors += [
        rider(
            lens,
            people[0],
            (150, 120, 60),
            Track(28, (0.8, 90)).to((0.6, 6.5), speed=3.6),
            mount=Mount.TRICYCLE,
        ),
        rider(lens, people[1], (60, 70, 190), Track(95, (-0.7, 7)).to((-0.6, 90), speed=6.0)),
        walker(lens, people[2], Track(50, (-1.1, 70)).to((-0.9, 7), speed=1.35)),
        walker(lens, people[3], Track(130, (1.0, 7.5)).to((0.9, 50), speed=1.2)),
        walker(
            lens,
            farmer,
            Track(-1, (-9.6, 25))
            .stay(40)
            .to((-8.2, 24), speed=0.3)
            .stay(100)
            .to((-9.6, 25), speed=0.3)
            .stay(181),
            facing=View.RIGHT,
        ),
        animal(
            lens,
            Animal.EGRET,
            Track(-1, (6.2, 17)).stay(30).to((7.0, 17.4), speed=0.15).stay(181),
            above=0.5,
        ),
        animal(
            lens,
            Animal.EGRET,
            Track(-1, (8.5, 22)).stay(74).to((7.8, 21.4), speed=0.14).stay(181),
            above=0.5,
        ),
        animal(lens, Animal.EGRET, Track(-1, (-6.0, 18)).stay(181), above=0.5),
        animal(lens, Animal.EGRET_FLYING, Track(16, (-20, 34)).to((22, 30), speed=5.0), above=3.4),
        animal(lens, Animal.EGRET_FLYING, Track(17, (-22, 37)).to((22, 33), speed=5.0), above=4.2),
        animal(lens, Animal.EGRET_FLYING, Track(110, (20, 40)).to((-22, 26), speed=5.4), above=3.0),
    ]
    for x, z, height, crown in (
        (-20, 60, 9, 4),
        (-14, 64, 8, 3.6),
        (17, 62, 9, 4),
        (4.2, 38, 5.5, 1.8),
        (-4.2, 52, 6, 2),
    ):
        actors.append(tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown)))
    return Scene(NAME, lens, actors).furnish(backdrop, rng)


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    village.paint_ground(backdrop, texture.grass(rng, 60, 40, (84, 146, 128)), (-80, 80), (44, 120))
    for house in (
        House(-1, 24, 66, 78, windows=(4,)),
        House(1, 22, 64, 78, doors=(5,), colour=village.CREAM),
    ):
        village.paint_house(backdrop, rng, house)
    rice = texture.grass(rng, 60, 40, _RICE)
    _rows(rice)
    village.paint_ground(backdrop, rice, (-45, 45), (6, 46))
    for z in (14.0, 21.0, 31.0, 46.0):
        bank = texture.earth(rng, 60, 1, (78, 118, 116))
        village.paint_ground(backdrop, bank, (-60, 60), (z, z + z * 0.03))
    for side in (-1, 1):
        edges = (side * 3.5, side * 2.1)
        verge = texture.grass(rng, 4, 60, (76, 130, 128))
        village.paint_ground(backdrop, verge, (min(edges), max(edges)), (6, 120))
        ditch = [
            (side * 3.5, 0.0, 6.0),
            (side * 3.9, 0.0, 6.0),
            (side * 3.9, 0.0, 90.0),
            (side * 3.5, 0.0, 90.0),
        ]
        backdrop.flat(ditch, (128, 124, 98))
    village.paint_ground(
        backdrop, texture.concrete(rng, 4.2, 114, (164, 172, 178)), (-2.1, 2.1), (6, 120)
    )
    for z in (52.0, 34.0, 19.0):
        village.paint_pole(backdrop, (2.9, 0, z), 6.6)
    village.paint_wires(backdrop, (2.9, 6.2, 34), (2.9, 6.2, 52), 0.4)
    village.paint_wires(backdrop, (2.9, 6.2, 19), (2.9, 6.2, 34), 0.4)
    village.paint_wires(backdrop, (2.9, 6.2, 19), (2.9, 6.4, 6), 0.3)


def _rows(rice: texture.Picture) -> None:
    """Rice stands in rows: darker water between them."""
    column = np.arange(rice.shape[1])
    between = np.cos(column * (2 * np.pi / (0.42 * texture.DENSITY))) > 0.55
    rice[:, between] = (rice[:, between] * 0.66 + np.asarray((30, 32, 26))).astype(np.uint8)
