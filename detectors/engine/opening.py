"""Weights of any kind, by how their file is called."""

from __future__ import annotations

from pathlib import Path

from configs.hardware import WHATEVER_IS_THERE, Hardware
from detectors.engine.onnx import open_onnx
from detectors.engine.protocol import EngineError, PlacedEngine
from detectors.engine.session import THREADS
from models.card import ModelCard

OF_TORCH = frozenset({".pt", ".pth", ".pt2", ".ts", ".torchscript"})


def open_engine(
    card: ModelCard,
    weights: Path,
    *,
    hardware: Hardware = WHATEVER_IS_THERE.usual,
    threads: int = THREADS,
    confidence: float | None = None,
) -> PlacedEngine:
    """Load a card's weights; `confidence` replaces the card's.

    Raises:
        EngineError: no hardware that may be used is there, what runs such weights is not
            installed, the file is not a model, or not the card's, or there is no room for it.
    """
    least = card.confidence if confidence is None else confidence
    if weights.suffix.lower() not in OF_TORCH:
        return open_onnx(card, weights, hardware=hardware, threads=threads, confidence=least)
    try:
        # Seconds to import, and not there for most.
        from detectors.engine.torch import open_torch  # noqa: PLC0415
    except EngineError as error:
        raise EngineError(f"{card.name}: {error}") from None
    try:
        return open_torch(card, weights, hardware=hardware, threads=threads, confidence=least)
    except EngineError:
        raise
    except Exception as error:  # PyTorch's share no base but it; one is a device without memory
        raise EngineError(f"{card.name} cannot be opened in PyTorch: {error}") from error
