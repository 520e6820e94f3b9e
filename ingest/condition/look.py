"""What a look at one picture leaves: its edges, how sharp, how bright and how coloured it is.

Numbers that do not follow the light: edges are compared by correlation, sharpness is a ratio. A
look costs about 0.2 ms and is taken every 40 s, so that a scan pays 0.03 to 0.05 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.frame import Frame, Grey

WIDTH, HEIGHT = 64, 36
"""Cells of the edge picture. A cell is 10 pixels of a 640×360 stream: a camera that sways in the
wind stays within it, one that was turned by 5 % of its view does not."""
ACROSS, DOWN = 8, 4
"""Tiles of the edge picture, 8×9 cells each: what covers half the view leaves the others alone."""
STRUCTURE = 2.0
"""Deviation of a tile's edges, in quarters of grey levels a pixel, from which it shows something.
Least median of the shared clips: 23 of 40 tiles of a pale car park; a lens cap has none."""
LINES = 16
"""Sharpness is taken from every 16th line of the full picture: 22 of 360, 0.03 ms."""
WIDE = 8
"""Pixels over which a slope counts as coarse; a blur of 2 pixels leaves it as it is."""
LEAST_SLOPE = 0.5
"""Grey levels: below this a picture has no slopes to compare its sharpness with."""

Edges = NDArray[np.float32]
Tiles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """One picture's numbers. `edges` is (36, 64); `brightness` and `colour` are grey levels.

    `sharpness` is fine detail against coarse slopes: 0.1 to 0.5 in focus, below 0.1 out of it.
    `colour` is the mean distance of both colour planes from grey: 0 in infrared mode.
    """

    edges: Edges
    sharpness: float
    brightness: float
    colour: float


def look_at(frame: Frame) -> Look:
    """Take the numbers of a picture; it is not changed."""
    return Look(
        edges_of(frame.grey),
        sharpness_of(frame.luma()),
        float(cv2.mean(frame.grey)[0]),
        frame.colour(),
    )


def edges_of(grey: Grey) -> Edges:
    """Where a (90, 160) grey picture has edges, smoothed so that a swaying mast does not matter."""
    across = cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, 1, 0), alpha=0.25)
    down = cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, 0, 1), alpha=0.25)
    smooth = cv2.blur(cv2.add(across, down), (3, 3))
    small = cv2.resize(smooth, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def sharpness_of(luma: NDArray[np.uint8]) -> float:
    """Fine detail of a (height, width) picture as a fraction of its coarse slopes."""
    scale = max(1, luma.shape[1] // 640)
    lines = luma[LINES // 2 :: LINES].astype(np.int16)
    near = 2 * lines[:, 1:-1] - lines[:, 2:] - lines[:, :-2]
    reach = 2 * WIDE * scale
    far = lines[:, reach:] - lines[:, :-reach]
    slope = float(np.abs(far).mean()) if far.size else 0.0
    return float(np.abs(near).mean()) / slope if slope >= LEAST_SLOPE else 0.0


def tiles_of(edges: Edges) -> Tiles:
    """(32, 72): each tile's cells, less their mean."""
    split = edges.reshape(DOWN, HEIGHT // DOWN, ACROSS, WIDTH // ACROSS)
    tiles = split.transpose(0, 2, 1, 3).reshape(ACROSS * DOWN, -1)
    return np.asarray(tiles - tiles.mean(axis=1, keepdims=True), np.float32)


def shown_in(edges: Edges) -> int:
    """How many of the 32 tiles show something."""
    return int(structured(tiles_of(edges)).sum())


def structured(tiles: Tiles) -> NDArray[np.bool_]:
    """Which of the 32 tiles show something."""
    return np.asarray(np.einsum("ij,ij->i", tiles, tiles) >= tiles.shape[1] * STRUCTURE**2)


ALIKE = 0.35
"""Correlation from which a tile still shows what it showed. Of the shared clips a single picture
keeps 0.84 to 1.0 of its tiles, half of it for a camera held in the hand; a view shifted by 8 % of
its width keeps 0.07 to 0.4, by chance and by what repeats."""


def kept(known: Tiles, seen: Tiles) -> float:
    """The part of the known tiles that show something which still show the same, 0 to 1."""
    shown = structured(known)
    if not shown.any():
        return 0.0
    known, seen = known[shown], seen[shown]
    energy = np.einsum("ij,ij->i", known, known) * np.einsum("ij,ij->i", seen, seen)
    alike = np.einsum("ij,ij->i", known, seen) / np.sqrt(np.maximum(energy, 1e-6))
    return float((alike >= ALIKE).mean())
