"""The measure itself, on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.engine.agreement import iou
from tests.detectors.engine.average_precision import AveragePrecision

A, B, ELSEWHERE = [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]


def measured(found: list[list[int]], confidence: list[float], truth: list[list[int]]) -> float:
    precision = AveragePrecision()
    precision.add(
        np.array(found, np.float32).reshape(-1, 4),
        np.array(confidence, np.float32),
        np.array(truth, np.float32).reshape(-1, 4),
    )
    return precision.value()


@pytest.mark.parametrize(
    ("found", "confidence", "expected"),
    [
        ([A, B], [0.9, 0.8], 1.0),
        ([A], [0.9], 0.5),
        ([A, ELSEWHERE, B], [0.9, 0.8, 0.7], 0.5 + 0.5 * 2 / 3),
        ([ELSEWHERE, A, B], [0.9, 0.8, 0.7], 2 / 3),
        ([A, A], [0.9, 0.8], 0.5),
        ([ELSEWHERE], [0.9], 0.0),
    ],
)
def test_average_precision(
    found: list[list[int]], confidence: list[float], expected: float
) -> None:
    assert measured(found, confidence, [A, B]) == pytest.approx(expected)


def test_overlap() -> None:
    boxes = np.array([A, [5, 0, 15, 10]], np.float32)
    assert iou(boxes, boxes) == pytest.approx(np.array([[1, 1 / 3], [1 / 3, 1]]))
