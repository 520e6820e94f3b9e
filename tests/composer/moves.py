"""Things in motion: people on their ways, vehicles that brake, wait and drive on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin

import numpy as np

from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import looks
from ingest.farm.scenes.scene import Actor, walker
from ingest.farm.scenes.texture import Picture
from tests.composer.cutout import Cutout, shadow, sprite
from tests.composer.footage import Passage
from tests.composer.places import Place
from tests.composer.walkers import Person, real_people

_DOUBLE_STEP = 1.4
"""Metres."""
_BRAKING = 3.0
"""Seconds from a drive to a stop."""

Spot = tuple[float, float]
"""(x, z) on the ground, metres."""
Colour = tuple[int, int, int]


def person(
    place: Place, rng: np.random.Generator, track: Track, shirt: Colour | None = None
) -> Actor:
    """Somebody on a track: a real walker in a real place where there are any, else a drawn one."""
    people = real_people()
    if not people or not place.real:
        look = looks(rng, 1)[0]
        if shirt is not None:
            look = type(look)(shirt, look.trousers, look.hair, height=look.height)
        return walker(place.lens, look, track)
    chosen = people[int(rng.integers(len(people)))]
    if shirt is not None:
        chosen = _dressed(chosen, shirt)
    return _real_walker(place, chosen, track, float(rng.uniform(1.55, 1.8)), rng)


def _dressed(who: Person, shirt: Colour) -> Person:
    return Person(
        tuple(each.recoloured(shirt, 0.16, 0.55) for each in who.steps),
        tuple(each.recoloured(shirt, 0.16, 0.55) for each in who.poses),
    )


def _real_walker(
    place: Place, who: Person, track: Track, height: float, rng: np.random.Generator
) -> Actor:
    steps = (who.steps, tuple(each.mirrored() for each in who.steps))
    poses = (who.poses, tuple(each.mirrored() for each in who.poses))
    own = float(rng.uniform(0, 100))
    turn = int(rng.integers(2))

    def draw(frame: Picture, t: float) -> None:
        pose = track.at(t)
        if pose is None:
            return
        if pose.dx == 0 and pose.dz == 0:
            # Shifts weight, and now and then looks elsewhere: people never stand like posts.
            mood = int((t + own) / 3.7)
            side = turn ^ (1 if mood * 7919 % 11 == 0 else 0)
            cutout = poses[side][mood * 31 % len(poses[side])]
            shear = round(1.4 * sin(0.9 * t + own) + 0.8 * sin(2.3 * t + own))
        else:
            side = 0 if pose.dx >= 0 else 1
            phase = int(pose.travelled / _DOUBLE_STEP * len(who.steps))
            cutout, shear = steps[side][phase % len(who.steps)], 0
        foot = place.lens.point(pose.x, 0.0, pose.z)
        percent = max(5, round(100 * height * place.lens.scale(pose.z) / cutout.tall))
        shadow(cutout, percent).draw(frame, *foot)
        sprite(cutout, percent, shear).draw(frame, *foot)

    def depth(t: float) -> float | None:
        pose = track.at(t)
        return pose.z if pose is not None else None

    return Actor(depth, draw)


@dataclass(frozen=True, slots=True)
class Halt:
    """Seconds of the clip between which something stands."""

    start: float
    end: float


def _progress(halts: Sequence[Halt], t: float) -> float:
    """Seconds of driving from the first halt: negative before it, 0 while it lasts."""
    first = halts[0]
    if t < first.start:
        return -_distance(first.start - t)
    if t <= first.end:
        return 0.0
    return _distance(t - first.end)


def _distance(apart: float) -> float:
    """Seconds' worth of steady driving that a vehicle covers in `apart` seconds from standing."""
    if apart < _BRAKING:
        return apart * apart / (2 * _BRAKING)
    return apart - _BRAKING / 2


def ride(place: Place, passage: Passage, stop: int, halt: Halt | None, at: float) -> Actor:
    """A real vehicle on its real way. It stands at its moment `stop` during `halt`, if any.

    Without a halt it passes that moment at second `at`, as it did.
    """
    rate = 12.0

    def index(t: float) -> float:
        seconds = t - at if halt is None else _progress((halt,), t)
        return stop + seconds * rate

    def where(t: float) -> tuple[Cutout, Spot] | None:
        position = index(t)
        if not 0 <= position <= len(passage.moments) - 1:
            return None
        low = int(position)
        part = position - low
        moment = passage.moments[low]
        after = passage.moments[min(low + 1, len(passage.moments) - 1)]
        # Between two pictures the outline goes on evenly; its own jumps are the cut's.
        column = moment.at[0] + (after.at[0] - moment.at[0]) * part
        row = moment.at[1] + (after.at[1] - moment.at[1]) * part
        return moment.cutout, (column, row)

    def depth(t: float) -> float | None:
        found = where(t)
        if found is None:
            return None
        return place.lens.focal * place.lens.height / max(4.0, found[1][1] - place.lens.horizon)

    def draw(frame: Picture, t: float) -> None:
        found = where(t)
        if found is not None:
            sprite(found[0], 100).draw(frame, *found[1])

    return Actor(depth, draw)


def set_down(
    place: Place,
    cutout: Cutout,
    height: float,
    spot: Spot,
    *,
    halt: Halt,
    way: Spot | None = None,
) -> Actor:
    """A cut-out thing `height` metres tall that stands at `spot` during `halt`.

    It drives in from `spot + way` and away to there again; with no way it is simply there.
    """

    def at(t: float) -> Spot | None:
        if way is None:
            return spot if halt.start <= t < halt.end else None
        share = max(0.0, abs(_progress((halt,), t))) / 4.0
        if share >= 1.0:
            return None
        return spot[0] + way[0] * share, max(0.5, spot[1] + way[1] * share)

    def depth(t: float) -> float | None:
        here = at(t)
        return here[1] if here is not None else None

    def draw(frame: Picture, t: float) -> None:
        here = at(t)
        if here is None:
            return
        percent = max(3, round(100 * height * place.lens.scale(here[1]) / cutout.tall))
        foot = place.lens.point(here[0], 0.0, here[1])
        shadow(cutout, percent, 45).draw(frame, *foot)
        sprite(cutout, percent).draw(frame, *foot)

    return Actor(depth, draw)


def swing(t: float, own: float, period: float) -> float:
    """-1 to 1, each in its own rhythm."""
    return sin(2 * pi * (t / period + own))
