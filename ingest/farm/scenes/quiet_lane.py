"""A quiet lane between white walls: now and then somebody passes, nothing that needs a person."""

from __future__ import annotations

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import looks
from ingest.farm.scenes.scene import Scene, tree_actor, walker
from ingest.farm.scenes.village import House

NAME = "quiet_lane"


def build(seed: int) -> Scene:
    """Walkers at 8, 60, 71 and 128 s."""
    rng, lens = np.random.default_rng(seed), Lens()
    backdrop = Backdrop(lens)
    paint(backdrop, rng)
    people = looks(rng, 4)
    tracks = (
        Track(8, (-1.2, 60)).to((-1.0, 7), speed=1.25),
        Track(60, (1.4, 7.5)).to((1.0, 60), speed=1.35),
        Track(71, (0.4, 58)).to((0.6, 7), speed=1.1),
        Track(128, (-0.4, 7.5)).to((-0.9, 50), speed=1.2),
    )
    actors = [walker(lens, look, track) for look, track in zip(people, tracks, strict=True)]
    trees = (
        (-3.7, 26.4, 6.5, 2.3),
        (3.9, 30.4, 7.5, 2.6),
        (4.9, 13.2, 5.2, 1.7),
        (5.5, 70.0, 9.0, 4.0),
    )
    for x, z, height, crown in trees:
        actors.append(tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown)))
    return Scene(NAME, lens, actors).furnish(backdrop, rng)


def paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    """Hills, the lane, its houses, poles and pots, from far to near."""
    village.paint_hills(backdrop, rng)
    village.paint_ground(backdrop, texture.earth(rng, 60, 30, (96, 124, 132)), (-60, 60), (30, 120))
    village.paint_ground(backdrop, texture.earth(rng, 50, 26, (112, 130, 138)), (-25, 25), (7, 33))
    village.paint_ground(
        backdrop, texture.concrete(rng, 5, 113, (158, 162, 164)), (-2.5, 2.5), (7, 120)
    )
    houses = (
        House(-1, 3.4, 44, 58, doors=(4, 10), colour=village.CREAM),
        House(1, 3.3, 46, 62, doors=(5,), windows=(10,), eave=3.6),
        House(1, 3.6, 31, 43, doors=(6,), windows=(2.5, 9.5), brick=True, colour=village.BRICK),
        House(-1, 3.2, 28.5, 42, doors=(3, 10), windows=(6.5,), lanterns=True),
        House(1, 3.2, 15, 29.5, doors=(4.5, 11), windows=(8,), eave=3.3, lanterns=True),
        House(-1, 3.5, 7, 24, doors=(12.5,), windows=(8, 15.5), eave=3.4, lanterns=True),
    )
    for house in houses:
        village.paint_house(backdrop, rng, house)
    backdrop.shadow([(-3.5, 0, 7), (-1.5, 0, 7), (-1.6, 0, 24), (-3.5, 0, 24)])
    backdrop.shadow([(-3.2, 0, 28.5), (-1.4, 0, 28.5), (-1.4, 0, 42), (-3.2, 0, 42)], soft=6)
    village.paint_pole(backdrop, (2.9, 0, 30.2))
    village.paint_wires(backdrop, (2.9, 7.0, 30.2), (2.4, 7.0, 62))
    village.paint_wires(backdrop, (2.9, 7.0, 30.2), (3.4, 7.2, 8))
    for foot in ((-3.1, 0.0, 17.0), (-3.0, 0.0, 22.6), (2.8, 0.0, 24.0), (2.8, 0.0, 17.0)):
        village.paint_pot(backdrop, rng, foot)
