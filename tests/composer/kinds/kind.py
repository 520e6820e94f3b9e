"""What every kind of clip is: options in, a cast and the truth about it out."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from configs.values import Model
from ingest.farm.scenes.motion import Track
from tests.composer.composition import Cast
from tests.composer.moves import Spot
from tests.composer.places import Place


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and for how long; `rng` is the clip's own."""

    place: Place
    zone: str
    rng: np.random.Generator
    seconds: float

    def spot(self, depth: float, aside: float = 0.0) -> Spot:
        """A point on the zone's ground, (x, z) metres.

        `depth` 0 is the zone's far end and 1 its near one; `aside` -1 to 1 across it.
        """
        return self.place.ground(self.fraction(depth, aside))

    def fraction(self, depth: float, aside: float = 0.0) -> Spot:
        """The same as fractions of the picture."""
        polygon = self.place.zones[self.zone]
        rows = [y for _, y in polygon]
        y = min(rows) + (max(rows) - min(rows)) * depth
        left, right = span(polygon, y)
        return (left + right) / 2 + (right - left) / 2 * aside, y

    def edge(self, z: float, side: int) -> Spot:
        """Just outside the picture at a distance: -1 to the left, 1 to the right."""
        lens, columns = self.place.lens, self.place.size[0]
        column = -0.08 * columns if side < 0 else 1.08 * columns
        return (column - lens.centre) * z / lens.focal, z

    def pixel(self, spot: Spot, up: float = 0.0) -> tuple[float, float]:
        """Where a point `up` metres over the ground falls, pixels."""
        return self.place.lens.point(spot[0], up, spot[1])

    def visit(self, at: float, spot: Spot, until: float, speed: float = 1.5) -> Track:
        """In from the nearer side to a spot at second `at`, a stay, and out again."""
        side = -1 if spot[0] < 0 else 1
        door = self.edge(spot[1] * float(self.rng.uniform(0.92, 1.12)), side)
        way = float(np.hypot(spot[0] - door[0], spot[1] - door[1]))
        out = self.edge(spot[1], -side if self.rng.random() < 0.5 else side)
        start = Track(at - way / speed, door).to(spot, speed=speed)
        return start.stay(until).to(out, speed=speed)


def span(polygon: tuple[tuple[float, float], ...], y: float) -> tuple[float, float]:
    """Left and right x where a horizontal line cuts a polygon; its middle where it does not."""
    cuts = []
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 <= y < y1) or (y1 <= y < y0):
            cuts.append(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
    if len(cuts) < 2:
        middle = sum(x for x, _ in polygon) / len(polygon)
        return middle - 0.05, middle + 0.05
    return min(cuts), max(cuts)


def middle_line(polygon: tuple[tuple[float, float], ...]) -> tuple[Spot, Spot]:
    """The line up the middle of a zone, near end first: its left hand is the picture's left."""
    rows = [y for _, y in polygon]
    low, tall = min(rows), max(rows) - min(rows)
    near, far = low + 0.95 * tall, low + 0.1 * tall
    return ((sum(span(polygon, near)) / 2, near), (sum(span(polygon, far)) / 2, far))


def zone_area(polygon: tuple[tuple[float, float], ...]) -> float:
    """Fraction of the picture."""
    corners = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in corners)) / 2


@dataclass(frozen=True, slots=True)
class Happening:
    """One truth: seconds of the clip; `ignore` where either answer is right."""

    event: str
    start: float
    end: float
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Staged:
    cast: Cast
    truth: tuple[Happening, ...] = ()


class Kind(Model):
    """The base of all kinds: their fields are the options of a recipe."""

    kind: str

    @property
    def default_zone(self) -> str:
        return "lane"

    @abstractmethod
    def stage(self, setting: Setting) -> Staged:
        """Everything that is set into the place, and what is true of it."""
