"""Raw outputs of a whole batch to boxes, on the device: the layouts, and suppression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from detectors.engine.protocol import EngineError
from detectors.engine.yolox import STRIDES
from models.card import Decoder, ModelCard

MOST_CANDIDATES = 512
"""Boxes of a picture that are compared with each other: 8 million pairs in a batch of 32. A dense
crowd gives 724 at confidence 0.01, and fewer than this at any that is used."""

CHAIN = 16
"""How long a chain of boxes, each of which overlaps the next, is resolved exactly. Longer ones keep
a box too many or too few; 354 pictures of walkers and a crowd (yolox_nano at 0.01) took eight."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Boxes (N, A, 4) left, top, right, bottom in input pixels; scores and classes (N, A)."""

    boxes: torch.Tensor
    scores: torch.Tensor
    classes: torch.Tensor


Read = Callable[[torch.Tensor], Rows]


def reader_of(card: ModelCard, device: torch.device) -> Read:
    """What reads the layout that a card names.

    Raises:
        EngineError: there is none for it on a device.
    """
    match card.decoder:
        case Decoder.YOLOX:
            return _yolox(card, device)
        case Decoder.ULTRALYTICS:
            return _ultralytics
        case Decoder.DETR:
            return _detr(card, device)
        case Decoder.END_TO_END:
            return _end_to_end
        case _:
            raise EngineError(
                f"{card.name}: the decoder {card.decoder.value} has no way on PyTorch; use its ONNX"
            )


def chosen(rows: Rows, least: float, iou: float) -> torch.Tensor:
    """(N, K, 6) float32: box, score, class, the surest first; a score of 0 is no box.

    Greedy suppression as `detectors.engine.suppression` does it, without a loop over boxes and
    without asking the device anything: a box stays unless a surer one that stays overlaps it. That
    is repeated until it has settled for chains of `CHAIN`.
    """
    count = min(MOST_CANDIDATES, rows.scores.shape[1])
    scores, order = rows.scores.float().nan_to_num(0).topk(count, dim=1)
    boxes = rows.boxes.float().gather(1, order[..., None].expand(-1, -1, 4))
    classes = rows.classes.gather(1, order)
    valid = (scores >= least) & boxes.isfinite().all(-1)
    keep = valid
    if iou < 1:
        same = classes[:, :, None] == classes[:, None]
        surer = torch.ones(count, count, dtype=torch.bool, device=scores.device).triu(1)
        removes = (_overlaps(boxes) > iou) & same & surer
        for _ in range(CHAIN):
            keep = valid & ~(removes & keep[:, :, None]).any(dim=1)
    parts = (boxes.nan_to_num(0), (scores * keep)[..., None], classes.float()[..., None])
    return torch.cat(parts, dim=-1)


def _overlaps(boxes: torch.Tensor) -> torch.Tensor:
    """Intersection over union of all pairs of each picture's boxes: (N, K, 4) to (N, K, K)."""
    a, b = boxes[:, :, None], boxes[:, None]
    sides = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(0)
    shared = sides.prod(-1)
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    return shared / (area[:, :, None] + area[:, None] - shared).clamp(1e-9)


def _corners(boxes: torch.Tensor) -> torch.Tensor:
    half = boxes[..., 2:] / 2
    return torch.cat((boxes[..., :2] - half, boxes[..., :2] + half), dim=-1)


def _yolox(card: ModelCard, device: torch.device) -> Read:
    corners, strides = [], []
    for stride in STRIDES:
        rows, columns = card.input.height // stride, card.input.width // stride
        grid = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)).flip(1)
        corners.append(grid)
        strides.append(torch.full((len(grid), 1), stride))
    corner, stride_of = torch.cat(corners).to(device), torch.cat(strides).to(device)

    def read(output: torch.Tensor) -> Rows:
        output = output.float()
        score, classes = output[..., 5:].max(-1)
        centre = (output[..., :2] + corner) * stride_of
        boxes = torch.cat((centre, output[..., 2:4].exp() * stride_of), -1)
        return Rows(_corners(boxes), output[..., 4] * score, classes)

    return read


def _ultralytics(output: torch.Tensor) -> Rows:
    scores, classes = output[:, 4:].max(1)
    return Rows(_corners(output[:, :4].transpose(1, 2).float()), scores, classes)


def _detr(card: ModelCard, device: torch.device) -> Read:
    size = torch.tensor([card.input.width, card.input.height] * 2, device=device)

    def read(output: torch.Tensor) -> Rows:
        logits, classes = output[..., 4:].float().max(-1)
        return Rows(_corners(output[..., :4].float() * size), logits.sigmoid(), classes)

    return read


def _end_to_end(output: torch.Tensor) -> Rows:
    return Rows(output[..., :4], output[..., 4], output[..., 5].long())
