"""Detectors that have chosen their boxes already: YOLO26, and D-FINE as it exports itself."""

from __future__ import annotations

import numpy as np

from detectors.engine.decoder import Candidates, Output
from detectors.engine.detr import QUERIES
from models.card import ModelCard


class EndToEndDecoder:
    """Output (300, 6): left, top, right, bottom in input pixels, score, number of the class."""

    def __init__(self, card: ModelCard) -> None:
        self._classes = len(card.names)
        self.shape = (QUERIES, 6)

    def decode(self, output: Output, least: float) -> Candidates:
        known = (output[:, 5] >= 0) & (output[:, 5] < self._classes)
        rows = output[(output[:, 4] >= least) & known]
        return Candidates(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64))
