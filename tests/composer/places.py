"""The places that things are set down in: real ones with their measured ground, and drawn ones.

A place's `lens` says where a point on the ground falls in the picture. For the real ones it was
fitted to the heights of people and cars that a detector found at their feet's row (person 1.68 m,
car 1.5 m); what is set down by it then has the size of what really passed there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.farm.scenes import SCENES
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.lens import HEIGHT, WIDTH, Lens
from ingest.farm.scenes.scene import Actor
from tests.composer.cutout import Picture
from tests.composer.footage import Passage, Reel, footage, shared_clip, swaying

PERSON = 1.68
Point = tuple[float, float]
Polygon = tuple[Point, ...]
FULL: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Ride:
    """A passage worth showing: the picture of the reel and about where its foot is then."""

    number: int
    foot: Point
    """Pixels."""


@dataclass(frozen=True, slots=True)
class Place:
    """One camera's place. Zones are polygons in fractions of the picture."""

    name: str
    source: Reel | str
    """A reel, or the name of a drawn scene."""
    lens: Lens
    size: tuple[int, int]
    """Columns and rows."""
    zones: dict[str, Polygon]
    rides: tuple[Ride, ...] = ()
    stand_in: str = "alley"
    """The drawn place that takes this one's part where the shared data is not at hand."""

    @property
    def real(self) -> bool:
        return isinstance(self.source, Reel)

    def ground(self, point: Point) -> Point:
        """(x, z) metres of a point on the ground given in fractions of the picture."""
        column, row = point[0] * self.size[0], point[1] * self.size[1]
        z = self.lens.focal * self.lens.height / max(4.0, row - self.lens.horizon)
        return (column - self.lens.centre) * z / self.lens.focal, z

    def person_height(self, zone: str) -> float:
        """Of a standing person at the middle of a zone, as a fraction of the picture's height."""
        middle = sum(y for _, y in self.zones[zone]) / len(self.zones[zone])
        above = middle * self.size[1] - self.lens.horizon
        return PERSON / self.lens.height * above / self.size[1]

    @property
    def looks_down(self) -> bool:
        """Whether the picture's middle lies more than 45 degrees below the horizon."""
        return self.size[1] / 2 - self.lens.horizon > self.lens.focal

    @property
    def horizon(self) -> float:
        return self.lens.horizon / self.size[1]


def _real(
    name: str,
    reel: Reel,
    size: tuple[int, int],
    horizon: float,
    person: float,
    zones: dict[str, Polygon],
    rides: tuple[Ride, ...] = (),
    stand_in: str = "alley",
) -> Place:
    """`horizon` and `person` (height at the lowest row) are fractions of the picture's height."""
    height = PERSON * (1 - horizon) / person
    lens = Lens(0.85 * size[0], size[0] / 2, horizon * size[1], height)
    return Place(name, reel, lens, size, {"full": FULL, **zones}, rides, stand_in)


def _drawn(name: str, scene: str, lens: Lens, zones: dict[str, Polygon]) -> Place:
    return Place(name, scene, lens, (WIDTH, HEIGHT), {"full": FULL, **zones})


PLACES = {
    place.name: place
    for place in (
        _real(
            "street",
            Reel("street_vehicle_surveillance.mp4", 2, ground=0.34),
            (640, 352), 0.25, 0.40,
            {
                "lane": ((0.33, 0.42), (0.46, 0.40), (1.0, 0.84), (1.0, 1.0), (0.52, 1.0)),
                "ground": ((0.25, 0.45), (0.5, 0.42), (1.0, 0.8), (1.0, 1.0), (0.3, 1.0)),
            },
            (
                Ride(214, (450, 340)), Ride(96, (470, 340)), Ride(241, (377, 296)),
                Ride(126, (510, 348)), Ride(70, (500, 348)), Ride(43, (469, 348)),
            ),
        ),
        _real(
            "highway",
            Reel("bgs_highway.avi", 2, ground=0.2),
            (480, 360), -0.15, 0.18,
            {"lane": ((0.56, 0.36), (0.83, 0.32), (0.72, 0.99), (0.14, 0.99))},
            (
                Ride(348, (268, 356)), Ride(33, (114, 356)), Ride(77, (154, 349)),
                Ride(27, (244, 356)), Ride(126, (238, 351)), Ride(46, (242, 356)),
                Ride(253, (114, 356)), Ride(143, (252, 356)), Ride(171, (144, 349)),
                Ride(88, (276, 348)), Ride(334, (253, 356)), Ride(271, (276, 351)),
            ),
            "paddy",
        ),
        _real(
            "road",
            Reel("bgs_road_overhead.avi", 3, quiet=20, trim=7),
            (640, 360), -2.0, 0.35,
            {"lane": ((0.0, 0.1), (0.4, 0.14), (0.97, 0.4), (0.97, 0.62), (0.3, 1.0), (0.0, 1.0))},
            tuple(
                Ride(number, foot)
                for number, foot in (
                    (99, (140, 199)), (42, (130, 348)), (22, (140, 343)), (37, (126, 173)),
                    (67, (118, 176)),
                )
            ),
            "paddy",
        ),
        _real(
            "carpark",
            Reel("intel_car-detection.mp4"),
            (640, 360), -3.0, 0.35,
            {"lane": ((0.03, 0.05), (0.97, 0.05), (0.97, 0.97), (0.03, 0.97))},
            (
                Ride(333, (181, 351)), Ride(208, (139, 356)), Ride(76, (300, 356)),
                Ride(209, (326, 356)),
            ),
        ),
        _real(
            "plaza",
            Reel("pets09_s2l1_vtest_480x360.avi", 2, most=390, quiet=30),
            (480, 360), -0.008, 0.293,
            {
                "lane": ((0.0, 0.34), (0.36, 0.35), (0.72, 0.42), (0.93, 0.3), (1.0, 0.4),
                         (1.0, 0.82), (0.55, 0.52), (0.0, 0.44)),
                "ground": ((0.0, 0.34), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0)),
                "square": ((0.35, 0.35), (0.8, 0.4), (1.0, 0.5), (1.0, 0.95), (0.3, 0.7)),
            },
            stand_in="square",
        ),
        _real(
            "pavement",
            Reel("pavement_pedestrian_surveillance.mp4", 3, steady=True),
            (640, 332), -0.40, 0.45,
            {
                "ground": ((0.0, 0.32), (1.0, 0.32), (0.93, 1.0), (0.0, 1.0)),
                "lane": ((0.0, 0.34), (1.0, 0.34), (0.93, 1.0), (0.0, 1.0)),
            },
            stand_in="square",
        ),
        _real(
            "indoor",
            Reel("intel_one-by-one-person-detection.mp4", 2, most=700, empty=(340, 352)),
            (640, 360), -0.44, 0.94,
            {
                "ground": ((0.0, 0.68), (1.0, 0.7), (1.0, 1.0), (0.0, 1.0)),
                "lane": ((0.5, 0.72), (1.0, 0.72), (1.0, 1.0), (0.5, 1.0)),
            },
            stand_in="yard",
        ),
        _drawn("alley", "lane_blocked", Lens(height=5.0, horizon=70.0),
               {"lane": ((0.43, 0.42), (0.57, 0.42), (0.78, 1.0), (0.22, 1.0)),
                "ground": ((0.3, 0.45), (0.7, 0.45), (1.0, 1.0), (0.0, 1.0))}),
        _drawn("quiet-lane", "quiet_lane", Lens(),
               {"lane": ((0.43, 0.45), (0.57, 0.45), (0.78, 1.0), (0.22, 1.0)),
                "ground": ((0.3, 0.45), (0.7, 0.45), (1.0, 1.0), (0.0, 1.0))}),
        _drawn("gate", "quiet_gate", Lens(focal=520, height=4.8, horizon=92.0),
               {"lane": ((0.42, 0.5), (0.58, 0.5), (0.78, 1.0), (0.22, 1.0)),
                "ground": ((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0))}),
        _drawn("paddy", "paddy_road", Lens(focal=500, height=5.0, horizon=104.0),
               {"lane": ((0.45, 0.5), (0.56, 0.5), (0.75, 1.0), (0.25, 1.0)),
                "ground": ((0.0, 0.55), (1.0, 0.55), (1.0, 1.0), (0.0, 1.0))}),
        _drawn("market", "market_street", Lens(focal=500, height=5.0, horizon=74.0),
               {"lane": ((0.4, 0.45), (0.6, 0.45), (0.85, 1.0), (0.15, 1.0)),
                "ground": ((0.25, 0.45), (0.75, 0.45), (0.9, 1.0), (0.1, 1.0))}),
        _drawn("square", "square_gathering", Lens(focal=520, height=6.0, horizon=52.0),
               {"ground": ((0.05, 0.42), (0.95, 0.42), (1.0, 1.0), (0.0, 1.0)),
                "lane": ((0.3, 0.45), (0.7, 0.45), (0.9, 1.0), (0.1, 1.0)),
                "square": ((0.15, 0.45), (0.85, 0.45), (0.95, 0.95), (0.05, 0.95))}),
        _drawn("pond", "pond_square", Lens(focal=500, height=5.6, horizon=66.0),
               {"ground": ((0.0, 0.72), (1.0, 0.72), (1.0, 1.0), (0.0, 1.0)),
                "lane": ((0.0, 0.72), (1.0, 0.72), (1.0, 1.0), (0.0, 1.0))}),
        _drawn("yard", "woodpile_fire", Lens(focal=640.0, height=4.8, horizon=66.0),
               {"ground": ((0.0, 0.7), (1.0, 0.7), (1.0, 1.0), (0.0, 1.0)),
                "lane": ((0.0, 0.78), (1.0, 0.78), (1.0, 1.0), (0.0, 1.0))}),
    )
}  # fmt: skip
"""Measured horizons and heights: see the module's first lines. Zones were marked by eye."""


class PlaceError(ValueError):
    """There is no place of that name; the message lists those there are."""


def place(name: str) -> Place:
    """A place, or its stand-in where its clip is not at hand.

    Raises:
        PlaceError: names the places there are.
    """
    if name not in PLACES:
        raise PlaceError(f"there is no place {name!r}; there are {', '.join(PLACES)}")
    found = PLACES[name]
    if isinstance(found.source, Reel) and shared_clip(found.source.clip) is None:
        return replace(PLACES[found.stand_in], name=name)
    return found


Shoot = Callable[[float], Picture]


def backdrop(where: Place, fps: float, seed: int) -> Shoot:
    """The place with nothing passing, at a second; a fresh picture that may be painted on."""
    if isinstance(where.source, Reel):
        calm = footage(where.source).calm
        return lambda at: swaying(calm, round(at * min(fps, 12.0)) + seed * 7).copy()
    scene = _emptied(where.source, 7)
    return lambda at: scene(at + 13.0 * seed)


@lru_cache(maxsize=8)
def _emptied(name: str, seed: int) -> Shoot:
    """A drawn scene in which only what never leaves its spot is left: trees and stalls.

    Where something happens by itself only the trees are: fire stays in its place too.
    """
    scene = SCENES[name](seed)
    moments = [6.0 * step for step in range(30)]
    scene.actors = [
        actor
        for actor in scene.actors
        if isinstance(getattr(actor.draw, "__self__", None), Tree)
        or (not scene.truth and _stays(actor, moments))
    ]
    return scene.picture


def _stays(actor: Actor, moments: list[float]) -> bool:
    depths = {actor.depth(at) for at in moments}
    return len(depths) == 1 and None not in depths


def passages(where: Place) -> list[tuple[Passage, int]]:
    """The place's rides, each with the moment in which it was picked."""
    if not isinstance(where.source, Reel):
        return []
    found = []
    for ride in where.rides:
        for passage in footage(where.source).passages:
            index = ride.number - passage.first
            if 0 <= index < len(passage.moments):
                column, row = passage.moments[index].at
                if abs(column - ride.foot[0]) + abs(row - ride.foot[1]) < 24:
                    found.append((passage, index))
                    break
    return found
