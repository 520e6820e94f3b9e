from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.rules.rising import find_rising
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Frame
from tests.detectors.rules.watching import EPOCH, frame_of

Grey = NDArray[np.float32]
Shoot = Callable[[float], Grey]
EVERYWHERE = np.full((GREY_HEIGHT, GREY_WIDTH), 255, np.uint8)
ROWS, COLUMNS = np.mgrid[0:GREY_HEIGHT, 0:GREY_WIDTH].astype(np.float32)
GRAIN = cv2.GaussianBlur(
    np.random.default_rng(5).normal(0, 60, (GREY_HEIGHT, GREY_WIDTH)).astype(np.float32),
    (0, 0),
    2.5,
)
INSIDE = np.exp(-(((COLUMNS - 60) / 14) ** 2) - ((ROWS - 45) / 14) ** 2)


def drifting(right: float, down: float) -> Shoot:
    """Soft grain that shows in one place and moves so many small pixels a second."""

    def shoot(at: float) -> Grey:
        moved = cv2.remap(
            GRAIN, COLUMNS - right * at, ROWS - down * at, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )  # fmt: skip
        return np.asarray(120 + INSIDE * moved, np.float32)

    return shoot


def creeping_edge(at: float) -> Grey:
    """A shadow whose edge leans goes to the right: across the edge that is also up."""
    edge = 60 + 1.5 * at - 0.5 * (45 - ROWS)
    return np.asarray(110 + 30 * np.tanh((COLUMNS - edge) / 1.6), np.float32)


def driving_away(at: float) -> Grey:
    """A body goes up the picture, by six of its lengths in a burst."""
    far = ROWS + 18 * at
    body = np.exp(-(((COLUMNS - 60) / 6) ** 4) - ((far - 65) / 5) ** 4)
    grain = cv2.remap(
        GRAIN, COLUMNS, np.asarray(far - 20, np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )  # fmt: skip
    return np.asarray(120 + body * (grain - 10), np.float32)


def burst(shoot: Shoot, rate: float = 10.0, mirrored: bool = False) -> list[Frame]:
    rng = np.random.default_rng(1)
    frames = []
    for at in np.arange(0, 2, 1 / rate):
        grey = shoot(float(at)) + rng.normal(0, 0.7, GRAIN.shape)
        grey = grey[:, ::-1] if mirrored else grey
        levels = np.clip(np.rint(grey), 16, 235).astype(np.uint8)
        frames.append(frame_of(cv2.merge([levels] * 3), EPOCH + float(at)))
    return frames


@pytest.mark.parametrize("rate", [5.0, 10.0, 25.0])
def test_what_rises_is_found_where_it_does(rate: float) -> None:
    found = find_rising(burst(drifting(2.0, -5.0), rate), EVERYWHERE, 60)
    assert found is not None
    assert found.mask[45, 60]
    assert found.drift.down == pytest.approx(-5.0, abs=2.0)
    assert found.drift.right == pytest.approx(2.0, abs=1.5)
    assert found.drift.share > 0.3


@pytest.mark.parametrize(
    "shoot",
    [
        pytest.param(drifting(0.0, 0.0), id="stands still"),
        pytest.param(drifting(0.0, 5.0), id="sinks"),
        pytest.param(drifting(6.0, -0.5), id="goes across"),
        pytest.param(creeping_edge, id="a shadow's leaning edge"),
        pytest.param(driving_away, id="passes through"),
    ],
)
def test_what_does_not_rise_is_nothing(shoot: Shoot) -> None:
    assert find_rising(burst(shoot), EVERYWHERE, 60) is None


def test_mirrored_it_rises_the_other_way() -> None:
    one = find_rising(burst(drifting(3.0, -5.0)), EVERYWHERE, 60)
    other = find_rising(burst(drifting(3.0, -5.0), mirrored=True), EVERYWHERE, 60)
    assert one is not None
    assert other is not None
    assert other.drift.right == pytest.approx(-one.drift.right, abs=0.3)
    assert other.drift.down == pytest.approx(one.drift.down, abs=0.3)


def test_elsewhere_and_in_few_pictures_nothing_rises() -> None:
    elsewhere = np.zeros_like(EVERYWHERE)
    elsewhere[:, 120:] = 255
    assert find_rising(burst(drifting(0.0, -5.0)), elsewhere, 60) is None
    assert find_rising(burst(drifting(0.0, -5.0))[:4], EVERYWHERE, 60) is None
