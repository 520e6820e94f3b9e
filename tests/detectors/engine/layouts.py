"""Each layout of boxes, written from its definition: the output of a model that sees one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Output = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thing:
    """Centre and size in input pixels, the number of its class, and how sure the model is."""

    x: float
    y: float
    width: float
    height: float
    class_id: int
    score: float

    @property
    def corners(self) -> list[float]:
        half_width, half_height = self.width / 2, self.height / 2
        return [
            self.x - half_width,
            self.y - half_height,
            self.x + half_width,
            self.y + half_height,
        ]


def yolox(thing: Thing, shape: tuple[int, ...], side: int) -> Output:
    """In the grid whose stride is nearest to the thing's size, whose cells follow those of finer
    grids row by row."""
    output = np.zeros(shape, np.float32)
    stride = min((8, 16, 32), key=lambda each: abs(np.log(max(thing.width, 1) / (4 * each))))
    before = sum((side // finer) ** 2 for finer in (8, 16, 32) if finer < stride)
    column, row = int(thing.x // stride), int(thing.y // stride)
    output[before + row * (side // stride) + column] = [
        thing.x / stride - column,
        thing.y / stride - row,
        np.log(thing.width / stride),
        np.log(thing.height / stride),
        1.0,
        *_scores(thing, shape[1] - 5),
    ]
    return output


def ultralytics(thing: Thing, shape: tuple[int, ...], _side: int) -> Output:
    output = np.zeros(shape, np.float32)
    values = [thing.x, thing.y, thing.width, thing.height, *_scores(thing, shape[0] - 4)]
    output[:, int(thing.x * thing.y) % shape[1]] = values
    return output


def fastestdet(thing: Thing, shape: tuple[int, ...], side: int) -> Output:
    output = np.full(shape, -9, np.float32)
    output[0], output[5:] = 0, 0
    column, row = int(thing.x // 16), int(thing.y // 16)
    output[:, row, column] = [
        1.0,
        np.arctanh(min(thing.x / 16 - column, 0.9999)),
        np.arctanh(min(thing.y / 16 - row, 0.9999)),
        _logit(thing.width / side),
        _logit(thing.height / side),
        *_scores(thing, shape[0] - 5),
    ]
    return output


def detr(thing: Thing, shape: tuple[int, ...], side: int) -> Output:
    output = np.full(shape, _logit(0.01), np.float32)
    box = np.array([thing.x, thing.y, thing.width, thing.height]) / side
    output[:, :4] = 0.5
    output[int(thing.x * thing.y) % shape[0]] = [
        *box,
        *(_logit(max(score, 0.01)) for score in _scores(thing, shape[1] - 4)),
    ]
    return output


def end_to_end(thing: Thing, shape: tuple[int, ...], _side: int) -> Output:
    output = np.zeros(shape, np.float32)
    output[0] = [*thing.corners, thing.score, thing.class_id]
    return output


LAYOUTS: dict[str, Callable[[Thing, tuple[int, ...], int], Output]] = {
    "yolox": yolox,
    "ultralytics": ultralytics,
    "fastestdet": fastestdet,
    "detr": detr,
    "end_to_end": end_to_end,
}


def _scores(thing: Thing, classes: int) -> list[float]:
    return [thing.score if index == thing.class_id else 0.0 for index in range(classes)]


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))
