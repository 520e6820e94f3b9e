"""The drawn village: scenes by name, each a place with a timeline and the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from ingest.farm.scenes import (
    lane_blocked,
    market_street,
    paddy_road,
    pond_square,
    quiet_gate,
    quiet_lane,
    square_gathering,
    woodpile_fire,
)
from ingest.farm.scenes.caption import draw_caption
from ingest.farm.scenes.scene import PERIOD, Scene, Truth, TruthKind, times
from ingest.farm.scenes.texture import Picture

__all__ = [
    "PERIOD",
    "SCENES",
    "Scene",
    "Truth",
    "TruthKind",
    "UnknownSceneError",
    "frames",
    "render",
    "scene",
]

SCENES: dict[str, Callable[[int], Scene]] = {
    module.NAME: module.build
    for module in (
        lane_blocked,
        square_gathering,
        woodpile_fire,
        quiet_lane,
        quiet_gate,
        paddy_road,
        market_street,
        pond_square,
    )
}
"""Builders by name; each takes a seed and draws the same for the same seed."""


class UnknownSceneError(ValueError):
    """There is no scene of that name; the message lists those there are."""


def scene(name: str, seed: int = 7) -> Scene:
    """A scene, built once (about a second).

    Raises:
        UnknownSceneError: names the scenes there are.
    """
    if name not in SCENES:
        raise UnknownSceneError(f"there is no scene {name!r}; there are {', '.join(SCENES)}")
    return _built(name, seed)


@lru_cache(maxsize=16)
def _built(name: str, seed: int) -> Scene:
    return SCENES[name](seed)


def render(
    name: str, t: float, *, seed: int = 7, label: str | None = None, moment: float | None = None
) -> Picture:
    """What a scene's camera sees at second t: (360, 640, 3) uint8 BGR.

    `label` and the time `moment` (Unix seconds) are burned in where given.
    """
    picture = scene(name, seed).picture(t)
    if label is not None:
        draw_caption(picture, label, moment)
    return picture


def frames(
    name: str, fps: float, start: float, end: float, *, seed: int = 7
) -> Iterator[tuple[float, Picture]]:
    """(second, picture) of a scene from `start` up to `end`, without a server."""
    return ((t, render(name, t, seed=seed)) for t in times(fps, start, end))
