"""The pipeline: backdrop, actors, light, what shines by itself, weather and camera, noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from ingest.farm.scenes.scene import Actor
from ingest.farm.scenes.texture import Picture
from tests.composer.disturbance import (
    FROM_ABOVE,
    OF_THE_CAMERA,
    OF_THE_LIGHT,
    Build,
    Disturbance,
    noise_level,
)
from tests.composer.glow import Paint
from tests.composer.light import Effect
from tests.composer.optics import noise
from tests.composer.places import Place, backdrop

KEYFRAME_SECONDS = 2
_GOOD, _POOR = "25", "37"
"""x264's rate factors: what a camera sends when it may, and what over a bad line."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What is set into a place: actors are lit by the scene, glowing things light themselves."""

    actors: tuple[Actor, ...] = ()
    glowing: tuple[Paint, ...] = ()
    over: tuple[Paint, ...] = ()
    """Painted over all actors and lit by the scene: smoke, falling leaves, birds."""

    def __add__(self, other: Cast) -> Cast:
        return Cast(
            self.actors + other.actors, self.glowing + other.glowing, self.over + other.over
        )


class Composition:
    """`picture(t)` is what the camera sees at second t: (rows, columns, 3) BGR."""

    def __init__(
        self,
        place: Place,
        cast: Cast,
        disturbances: Iterable[Disturbance],
        *,
        seed: int,
        seconds: float,
        fps: int,
    ) -> None:
        named = frozenset(disturbances)
        self.seconds, self.fps = seconds, fps
        self._shoot = backdrop(place, fps, seed)
        self.cast = cast
        self._light = _effects(OF_THE_LIGHT, named, place, seed, seconds)
        camera = _effects(OF_THE_CAMERA, named, place, seed, seconds)
        grain = noise(noise_level(named))(np.random.default_rng(seed), place.size, seconds)
        self._camera = (*camera, grain)
        self.poor = Disturbance.LOW_BITRATE in named

    def picture(self, t: float) -> Picture:
        shown = self._shoot(t)
        present = [(actor.depth(t), actor) for actor in self.cast.actors]
        seen = [(depth, actor) for depth, actor in present if depth is not None]
        for _, actor in sorted(seen, key=lambda pair: -pair[0]):
            actor.draw(shown, t)
        for paint in self.cast.over:
            paint(shown, t)
        for effect in self._light:
            shown = effect(shown, t)
        for paint in self.cast.glowing:
            paint(shown, t)
        for effect in self._camera:
            shown = effect(shown, t)
        return shown

    def pictures(self) -> Iterator[Picture]:
        return (self.picture(number / self.fps) for number in range(round(self.seconds * self.fps)))


def _effects(
    builders: dict[Disturbance, Build],
    named: frozenset[Disturbance],
    place: Place,
    seed: int,
    seconds: float,
) -> tuple[Effect, ...]:
    """Each with a generator of its own, so that adding one leaves the others as they were."""
    if place.looks_down:
        builders = {kind: FROM_ABOVE.get(kind, build) for kind, build in builders.items()}
    return tuple(
        build(np.random.default_rng([seed, *kind.encode()]), place.size, seconds)
        for kind, build in builders.items()
        if kind in named
    )


def encode(path: Path, pictures: Iterator[Picture], fps: int, *, poor: bool = False) -> None:
    """H.264 as a camera sends it: a keyframe every two seconds, no B-frames, one thread."""
    unfinished = path.with_suffix(".part")
    with av.open(str(unfinished), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.options = {
            "preset": "veryfast", "crf": _POOR if poor else _GOOD, "bf": "0", "threads": "1",
            "x264-params": f"scenecut=0:keyint={fps * KEYFRAME_SECONDS}",
        }  # fmt: skip
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    unfinished.replace(path)


def contact_sheet(composition: Composition, moments: Iterable[float], width: int = 320) -> Picture:
    """Pictures of these seconds side by side, to be looked at."""
    pictures = [composition.picture(t) for t in moments]
    tall = round(width * pictures[0].shape[0] / pictures[0].shape[1])
    return np.hstack([cv2.resize(picture, (width, tall)) for picture in pictures])
