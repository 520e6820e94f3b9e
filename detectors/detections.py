"""What a detector saw in one picture: one object of arrays, not a list of things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Detections:
    """N detections of one picture.

    `xyxy` (N, 4) float32: left, top, right, bottom as fractions of the picture's width and height.
    `confidence` (N,) float32 in 0…1. `class_id` (N,) int64 index into `names`.
    """

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_id: NDArray[np.int64]
    names: tuple[str, ...]

    @staticmethod
    def empty(names: tuple[str, ...] = ()) -> Detections:
        return Detections(
            np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64), names
        )

    def __len__(self) -> int:
        return len(self.confidence)

    def where(self, keep: NDArray[np.bool_]) -> Detections:
        """Those for which `keep` (N,) is true."""
        return Detections(self.xyxy[keep], self.confidence[keep], self.class_id[keep], self.names)

    def of(self, *names: str) -> Detections:
        """Those of the named classes; a name that the model does not know matches nothing."""
        ids = [index for index, name in enumerate(self.names) if name in names]
        return self.where(np.isin(self.class_id, ids))

    def above(self, confidence: float) -> Detections:
        return self.where(self.confidence >= confidence)

    def foot_points(self) -> NDArray[np.float32]:
        """(N, 2) middle of each box's lower edge: where a person or a car touches the ground."""
        return np.column_stack(((self.xyxy[:, 0] + self.xyxy[:, 2]) / 2, self.xyxy[:, 3])).astype(
            np.float32
        )
