"""People where they should not be, for too long, the wrong way, or with something to leave."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from ingest.farm.scenes.motion import Track
from tests.composer.composition import Cast
from tests.composer.kinds.kind import Happening, Kind, Setting, Staged, middle_line
from tests.composer.kinds.lane import walkers_past
from tests.composer.moves import Halt, person, set_down
from tests.composer.things import HEIGHTS, Thing, thing


class Intruder(Kind):
    """Somebody walks into the zone, is in the middle of it at `start`, and leaves at `end`.

    With `inside` false he walks along outside it: nothing.
    """

    kind: Literal["intruder"]
    start: float = 20.0
    end: float = 45.0
    inside: bool = True

    def stage(self, setting: Setting) -> Staged:
        if not self.inside:
            polygon = setting.place.zones[setting.zone]
            z = setting.place.ground((0.5, min(y for _, y in polygon) - 0.05))[1]
            track = Track(self.start, setting.edge(z, -1)).to(setting.edge(z, 1), speed=1.3)
            return Staged(Cast((person(setting.place, setting.rng, track),)))
        there = _about(setting, self.start, self.end)
        entered = _entered(setting, there)
        truth = (
            Happening("intrusion", entered, self.end),
            Happening("intrusion", self.end, min(setting.seconds, self.end + 10), ignore=True),
        )
        return Staged(Cast((person(setting.place, setting.rng, there),)), truth)


class Loiterer(Kind):
    """Somebody hangs about between `start` and `end`: a few steps here and there, never away."""

    kind: Literal["loiterer"]
    start: float = 15.0
    end: float = 105.0

    def stage(self, setting: Setting) -> Staged:
        track = _about(setting, self.start, self.end)
        truth = (
            Happening("loitering", self.start, self.end),
            Happening("loitering", self.end, min(setting.seconds, self.end + 15), ignore=True),
        )
        return Staged(Cast((person(setting.place, setting.rng, track),)), truth)


class LineCrossed(Kind):
    """People cross the zone's middle line at the seconds `at`; to the right, or to the left."""

    kind: Literal["line_crossed"]
    at: tuple[float, ...] = (20.0, 45.0)
    rightwards: bool = True
    forbidden: bool = True
    """Whether this is the direction that the rule counts."""

    def stage(self, setting: Setting) -> Staged:
        cast, truth = [], []
        for moment in self.at:
            (x0, y0), (x1, y1) = middle_line(setting.place.zones[setting.zone])
            part = float(setting.rng.uniform(0.2, 0.6))
            spot = setting.place.ground((x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
            side = -1 if self.rightwards else 1
            first, last = setting.edge(spot[1], side), setting.edge(spot[1], -side)
            way = float(abs(first[0] - spot[0]))
            track = Track(moment - way / 1.4, first).to(last, speed=1.4)
            cast.append(person(setting.place, setting.rng, track))
            if self.forbidden:
                truth.append(Happening("line_crossing", moment - 1.0, moment + 6.0))
        return Staged(Cast(tuple(cast)), tuple(truth))


class Dumped(Kind):
    """Somebody comes with rubbish, sets it down at `start` and goes; it lies there."""

    kind: Literal["dumped"]
    thing: Thing = Thing.BAG
    start: float = 25.0
    taken: float | None = None
    """Where somebody takes it away again after so many seconds; nothing then."""

    def stage(self, setting: Setting) -> Staged:
        rng = setting.rng
        spot = setting.spot(float(rng.uniform(0.45, 0.8)), float(rng.uniform(-0.4, 0.4)))
        end = setting.seconds + 1 if self.taken is None else self.start + self.taken
        lies = set_down(
            setting.place,
            thing(self.thing, rng),
            HEIGHTS[self.thing],
            spot,
            halt=Halt(self.start, end),
        )
        beside = (spot[0] + 0.5, spot[1] - 0.3)
        people = [
            person(setting.place, rng, setting.visit(self.start - 1.5, beside, self.start + 1))
        ]
        if self.taken is not None:
            people.append(person(setting.place, rng, setting.visit(end - 2, beside, end + 1)))
            return Staged(Cast((lies, *people)))
        past = walkers_past(setting, 2, self.start + 10, setting.seconds)
        truth = (Happening("rubbish", self.start, setting.seconds),)
        return Staged(Cast((lies, *people)) + past, truth)


def _entered(setting: Setting, track: Track) -> float:
    """The second in which somebody's feet come into the zone: his spot lies well within it."""
    columns, rows = setting.place.size
    polygon = np.array(setting.place.zones[setting.zone], np.float32)
    for second in np.arange(0.0, setting.seconds, 0.1):
        pose = track.at(float(second))
        if pose is None:
            continue
        x, y = setting.pixel((pose.x, pose.z))
        if cv2.pointPolygonTest(polygon, (x / columns, y / rows), measureDist=False) >= 0:
            return round(float(second), 1)
    raise ValueError(f"nobody comes into zone {setting.zone} of {setting.place.name}")


def _about(setting: Setting, start: float, end: float) -> Track:
    """In from the edge so as to enter at `start`; a few metres to and fro; out after `end`."""
    rng = setting.rng
    first = setting.spot(0.55, float(rng.uniform(-0.3, 0.3)))
    door = setting.edge(first[1], -1 if first[0] < 0 else 1)
    way = float(np.hypot(first[0] - door[0], first[1] - door[1]))
    track = Track(start - way / 1.4, door).to(first, speed=1.4)
    while track.end < end - 8:
        spot = setting.spot(float(rng.uniform(0.45, 0.75)), float(rng.uniform(-0.45, 0.45)))
        track.to(spot, speed=0.9).stay(track.end + float(rng.uniform(3, 7)))
    return track.stay(end).to(door, speed=1.4)
