"""Whole-picture classifiers: what is in the picture, not where."""

from __future__ import annotations

import numpy as np

from detectors.engine.decoder import Candidates, Output, sigmoid
from models.card import ClassifierOutput, ModelCard


class ClassifierDecoder:
    """Output (classes,): each class that is likely enough becomes a box as large as the picture."""

    def __init__(self, card: ModelCard) -> None:
        self._meaning = card.output or ClassifierOutput(activation="none")
        self._whole = np.array([0, 0, card.input.width, card.input.height], np.float32)
        self.shape = (len(card.names),)

    def decode(self, output: Output, least: float) -> Candidates:
        probability = _activate(output, self._meaning.activation)
        if self._meaning.absent:
            probability = 1 - probability
        likely = np.flatnonzero(probability >= least)
        return Candidates(np.tile(self._whole, (len(likely), 1)), probability[likely], likely)


def _activate(output: Output, activation: str) -> Output:
    if activation == "sigmoid":
        return sigmoid(output)
    if activation == "softmax":
        powers = np.exp(output - output.max())
        return np.asarray(powers / powers.sum(), np.float32)
    return output
