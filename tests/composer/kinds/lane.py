"""Lanes: vehicles that stop, pass, queue, take turns or leave, and things that are left."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import looks
from ingest.farm.scenes.scene import Actor
from ingest.farm.scenes.vehicles import Placing, rider, van_faces, vehicle
from tests.composer.composition import Cast
from tests.composer.cutout import Cutout
from tests.composer.footage import Passage
from tests.composer.kinds.kind import Happening, Kind, Setting, Staged, zone_area
from tests.composer.moves import Halt, Spot, person, ride, set_down
from tests.composer.places import PLACES, passages, place
from tests.composer.things import HEIGHTS, Thing, thing

_PAINTS = ((206, 208, 208), (60, 52, 48), (150, 110, 60), (52, 48, 160), (176, 180, 184))
_CAR_HEIGHT = 1.9
"""Metres: a car seen from above and aslant is taller in the picture than its 1.5 m."""
Count = Annotated[int, Field(ge=0, le=60)]


class VehicleStops(Kind):
    """A vehicle stops in the lane at `start`, stands, and leaves at `end`."""

    kind: Literal["vehicle_stops"]
    start: float = 20.0
    end: float = 65.0
    traffic: bool = True
    passers: Count = 0
    """People who walk past in front of it while it stands."""

    def stage(self, setting: Setting) -> Staged:
        halt = Halt(self.start, self.end)
        cast = Cast((stopping(setting, halt),))
        if self.traffic:
            busy = [
                at for at in np.arange(3.0, setting.seconds, 7.5)
                if not self.start - 8 < at < self.end + 7
            ]  # fmt: skip
            cast += Cast(tuple(passing(setting, float(at)) for at in busy))
        cast += walkers_past(setting, self.passers, self.start, self.end)
        return Staged(cast, blocked(self.start, self.end))


class VehiclesTakeTurns(Kind):
    """One vehicle after another stands at one spot, each for less than the dwell: nothing."""

    kind: Literal["vehicles_take_turns"]
    stays: float = 14.0
    count: Count = 3

    def stage(self, setting: Setting) -> Staged:
        moments = [10.0 + number * (self.stays + 9.0) for number in range(self.count)]
        return Staged(Cast(tuple(stopping(setting, Halt(at, at + self.stays)) for at in moments)))


class Traffic(Kind):
    """Vehicles pass one by one. With `light` they queue for that many seconds now and then."""

    kind: Literal["traffic"]
    light: float = 0.0
    every: float = 6.0

    def stage(self, setting: Setting) -> Staged:
        cast: list[Actor] = []
        at = 4.0
        while at < setting.seconds:
            if self.light and round(at) % 4 == 0:
                cast.append(stopping(setting, Halt(at, at + self.light)))
                at += self.light + 8.0
            else:
                cast.append(passing(setting, at))
                at += self.every * float(setting.rng.uniform(0.7, 1.4))
        return Staged(Cast(tuple(cast)))


class VehicleLeaves(Kind):
    """What was parked there from the first picture drives away: the bare ground is no thing."""

    kind: Literal["vehicle_leaves"]
    at: float = 30.0

    def stage(self, setting: Setting) -> Staged:
        gone = stopping(setting, Halt(-60.0, self.at))
        return Staged(Cast((gone,)), blocked(0.0, self.at + 3, ignore=True))


class ThingLeft(Kind):
    """Somebody brings a thing, leaves it in the lane at `start`; it is fetched at `end`."""

    kind: Literal["thing_left"]
    thing: Thing
    start: float = 20.0
    end: float = 70.0

    def stage(self, setting: Setting) -> Staged:
        spot = setting.spot(
            float(setting.rng.uniform(0.45, 0.8)), float(setting.rng.uniform(-0.3, 0.3))
        )
        height = HEIGHTS[self.thing] * float(setting.rng.uniform(0.9, 1.25))
        cutout = thing(self.thing, setting.rng)
        left = set_down(setting.place, cutout, height, spot, halt=Halt(self.start, self.end))
        beside = (spot[0] + 0.7, spot[1] - 0.4)
        people = tuple(
            person(setting.place, setting.rng, setting.visit(at - 1.5, beside, at + 1.0))
            for at in (self.start, self.end)
        )
        return Staged(Cast((left, *people)), blocked(self.start, self.end))


class Standing(Kind):
    """People who stand in the lane for longer than the dwell: no obstruction."""

    kind: Literal["standing"]
    count: Count = 1
    start: float = 12.0
    end: float = 70.0

    def stage(self, setting: Setting) -> Staged:
        cast = []
        for number in range(self.count):
            aside = (number + 0.5) / self.count * 1.2 - 0.6
            spot = setting.spot(float(setting.rng.uniform(0.45, 0.75)), aside)
            track = setting.visit(self.start + 0.7 * number, spot, self.end + 1.1 * number)
            cast.append(person(setting.place, setting.rng, track))
        return Staged(Cast(tuple(cast)))


def blocked(start: float, end: float, *, ignore: bool = False) -> tuple[Happening, ...]:
    return (Happening("lane_blocked", start, end, ignore),)


def stopping(setting: Setting, halt: Halt) -> Actor:
    """A vehicle fit for the place: its own traffic, a car from elsewhere, or a drawn one."""
    own = passages(setting.place)
    if own:
        order = setting.rng.permutation(len(own))
        for number in order:
            passage, _ = own[number]
            stops = _good_stops(setting, passage)
            if stops:
                stop = stops[int(setting.rng.integers(len(stops)))]
                return ride(setting.place, passage, stop, halt, halt.start)
    spot = setting.spot(
        float(setting.rng.uniform(0.42, 0.66)), float(setting.rng.uniform(-0.2, 0.2))
    )
    if setting.place.real:
        cutout = _a_car(setting)
        way = (12.0 if spot[0] > 0 else -12.0, -2.0)
        return set_down(setting.place, cutout, _CAR_HEIGHT, spot, halt=halt, way=way)
    return _drawn_vehicle(setting, halt, spot)


def _good_stops(setting: Setting, passage: Passage) -> list[int]:
    """Moments in which all of the vehicle is in the picture and its foot in the zone.

    It covers at least twice what the rule asks by default (`min_area`): no truth is a border case.
    """
    columns, rows = setting.place.size
    least = 0.04 * zone_area(setting.place.zones[setting.zone]) * columns * rows
    ys = [y for _, y in setting.place.zones[setting.zone]]
    depth = min(ys) + 0.3 * (max(ys) - min(ys))
    good = []
    for index, moment in enumerate(passage.moments):
        left, top, width, height = moment.box
        inside = left > 2 and top > 2 and left + width < columns - 2 and top + height < rows - 2
        wide = width < 2.4 * height * (2 if width > columns / 4 else 1)
        if inside and wide and width * height > least and moment.at[1] / rows > depth:
            good.append(index)
    return good[len(good) // 5 : max(1, len(good) - len(good) // 5)]


def _a_car(setting: Setting) -> Cutout:
    """A car of the street's, seen from above and aslant, for places without traffic."""
    cars = passages(place("street"))
    if not cars:
        return thing(Thing.SCOOTER, setting.rng)
    passage, _ = cars[int(setting.rng.integers(len(cars)))]
    stops = _good_stops(Setting(PLACES["street"], "lane", setting.rng, 0.0), passage)
    cutout = passage.moments[stops[-1] if stops else 0].cutout
    return cutout.mirrored() if setting.rng.random() < 0.5 else cutout


def _drawn_vehicle(setting: Setting, halt: Halt, spot: Spot) -> Actor:
    """A minivan across the lane, or a rider who waits on a cargo tricycle."""
    lens, rng = setting.place.lens, setting.rng
    heading = float(rng.choice([178.0, 205.0, 238.0, 20.0]))
    paint = _PAINTS[int(rng.integers(len(_PAINTS)))]
    far = spot[1] + 40
    placings = [
        Placing(halt.start - 9, spot[0], far, 180),
        Placing(halt.start - 2.5, spot[0], spot[1] + 4, (heading + 180) / 2),
        Placing(halt.start, spot[0], spot[1], heading),
        Placing(halt.end, spot[0], spot[1], heading),
        Placing(halt.end + 3, spot[0] + 0.2, max(4.0, spot[1] - 5), 182),
        Placing(halt.end + 6, spot[0] + 0.3, 1.5, 180),
    ]
    return vehicle(lens, van_faces(paint), placings)


def passing(setting: Setting, at: float) -> Actor:
    """A vehicle that drives through at second `at`."""
    own = passages(setting.place)
    rng, middle = setting.rng, setting.spot(0.55)
    if own:
        passage, stop = own[int(rng.integers(len(own)))]
        return ride(setting.place, passage, stop, None, at)
    if setting.place.real:
        track = Track(at - 4, setting.edge(middle[1], -1)).to(setting.edge(middle[1], 1), speed=1.4)
        return person(setting.place, rng, track)
    far, near = (middle[0], middle[1] + 45.0), (middle[0], 3.0)
    ways = (far, near) if rng.random() < 0.5 else (near, far)
    track = Track(at - 5, ways[0]).to(ways[1], speed=float(rng.uniform(5, 8)))
    colour = _PAINTS[int(rng.integers(len(_PAINTS)))]
    return rider(setting.place.lens, looks(rng, 1)[0], colour, track)


def walkers_past(setting: Setting, count: int, start: float, end: float) -> Cast:
    """People who cross in front of what stands in the lane."""
    cast = []
    for number in range(count):
        at = start + 4 + (end - start - 8) * (number + 0.5) / max(1, count)
        z = setting.spot(float(setting.rng.uniform(0.75, 0.92)))[1]
        side = -1 if setting.rng.random() < 0.5 else 1
        first, last = setting.edge(z, side), setting.edge(z, -side)
        track = Track(at - abs(first[0]) / 1.4, first).to(last, speed=1.4)
        cast.append(person(setting.place, setting.rng, track))
    return Cast(tuple(cast))
