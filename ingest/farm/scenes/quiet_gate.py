"""The village gate: a stone archway with lanterns, and now and then somebody on the road."""

from __future__ import annotations

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.animals import Animal, animal
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.frontage import paint_panel, paint_roof
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import looks
from ingest.farm.scenes.scene import Scene, tree_actor, walker
from ingest.farm.scenes.texture import Colour
from ingest.farm.scenes.vehicles import rider
from ingest.farm.scenes.village import House

NAME = "quiet_gate"
_PILLARS = (-5.4, -2.9, 2.9, 5.4)
_AT = 22.0
_STONE: Colour = (168, 176, 182)


def build(seed: int) -> Scene:
    """Walkers at 14, 66 and 136 s, e-bikes at 38 and 112 s, a dog at 84 s."""
    rng, lens = np.random.default_rng(seed), Lens(focal=520, height=4.8, horizon=92.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    people = looks(rng, 5)
    actors = [
        walker(lens, people[0], Track(14, (1.3, 58)).to((0.9, 7), speed=1.3)),
        rider(lens, people[1], (60, 70, 190), Track(38, (-0.9, 7)).to((-0.7, 80), speed=5.6)),
        walker(lens, people[2], Track(66, (-1.4, 7.5)).to((-1.2, 60), speed=1.25)),
        animal(lens, Animal.DOG, Track(84, (-8, 15)).to((0, 14), (9, 16), speed=1.2)),
        rider(lens, people[3], (120, 160, 90), Track(112, (1.0, 80)).to((0.9, 7), speed=6.2)),
        walker(lens, people[4], Track(136, (8, 13)).to((-1.0, 16), (-1.0, 50), speed=1.3)),
        animal(
            lens, Animal.HEN, Track(-1, (6.6, 16.5)).stay(50).to((5.8, 15.8), speed=0.12).stay(181)
        ),
        animal(
            lens, Animal.HEN, Track(-1, (7.4, 15.8)).stay(90).to((6.8, 16.4), speed=0.12).stay(181)
        ),
    ]
    for x, z, height, crown in (
        (-8.6, 20, 6.5, 2.5),
        (9.0, 21, 6.2, 2.4),
        (-8, 44, 8, 3),
        (9, 48, 8, 3.2),
    ):
        actors.append(tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown)))
    return Scene(NAME, lens, actors).furnish(backdrop, rng)


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    village.paint_ground(backdrop, texture.grass(rng, 60, 40, (84, 138, 120)), (-70, 70), (28, 120))
    village.paint_ground(backdrop, texture.earth(rng, 50, 24, (110, 140, 148)), (-25, 25), (6, 30))
    village.paint_ground(
        backdrop, texture.concrete(rng, 5, 114, (164, 170, 174)), (-2.5, 2.5), (6, 120)
    )
    for house in (
        House(-1, 4.4, 54, 72, doors=(5,)),
        House(1, 4.6, 50, 70, doors=(6,), colour=village.CREAM),
        House(-1, 5.2, 33, 50, doors=(6,), windows=(10,), lanterns=True),
        House(1, 5.4, 34, 47, doors=(4,), windows=(8,)),
    ):
        village.paint_house(backdrop, rng, house)
    _gate(backdrop, rng)
    for x in (-3.6, 3.6):
        _lion(backdrop, x, _AT - 1.2)
    for foot in ((-6.4, 0.0, 21.0), (6.4, 0.0, 21.0)):
        village.paint_pot(backdrop, rng, foot)


def _gate(backdrop: Backdrop, rng: np.random.Generator) -> None:
    """Four pillars, beams with a red tablet, three roofs, and lanterns."""
    z = _AT
    backdrop.shadow([(-5.6, 0, z), (7.4, 0, z), (7.8, 0, z + 1.0), (-4.6, 0, z + 1.0)], 0.36, 6)
    for x in _PILLARS:
        paint_panel(backdrop, (x - 0.28, x + 0.28), (0, 4.6), z, _STONE)
        paint_panel(backdrop, (x + 0.12, x + 0.28), (0, 4.6), z, (140, 148, 154))
        paint_panel(backdrop, (x - 0.45, x + 0.45), (0, 0.5), z - 0.1, (146, 152, 158))
    paint_panel(backdrop, (-5.6, 5.6), (3.3, 3.75), z, (150, 158, 164))
    paint_panel(backdrop, (-2.9, 2.9), (4.0, 5.2), z, _STONE)
    paint_panel(backdrop, (-1.7, 1.7), (4.2, 5.0), z - 0.02, (40, 40, 150))
    for place in (-1.1, -0.37, 0.37, 1.1):
        paint_panel(backdrop, (place - 0.2, place + 0.2), (4.4, 4.8), z - 0.03, (70, 190, 224))
    paint_roof(backdrop, rng, (-5.9, -2.6), (4.7, 5.5), z, depth=1.0)
    paint_roof(backdrop, rng, (2.6, 5.9), (4.7, 5.5), z, depth=1.0)
    paint_roof(backdrop, rng, (-3.5, 3.5), (5.4, 6.4), z, depth=1.2)
    for x in (-4.15, -1.6, 1.6, 4.15):
        village.paint_lantern(backdrop, (x, 3.3, z - 0.3), 0.34)


def _lion(backdrop: Backdrop, x: float, z: float) -> None:
    """A stone lion on its plinth."""
    paint_panel(backdrop, (x - 0.4, x + 0.4), (0.0, 0.6), z, (140, 146, 150))
    paint_panel(backdrop, (x + 0.2, x + 0.4), (0.0, 0.6), z, (118, 124, 128))
    for up, wide, tall in ((0.9, 0.32, 0.34), (1.25, 0.26, 0.26)):
        backdrop.oval((x, up, z), (wide, tall), (150, 157, 162))
    backdrop.oval((x + 0.1, 1.0, z), (0.2, 0.3), (132, 138, 143))
    for side in (-0.16, 0.16):
        backdrop.line((x + side, 0.6, z), (x + side, 1.0, z), (156, 162, 166), 0.14)
