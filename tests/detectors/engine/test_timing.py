from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.detections import Detections
from detectors.engine.protocol import Picture
from detectors.engine.timing import timed
from tests.models.cards import make_card


class Paced:
    """Takes a second a batch and one more a picture, by the test; the first takes a minute."""

    batches = True

    def __init__(self) -> None:
        self.card = make_card()
        self.names = self.card.names
        self.now = 0.0
        self.sizes: list[int] = []

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        self.now += 1.0 + len(pictures) if self.sizes else 60.0
        self.sizes.append(len(pictures))
        return [Detections.empty(self.names)] * len(pictures)


@pytest.mark.parametrize(("batch", "milliseconds"), [(1, 2000.0), (4, 1250.0)])
def test_the_first_batch_is_not_counted(batch: int, milliseconds: float) -> None:
    engine = Paced()
    timing = timed(
        engine,
        [np.zeros((2, 2, 3), np.uint8)] * 3,
        batch,
        rounds=5,
        wall=lambda: engine.now,
        cpu=lambda: engine.now / 2,
    )
    assert engine.sizes == [batch] * 6
    assert timing.wall == pytest.approx(milliseconds)
    assert timing.cpu == pytest.approx(milliseconds / 2)
    assert timing.per_second == pytest.approx(1000 / milliseconds)
