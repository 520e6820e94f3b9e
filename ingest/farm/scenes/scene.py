"""A drawn scene: a picture for every second of its period, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from math import pi, sin

import cv2
import numpy as np

from ingest.farm.scenes.backdrop import Backdrop
from ingest.farm.scenes.foliage import Tree
from ingest.farm.scenes.lens import HEIGHT, WIDTH, Lens
from ingest.farm.scenes.motion import Track
from ingest.farm.scenes.people import STRIDE, Look, View, draw_person
from ingest.farm.scenes.sky import Sky
from ingest.farm.scenes.texture import Picture

PERIOD = 180.0
"""Seconds after which a scene repeats. Ninety show every incident's beginning."""

_NOISE = 1.7
"""Standard deviation of the sensor's noise, grey levels: a small camera by day."""


class TruthKind(StrEnum):
    VEHICLE_STANDING = "vehicle_standing"
    GATHERING = "gathering"
    SMOKE = "smoke"
    FLAMES = "flames"


@dataclass(frozen=True, slots=True)
class Truth:
    """Something happens in `zone` from `start` to `end`, seconds of the scene.

    `zone` is a polygon of (x, y) in fractions of the picture: where to watch for it.
    """

    kind: TruthKind
    start: float
    end: float
    zone: tuple[tuple[float, float], ...]


Draw = Callable[[Picture, float], None]


@dataclass(frozen=True, slots=True)
class Actor:
    """Something that moves. `depth(t)` is its distance in metres, or None while it is away."""

    depth: Callable[[float], float | None]
    draw: Draw


@dataclass(slots=True)
class Scene:
    """A place with everything in it. `picture(t)` is a pure function of the second t."""

    name: str
    lens: Lens
    actors: list[Actor]
    truth: tuple[Truth, ...] = ()
    period: float = PERIOD
    _base: Picture = field(init=False, repr=False)
    _through: Picture = field(init=False, repr=False)
    _sky: Sky = field(init=False, repr=False)
    _noise: np.ndarray[tuple[int, int, int], np.dtype[np.int16]] = field(init=False, repr=False)

    def furnish(self, backdrop: Backdrop, rng: np.random.Generator) -> Scene:
        """Set the scene before its painted backdrop; called once, before the first picture."""
        painted, covered = backdrop.finish()
        open_rows = np.flatnonzero(covered.min(axis=1) < 255)
        rows = int(open_rows[-1]) + 1 if open_rows.size else 1
        self._base = painted
        self._through = np.repeat((255 - covered[:rows])[..., None], 3, axis=2)
        self._sky = Sky(rng, rows, self.period)
        grey = rng.normal(0, _NOISE, (HEIGHT + 64, WIDTH + 64, 1))
        coloured = grey + rng.normal(0, _NOISE * 0.4, (HEIGHT + 64, WIDTH + 64, 3))
        self._noise = np.round(coloured).astype(np.int16)
        return self

    def picture(self, t: float) -> Picture:
        """What the camera sees at second t (taken modulo the period): (360, 640, 3) BGR."""
        t %= self.period
        frame = self._base.copy()
        rows = self._through.shape[0]
        clouds = cv2.multiply(self._sky.at(t), self._through, scale=1 / 255)
        frame[:rows] = cv2.add(frame[:rows], clouds)
        present = ((actor.depth(t), actor) for actor in self.actors)
        seen = [(depth, actor) for depth, actor in present if depth is not None]
        for _, actor in sorted(seen, key=lambda pair: -pair[0]):
            actor.draw(frame, t)
        return self._exposed(frame, t)

    def _exposed(self, frame: Picture, t: float) -> Picture:
        """The light of the hour, which changes slowly, and the sensor's noise."""
        light = 1 + 0.03 * sin(2 * pi * t / 90) + 0.018 * sin(2 * pi * t / 36 + 1)
        frame = np.asarray(cv2.convertScaleAbs(frame, alpha=light), np.uint8)
        step = round(t * 1000)
        row, column = step * 7919 % 64, step * 104729 % 61
        noise = self._noise[row : row + HEIGHT, column : column + WIDTH]
        return np.asarray(cv2.add(frame, noise, dtype=cv2.CV_8U), np.uint8)


def tree_actor(tree: Tree) -> Actor:
    """A tree among the things that move."""
    return Actor(lambda _t: tree.z, tree.draw)


def walker(lens: Lens, look: Look, track: Track, *, facing: View = View.FRONT) -> Actor:
    """A person on a track; `facing` is where he looks while he stands."""

    def depth(t: float) -> float | None:
        pose = track.at(t)
        return pose.z if pose is not None else None

    def draw(frame: Picture, t: float) -> None:
        pose = track.at(t)
        if pose is None:
            return
        standing = pose.dx == 0 and pose.dz == 0
        view = _idle_view(facing, t, track.end) if standing else view_of(pose.dx, pose.dz)
        phase = None if standing else pose.travelled / (STRIDE * look.height / 1.68)
        shift = 0.05 * sin(t * 0.7 + track.end * 5) if standing else 0.0
        foot = lens.point(pose.x + shift, 0.0, pose.z)
        pixels = look.height * lens.scale(pose.z)
        draw_person(frame, look, view=view, phase=phase, foot=foot, pixels=pixels)

    return Actor(depth, draw)


def _idle_view(facing: View, t: float, own: float) -> View:
    """People who stand look around now and then, each in his own rhythm."""
    mood = sin(t * 0.37 + own * 7) + sin(t * 0.23 + own * 3)
    if abs(mood) < 1.25:
        return facing
    return View.RIGHT if mood > 0 else View.LEFT


def view_of(dx: float, dz: float) -> View:
    """The side of a person that the camera sees, by the direction he moves in."""
    if abs(dx) > 0.7 * abs(dz):
        return View.RIGHT if dx > 0 else View.LEFT
    return View.FRONT if dz < 0 else View.BACK


def zone_of(lens: Lens, corners: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """A polygon on the ground, (x, z) metres, as fractions of the picture."""
    return tuple(lens.fraction(x, 0.0, z) for x, z in corners)


def times(fps: float, start: float, end: float) -> Iterator[float]:
    """The seconds of the pictures from `start` up to `end`."""
    return (start + number / fps for number in range(max(0, round((end - start) * fps))))
