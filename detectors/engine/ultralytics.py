"""Ultralytics' detection layout (YOLOv8 to YOLO11 exports): boxes in pixels, no objectness."""

from __future__ import annotations

import numpy as np

from detectors.engine.decoder import Candidates, Output, corners
from models.card import ModelCard

STRIDES = (8, 16, 32)


class UltralyticsDecoder:
    """Output (4 + classes, cells): centre x, centre y, width, height in input pixels, scores."""

    def __init__(self, card: ModelCard) -> None:
        cells = sum((card.input.width // s) * (card.input.height // s) for s in STRIDES)
        self.shape = (4 + len(card.names), cells)

    def decode(self, output: Output, least: float) -> Candidates:
        scores = output[4:]
        best = scores.max(axis=0)
        likely = np.flatnonzero(best >= least)
        class_id = scores[:, likely].argmax(axis=0)
        return Candidates(corners(*output[:4, likely]), best[likely], class_id)
