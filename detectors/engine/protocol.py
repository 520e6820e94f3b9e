"""What every engine is, and what it runs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from configs.hardware import Provider
from detectors.detections import Detections
from models.card import ModelCard

Picture = NDArray[np.uint8]
"""(height, width, 3) uint8, BGR."""


class EngineError(Exception):
    """A model cannot be run; the message names its card, what is wrong and what was expected."""


class Engine(Protocol):
    """One loaded model. Safe to call from one thread at a time."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def batches(self) -> bool:
        """Whether several pictures in one call cost less than the same pictures one by one."""

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        """One `Detections` for each picture, in order; boxes lie within 0…1.

        Raises:
            EngineError: a picture has the wrong shape, or the model gives an answer of another.
        """


class PlacedEngine(Engine, Protocol):
    """An engine that knows on which hardware it came to run."""

    @property
    def provider(self) -> Provider:
        """The hardware that it runs on."""

    @property
    def passed_over(self) -> tuple[str, ...]:
        """Why it does not run on hardware that was to be tried before that: a reason each."""
