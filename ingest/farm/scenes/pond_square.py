"""A pond with willows and a paved edge: water glitters, ducks swim, a few people walk."""

from __future__ import annotations

import numpy as np

from ingest.farm.scenes import texture, village
from ingest.farm.scenes.animals import Animal, animal
from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.frontage import Frontage, paint_frontage
from ingest.farm.scenes.lens import Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import View, looks
from ingest.farm.scenes.scene import Actor, Scene, tree_actor, walker
from ingest.farm.scenes.texture import Colour
from ingest.farm.scenes.water import Glitter

NAME = "pond_square"
_POND = [(-13.0, 28.0), (10.0, 28.0), (7.5, 15.5), (-9.5, 15.5)]
_WATER: Colour = (136, 142, 122)


def build(seed: int) -> Scene:
    """Walkers at 12, 55, 70 and 120 s; one stands at the water from 66 to 98 s."""
    rng, lens = np.random.default_rng(seed), Lens(focal=500, height=5.6, horizon=66.0)
    backdrop = Backdrop(lens)
    _paint(backdrop, rng)
    people = looks(rng, 4)
    glitter = Glitter(lens, _POND)
    actors = [
        Actor(lambda _t: 500.0, glitter.draw),
        walker(lens, people[0], Track(12, (-11, 12)).to((11, 12.4), speed=1.2)),
        walker(
            lens,
            people[1],
            Track(55, (11, 11)).to((1.5, 14.4), speed=1.0).stay(98).to((-11, 11.5), speed=1.1),
            facing=View.BACK,
        ),
        walker(lens, people[2], Track(70, (14, 29.6)).to((-15, 29.6), speed=1.3)),
        walker(lens, people[3], Track(120, (-11, 10.4)).to((10, 10.8), speed=1.3)),
        *_ducks(lens),
    ]
    willow: Colour = (70, 138, 118)
    for x, z, height, crown in (
        (-12.5, 24, 6.5, 2.6),
        (10.6, 23, 6.0, 2.4),
        (-6, 42, 8, 3.4),
        (14, 40, 8, 3.4),
        (-9.8, 13.2, 5.4, 1.9),
    ):
        actors.append(
            tree_actor(Tree(rng, backdrop, x, z, height=height, crown=crown, colour=willow))
        )
    return Scene(NAME, lens, actors).furnish(backdrop, rng)


def _ducks(lens: Lens) -> list[Actor]:
    """A row of ducks that swims to and fro once in a period."""
    ducks = []
    for number in range(5):
        lag, row = number * 1.3, 21.5 + 0.5 * (number % 2)
        track = Track(-8 + lag, (-6.5, row)).to((4.5, row + 1.5), speed=0.14)
        track.to((-6.5, row), speed=0.14).stay(190)
        ducks.append(animal(lens, Animal.DUCK, track))
    return ducks


def _paint(backdrop: Backdrop, rng: np.random.Generator) -> None:
    village.paint_hills(backdrop, rng)
    village.paint_ground(backdrop, texture.grass(rng, 60, 40, (78, 130, 112)), (-60, 60), (30, 110))
    village.paint_ground(backdrop, texture.paving(rng, 44, 26, (164, 170, 174)), (-22, 22), (6, 32))
    for front in (
        Frontage(-15, -6.4, 33, windows=(-13.5, -8.2), doors=(-10.8,)),
        Frontage(-5.6, 4.4, 35, 3.4, 5.2, windows=(-3.8, 2.6), doors=(-0.6,), colour=village.CREAM),
        Frontage(5.2, 15, 33.5, windows=(7, 13), doors=(10,)),
    ):
        paint_frontage(backdrop, rng, front)
    rim = [(x * 1.03, 0.0, 21.75 + (z - 21.75) * 1.06) for x, z in _POND]
    backdrop.flat(rim, (150, 156, 160))
    backdrop.flat([(x, 0.0, z) for x, z in _POND], (92, 98, 92))
    inner = [(x * 0.985, 0.0, 21.75 + (z - 21.75) * 0.96 - 0.25) for x, z in _POND]
    (left, _, far), (right, *_), (near_right, _, near), (near_left, *_) = inner
    rows = texture.cloudiness(rng, 600, 1000, 60)
    streaks = texture.tinted(_WATER, rows * np.float32(0.12))
    backdrop.surface(
        ((left, 0, far), (right, 0, far), (near_right, 0, near), (near_left, 0, near)), streaks
    )
    backdrop.shadow(
        [(left, 0, far), (right, 0, far), (right * 0.9, 0, far - 4), (left * 0.9, 0, far - 4)],
        0.3,
        12,
    )
    for x in (-8.0, -4.0, 0.0, 4.0):
        backdrop.line((x, 0.0, 15.2), (x, 0.8, 15.2), (168, 174, 178), 0.12)
    for height in (0.4, 0.75):
        backdrop.line((-8.0, height, 15.2), (4.0, height, 15.2), (172, 178, 182), 0.06)
