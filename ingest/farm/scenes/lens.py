"""Where things of the drawn village fall in the picture: a camera on a pole, looking slightly down.

The world is in metres: X to the right, Y up from the ground, Z ahead along the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 360
"""The size at which every scene is drawn, pixels."""

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lens:
    """A pinhole with shifted film: verticals stay vertical, the horizon lies at row `horizon`.

    `height` is the pole's in metres; `focal` and `centre` are pixels.
    """

    focal: float = 500.0
    centre: float = WIDTH / 2
    horizon: float = 92.0
    height: float = 4.6

    def point(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Pixels (column, row) of a point in the world; z > 0."""
        scale = self.focal / z
        return self.centre + x * scale, self.horizon + (self.height - y) * scale

    def points(self, world: NDArray[np.float64] | list[tuple[float, float, float]]) -> Points:
        """(n, 3) metres to (n, 2) pixels."""
        x, y, z = np.asarray(world, np.float64).T
        scale = self.focal / z
        columns = self.centre + x * scale
        rows = self.horizon + (self.height - y) * scale
        return np.stack((columns, rows), axis=1).astype(np.float32)

    def scale(self, z: float) -> float:
        """Pixels a metre at distance z."""
        return self.focal / z

    def fraction(self, x: float, y: float, z: float) -> tuple[float, float]:
        """A point as fractions of the picture, cut off at its edges."""
        column, row = self.point(x, y, z)
        return min(1.0, max(0.0, column / WIDTH)), min(1.0, max(0.0, row / HEIGHT))
