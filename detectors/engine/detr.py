"""DETR-like detectors (D-FINE, arXiv 2410.13842; RF-DETR): a row a query, a score a class."""

from __future__ import annotations

import numpy as np

from detectors.engine.decoder import Candidates, Output, corners, sigmoid
from models.card import ModelCard

QUERIES = 300
"""Rows of D-FINE, RF-DETR and YOLO26 alike."""


class DetrDecoder:
    """Output (300, 4 + classes): centre x, centre y, width, height as fractions of the input, then
    a logit a class. Classes are independent (trained with a focal loss): a sigmoid each, no
    softmax, no class for nothing."""

    def __init__(self, card: ModelCard) -> None:
        self._size = np.array([card.input.width, card.input.height] * 2, np.float32)
        self.shape = (QUERIES, 4 + len(card.names))

    def decode(self, output: Output, least: float) -> Candidates:
        class_id = output[:, 4:].argmax(axis=1)
        confidence = sigmoid(output[np.arange(len(output)), 4 + class_id])
        likely = np.flatnonzero(confidence >= least)
        boxes = output[likely, :4] * self._size
        return Candidates(corners(*boxes.T), confidence[likely], class_id[likely])
