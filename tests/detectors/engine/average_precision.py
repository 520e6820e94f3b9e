"""Average precision as PASCAL VOC 2010 defines it: the area under the falling precision curve."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.engine.agreement import iou

Boxes = NDArray[np.float32]
"""(N, 4) left, top, right, bottom."""


@dataclass
class AveragePrecision:
    """Gathers pictures; a detection is right when it is the first on a true box at `iou`."""

    iou: float = 0.5
    _confidences: list[float] = field(default_factory=list)
    _right: list[bool] = field(default_factory=list)
    _truths: int = 0

    def add(self, found: Boxes, confidence: NDArray[np.float32], truth: Boxes) -> None:
        overlaps = iou(found, truth)
        self._truths += len(truth)
        for index in np.argsort(-confidence, kind="stable"):
            best = int(overlaps[index].argmax()) if len(truth) else -1
            right = best >= 0 and overlaps[index, best] >= self.iou
            if right:
                overlaps[:, best] = 0
            self._confidences.append(float(confidence[index]))
            self._right.append(bool(right))

    def value(self) -> float:
        order = np.argsort(-np.array(self._confidences), kind="stable")
        right = np.cumsum(np.array(self._right)[order])
        precision = right / np.arange(1, len(right) + 1)
        falling = np.maximum.accumulate(precision[::-1])[::-1]
        recall = right / self._truths
        return float((np.diff(recall, prepend=0.0) * falling).sum())
