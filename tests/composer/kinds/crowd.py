"""People: gatherings with exact counts, and the few, the passing and the look-alikes."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.scene import Actor
from tests.composer.composition import Cast
from tests.composer.kinds.kind import Happening, Kind, Setting, Staged
from tests.composer.kinds.lane import Count
from tests.composer.moves import Spot, person


class Gathering(Kind):
    """`count` people come from `start` on, one by one, stand together, and go from `end` on.

    The truth counts from when `enough` of them stand in the zone until fewer do; what lies between
    `enough` and two thirds of it is open.
    """

    kind: Literal["gathering"]
    count: Count = 14
    enough: Count = 8
    start: float = 15.0
    end: float = 80.0
    spacing: float = 0.6
    """Seconds between two arrivals."""

    @property
    def default_zone(self) -> str:
        return "ground"

    def stage(self, setting: Setting) -> Staged:
        cast: list[Actor] = []
        arrivals, leavings = [], []
        for number, spot in enumerate(places_to_stand(setting, self.count)):
            at, until = self.start + number * self.spacing, self.end + number * self.spacing
            arrivals.append(at)
            leavings.append(until)
            cast.append(person(setting.place, setting.rng, setting.visit(at, spot, until)))
        if self.count < self.enough:
            return Staged(Cast(tuple(cast)))
        full, thin = arrivals[self.enough - 1], leavings[self.count - self.enough]
        truth = [Happening("gathering", full, thin)]
        few = max(1, round(self.enough * 2 / 3))
        truth.append(Happening("gathering", arrivals[few - 1] - 4, full, ignore=True))
        truth.append(Happening("gathering", thin, min(setting.seconds, thin + 20), ignore=True))
        return Staged(Cast(tuple(cast)), tuple(truth))


class WalkersPass(Kind):
    """People cross one by one, `every` so many seconds, each alone."""

    kind: Literal["walkers_pass"]
    every: float = 5.0

    @property
    def default_zone(self) -> str:
        return "ground"

    def stage(self, setting: Setting) -> Staged:
        cast = []
        at = 2.0
        while at < setting.seconds:
            z = setting.spot(float(setting.rng.uniform(0.3, 0.85)))[1]
            side = -1 if setting.rng.random() < 0.5 else 1
            speed = float(setting.rng.uniform(1.2, 1.7))
            track = Track(at, setting.edge(z, side)).to(setting.edge(z, -side), speed=speed)
            cast.append(person(setting.place, setting.rng, track))
            at += self.every * float(setting.rng.uniform(0.7, 1.3))
        return Staged(Cast(tuple(cast)))


def places_to_stand(setting: Setting, count: int) -> list[Spot]:
    """Loose groups in the middle of the zone; nobody stands on another's feet."""
    spots: list[Spot] = []
    apart = 0.9
    while len(spots) < count:
        for _ in range(400):
            depth = float(np.clip(setting.rng.normal(0.5, 0.16), 0.2, 0.85))
            aside = float(np.clip(setting.rng.normal(0.0, 0.32), -0.75, 0.75))
            spot = setting.spot(depth, aside)
            if all(np.hypot(spot[0] - x, spot[1] - z) > apart for x, z in spots):
                spots.append(spot)
                break
        else:
            apart *= 0.8
    return spots
