"""What a camera's picture usually is, by day and by night, learned slowly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ingest.condition.look import HEIGHT, WIDTH, Edges, Look, kept, shown_in, tiles_of


class Light(StrEnum):
    """The two lights in which a camera's picture is another one."""

    DAY = "day"
    NIGHT = "night"


COLOURLESS, COLOURED = 0.5, 1.0
"""Mean distance from grey: a camera in infrared mode sends 0, the palest shared clip 1.3."""
DARK, BRIGHT = 45.0, 60.0
"""Mean grey levels below which a coloured picture is night, and above which it is day again."""


def light_of(look: Look, before: Light | None) -> Light:
    """In which light a look was taken; between the thresholds it stays as it was."""
    return light_in(look.brightness, look.colour, before)


def light_in(brightness: float, colour: float, before: Light | None) -> Light:
    """The same of a picture's mean brightness and its mean distance from grey, in grey levels."""
    if colour < COLOURLESS or brightness < DARK:
        return Light.NIGHT
    if before is None or (colour >= COLOURED and brightness >= BRIGHT):
        return Light.DAY
    return before


class Average:
    """Looks averaged with a weight of the newest: 4.6 kB.

    Half-precision floats: steps of an eighth of a grey level, where bytes would stop to learn.
    """

    __slots__ = ("_edges", "_shown", "looks", "sharpness", "spread")

    def __init__(self) -> None:
        self._edges: NDArray[np.float16] | None = None
        self._shown: int | None = None
        self.looks = 0
        self.sharpness = 0.0
        self.spread = 0.0
        """Mean distance of single looks' sharpness from the average."""

    def add(self, look: Look, weight: float) -> None:
        """Take a look in; until there are 1/weight of them, all count the same."""
        self.looks += 1
        weight = max(weight, 1.0 / self.looks)
        self.spread += weight * (abs(look.sharpness - self.sharpness) - self.spread)
        if self.looks == 1:
            self.spread = 0.0
        self.sharpness += weight * (look.sharpness - self.sharpness)
        edges = self.edges()
        self._edges = (edges + weight * (look.edges - edges)).astype(np.float16)
        self._shown = None

    def edges(self) -> Edges:
        """(36, 64); zeros before the first look."""
        if self._edges is None:
            return np.zeros((HEIGHT, WIDTH), np.float32)
        return self._edges.astype(np.float32)

    @property
    def shown(self) -> int:
        """How many tiles show something."""
        if self._shown is None:
            self._shown = shown_in(self.edges())
        return self._shown


@dataclass(slots=True)
class Baseline:
    """A light's usual picture, how much of it is usually kept, and how alike its looks are."""

    average: Average
    began: float
    """When its first picture was taken, Unix seconds."""
    learned_at: float
    usual: float = 1.0
    """Part of the tiles that the recent looks' average usually keeps."""
    steady: float = 1.0
    """Part of the tiles that a look usually keeps of the looks just before it."""


def kept_of(known: Average, seen: Edges) -> float:
    """How much of what is known is still to be seen, 0 to 1."""
    return kept(tiles_of(known.edges()), tiles_of(seen))
