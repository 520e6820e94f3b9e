from __future__ import annotations

import numpy as np

from detectors.rules.smoke import Veil, billows
from ingest.frame import GREY_HEIGHT, GREY_WIDTH
from tests.detectors.rules.test_rising import COLUMNS, EVERYWHERE, ROWS, Grey, burst, drifting

LEAST = 60
_INSIDE = ((COLUMNS - 60) ** 2 + (ROWS - 45) ** 2 < 14**2).astype(np.uint8) * 255
VEIL = Veil(_INSIDE, 20.0, int((_INSIDE > 0).sum()), (46, 31, 28, 28))


def smoke(at: float) -> Grey:
    return np.asarray(120 + (drifting(1.0, -5.0)(at) - 120) / 3, np.float32)


def with_a_car(at: float) -> Grey:
    """One drives away through a tenth of it, and much brighter."""
    car = (np.abs(COLUMNS - 66) < 2) & (np.abs(ROWS - 60 + 16 * at) < 2)
    return np.where(car, np.float32(230), smoke(at))


def test_smoke_churns_at_a_veil() -> None:
    found = billows(burst(smoke), VEIL, EVERYWHERE, LEAST)
    assert found is not None
    assert found.mask[45, 60]
    assert found.mask.shape == (GREY_HEIGHT, GREY_WIDTH)


def test_what_a_body_passes_through_is_no_smoke() -> None:
    """Most of it churns as gently as smoke."""
    assert billows(burst(with_a_car), VEIL, EVERYWHERE, LEAST) is None
