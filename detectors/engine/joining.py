"""Several outputs of one model, laid side by side into the one that its decoder reads.

They are told apart by their shapes, since exporters name them as they like: `logits` and
`pred_boxes`, `labels` and `dets`, or `labels`, `boxes` and `scores`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.engine.protocol import EngineError
from models.card import Decoder, ModelCard

Shape = Sequence[int | str | None]
"""Of an output, the batch in front; names stand for open sizes."""


def order_of(card: ModelCard, given: Sequence[tuple[str, Shape, bool]]) -> list[int]:
    """The outputs (name, shape, whether whole numbers) in the order in which `joined` wants them.

    Raises:
        EngineError: these are not the outputs of the card's decoder.
    """
    if len(given) == 1:
        return [0]
    match card.decoder:
        case Decoder.DETR:
            wanted = [_with_last(given, 4), _with_last(given, len(card.names))]
        case Decoder.END_TO_END:
            wanted = [
                _with_last(given, 4),
                [i for i, (_, shape, whole) in enumerate(given) if len(shape) == 2 and not whole],
                [i for i, (_, shape, whole) in enumerate(given) if len(shape) == 2 and whole],
            ]
        case _:
            wanted = []
    order = [found[0] for found in wanted if len(found) == 1]
    if len(order) != len(given) or len(set(order)) != len(given):
        names = ", ".join(f"{name} {tuple(shape)}" for name, shape, _ in given)
        raise EngineError(
            f"{card.name} has {len(given)} outputs ({names}), which are not those of the decoder "
            f"{card.decoder.value}; correct the card, or export the model with the usual outputs"
        )
    return order


def joined(outputs: Sequence[NDArray[np.generic]]) -> NDArray[np.float32]:
    """Outputs (N, rows) or (N, rows, columns) as one (N, rows, all columns) float32."""
    if len(outputs) == 1:
        return np.asarray(outputs[0], np.float32)
    wide = [part[..., None] if part.ndim == 2 else part for part in outputs]
    return np.concatenate([np.asarray(part, np.float32) for part in wide], axis=-1)


def _with_last(given: Sequence[tuple[str, Shape, bool]], size: int) -> list[int]:
    return [i for i, (_, shape, _) in enumerate(given) if len(shape) == 3 and shape[-1] == size]
