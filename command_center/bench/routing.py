"""How many points a second find their grid in a whole district."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from command_center.routing.ground import GroundIndex, patch_of
from configs.samples import SAMPLES
from configs.shapes import shape_of
from configs.values import Position

_OUTSIDE = 0.01
"""Of the points lie in no grid, and cost the most: the nearest is looked for."""


@dataclass(frozen=True, slots=True)
class RoutingSpeed:
    """Points a second of CPU time: all at once, and one after another as reports come."""

    grids: int
    points: int
    in_no_grid: int
    build_ms: float
    at_once: float
    one_by_one: float


def measure(points: int, seed: int, rounds: int = 5) -> RoutingSpeed:
    """The best of some rounds over the sample town wendeng: what others do on the machine can only
    slow it down."""
    grids = SAMPLES["wendeng"](seed).grids
    began = time.process_time()
    index = GroundIndex([patch_of(grid) for grid in grids])
    build = time.process_time() - began
    bounds = np.array([shape_of(grid.pieces).bounds for grid in grids])
    lon, lat = _somewhere(bounds, points, seed)
    at_once, found = 0.0, []
    for _ in range(rounds):
        began = time.process_time()
        found = index.locate_all(lon, lat)
        at_once = max(at_once, points / (time.process_time() - began))
    few = min(points, 20_000)
    positions = [Position(lon=x, lat=y) for x, y in zip(lon[:few], lat[:few], strict=True)]
    one_by_one = 0.0
    for _ in range(rounds):
        began = time.process_time()
        for position in positions:
            index.locate(position)
        one_by_one = max(one_by_one, few / (time.process_time() - began))
    nowhere = sum(located.patch is None for located in found)
    return RoutingSpeed(len(grids), points, nowhere, build * 1000, at_once, one_by_one)


def _somewhere(
    bounds: NDArray[np.float64], points: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points about the middle of grids that are drawn by lot, and some anywhere around the town."""
    draw = np.random.default_rng(seed)
    chosen = bounds[draw.integers(len(bounds), size=points)]
    outer = np.array([*bounds.min(axis=0)[:2], *bounds.max(axis=0)[2:]])
    chosen[draw.random(points) < _OUTSIDE] = outer
    part = draw.uniform(0.2, 0.8, size=(points, 2))
    at = chosen[:, :2] + part * (chosen[:, 2:] - chosen[:, :2])
    return np.ascontiguousarray(at[:, 0]), np.ascontiguousarray(at[:, 1])
