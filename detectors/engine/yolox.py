"""YOLOX: grid-relative boxes of three strides, objectness times class score (arXiv 2107.08430)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.engine.decoder import Candidates, Output, corners
from detectors.engine.protocol import EngineError
from models.card import ModelCard

STRIDES = (8, 16, 32)

MOST_LOG_SIZE = 10.0
"""Of a box, in strides. yolox_nano says 3.4 at most, in streets, crowds and noise; an export that
has decoded its boxes itself gives pixels here, and more than this for every picture."""


class YoloxDecoder:
    """Output (cells, 5 + classes): x, y, log width, log height, objectness, class scores.

    Centres are counted in cells from the cell's corner, sizes in strides. Scores come as
    probabilities.
    """

    def __init__(self, card: ModelCard) -> None:
        grids = [_grid(card.input.width, card.input.height, stride) for stride in STRIDES]
        self._name = card.name
        self._corner = np.concatenate([corner for corner, _ in grids])
        self._stride = np.concatenate([stride for _, stride in grids])
        self.shape = (len(self._stride), 5 + len(card.names))

    def decode(self, output: Output, least: float) -> Candidates:
        if output[:, 2:4].max() > MOST_LOG_SIZE:
            raise EngineError(
                f"{self._name}: its boxes are in pixels already, which the decoder yolox does not "
                "read; export the model without --decode_in_inference"
            )
        objectness = output[:, 4]
        likely = np.flatnonzero(objectness >= least)  # a product of probabilities only gets less
        rows, stride = output[likely], self._stride[likely]
        class_id = rows[:, 5:].argmax(axis=1)
        confidence = rows[:, 4] * rows[np.arange(len(rows)), 5 + class_id]
        centre = (rows[:, :2] + self._corner[likely]) * stride[:, None]
        size = np.exp(rows[:, 2:4]) * stride[:, None]
        xyxy = corners(centre[:, 0], centre[:, 1], size[:, 0], size[:, 1])
        return Candidates(xyxy, confidence, class_id)[confidence >= least]


def _grid(width: int, height: int, stride: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each cell's column and row (cells, 2), row by row, and its stride (cells,)."""
    rows, columns = np.mgrid[0 : height // stride, 0 : width // stride]
    corner = np.stack((columns.ravel(), rows.ravel()), axis=1).astype(np.float32)
    return corner, np.full(len(corner), stride, np.float32)
