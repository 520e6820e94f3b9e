"""What every decoder is: one model's raw output in, candidate boxes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Output = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes before overlaps are resolved.

    `xyxy` (N, 4) float32 in input pixels, `confidence` (N,) float32, `class_id` (N,) int64.
    """

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_id: NDArray[np.int64]

    def __getitem__(self, keep: NDArray[np.int64] | NDArray[np.bool_]) -> Candidates:
        return Candidates(self.xyxy[keep], self.confidence[keep], self.class_id[keep])


class OutputDecoder(Protocol):
    """Reads one model's layout. `shape` is the output of one picture, without the batch axis."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def decode(self, output: Output, least: float) -> Candidates:
        """Candidates of at least this confidence in `output`, which has the shape `shape`.

        Raises:
            EngineError: the numbers are not those of this layout.
        """


def corners(
    centre_x: NDArray[np.float32],
    centre_y: NDArray[np.float32],
    width: NDArray[np.float32],
    height: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(N, 4) left, top, right, bottom of boxes that are given by centre and size."""
    half_width, half_height = width / 2, height / 2
    return np.stack(
        (
            centre_x - half_width,
            centre_y - half_height,
            centre_x + half_width,
            centre_y + half_height,
        ),
        axis=1,
    ).astype(np.float32)


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + e^-v), without overflow for any float32."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)), np.float32)
