"""What is said of a model whose shapes are not its card's."""

from __future__ import annotations

from detectors.engine.protocol import EngineError
from models.card import ModelCard


def mismatch(
    card: ModelCard, what: str, given: tuple[int | str | None, ...], expected: tuple[int, ...]
) -> EngineError:
    """`given` is what the model has, the batch in front; `expected` is without it."""
    wanted = ", ".join(map(str, expected))
    return EngineError(
        f"{card.name}: the model's {what} is {given}, but its card (decoder {card.decoder.value}, "
        f"input {card.input.width}x{card.input.height}, {len(card.names)} classes) expects "
        f"(N, {wanted}); correct the card, or use the weights that it describes"
    )
