"""FastestDet: one anchor-free head on one grid (the project's own runtime example is its paper)."""

from __future__ import annotations

import numpy as np

from detectors.engine.decoder import Candidates, Output, corners, sigmoid
from models.card import ModelCard

STRIDE = 16


class FastestDetDecoder:
    """Output (5 + classes, rows, columns): objectness, x, y, width, height, class scores.

    A centre lies tanh(x) cells from its cell's corner, either way; a size is sigmoid(width) of the
    whole picture. Objectness and scores come as probabilities.
    """

    def __init__(self, card: ModelCard) -> None:
        self._rows, self._columns = card.input.height // STRIDE, card.input.width // STRIDE
        self._width, self._height = card.input.width, card.input.height
        self.shape = (5 + len(card.names), self._rows, self._columns)

    def decode(self, output: Output, least: float) -> Candidates:
        cells = output.reshape(output.shape[0], -1)
        likely = np.flatnonzero(cells[0] >= least)
        values = cells[:, likely]
        class_id = values[5:].argmax(axis=0)
        confidence = values[0] * values[5 + class_id, np.arange(len(likely))]
        column, row = likely % self._columns, likely // self._columns
        xyxy = corners(
            (column + np.tanh(values[1])) / self._columns * self._width,
            (row + np.tanh(values[2])) / self._rows * self._height,
            sigmoid(values[3]) * self._width,
            sigmoid(values[4]) * self._height,
        )
        return Candidates(xyxy, confidence, class_id)[confidence >= least]
