"""Who is where when: tracks over the ground, in metres and seconds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import hypot

Spot = tuple[float, float]
"""(x, z) on the ground, metres."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where something is, the direction it moves in (0, 0 when it stands), and how far it came."""

    x: float
    z: float
    dx: float
    dz: float
    travelled: float


class Track:
    """A way over the ground, walked at steady speeds, with stops. Built by chaining calls."""

    def __init__(self, start: float, spot: Spot) -> None:
        self._times = [start]
        self._spots = [spot]
        self._travelled = [0.0]

    def to(self, *spots: Spot, speed: float) -> Track:
        """Go on to each spot in turn, `speed` metres a second."""
        for spot in spots:
            here = self._spots[-1]
            length = hypot(spot[0] - here[0], spot[1] - here[1])
            self._add(self._times[-1] + length / speed, spot, length)
        return self

    def stay(self, until: float) -> Track:
        """Stand still until second `until`."""
        self._add(max(until, self._times[-1]), self._spots[-1], 0.0)
        return self

    def earlier(self, seconds: float) -> Track:
        """The same way, begun `seconds` earlier: carries a walk over a period's border."""
        track = Track(self._times[0] - seconds, self._spots[0])
        track._times = [time - seconds for time in self._times]
        track._spots, track._travelled = self._spots, self._travelled
        return track

    @property
    def end(self) -> float:
        return self._times[-1]

    def at(self, t: float) -> Pose | None:
        """The pose at second t, or None before the track begins and after it ends."""
        if not self._times[0] <= t < self._times[-1]:
            return None
        leg = bisect_right(self._times, t) - 1
        (x0, z0), (x1, z1) = self._spots[leg], self._spots[leg + 1]
        took = self._times[leg + 1] - self._times[leg]
        part = (t - self._times[leg]) / took
        way = self._travelled[leg + 1] - self._travelled[leg]
        return Pose(
            x0 + (x1 - x0) * part,
            z0 + (z1 - z0) * part,
            (x1 - x0) / took,
            (z1 - z0) / took,
            self._travelled[leg] + way * part,
        )

    def _add(self, time: float, spot: Spot, length: float) -> None:
        self._times.append(time)
        self._spots.append(spot)
        self._travelled.append(self._travelled[-1] + length)
