from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.background import NOTHING, BackgroundModel
from detectors.calibration import PersonSize
from detectors.rules.bodies import bodies
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey

SIZE = PersonSize(np.full(GREY_HEIGHT, 40.0, np.float32), 13)


def paving(seed: int = 1, grain: float = 6.0) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    return np.asarray(chance.normal(130.0, grain, (GREY_HEIGHT, GREY_WIDTH)), np.float32)


def seen(picture: NDArray[np.floating]) -> Grey:
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def left_over(place: NDArray[np.float32], picture: NDArray[np.float32], covered: Mask) -> float:
    """The part of what is covered that may be bodies."""
    background = BackgroundModel().first(seen(place), 0.0)
    found = bodies(covered, seen(picture), background, SIZE)
    assert not (found & ~covered).any()
    return float(np.count_nonzero(found) / np.count_nonzero(covered))


def shaded(place: NDArray[np.float32], shade: Mask, depth: float) -> NDArray[np.float32]:
    """The same ground, lit so much; a cloud has a soft edge."""
    share = cv2.blur((shade > 0).astype(np.float32), (9, 9))
    return np.asarray(place * (1.0 + (depth - 1.0) * share), np.float32)


def cloud(left: int, top: int) -> Mask:
    shade = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    cv2.ellipse(shade, (left, top), (34, 20), 0, 0, 360, (255,), -1)
    return shade


@settings(max_examples=15, deadline=None)
@given(
    left=st.integers(30, 130),
    top=st.integers(20, 70),
    depth=st.floats(0.4, 1.5),
    grain=st.floats(2.0, 20.0),
)
def test_a_shadow_and_a_beam_are_nobody(left: int, top: int, depth: float, grain: float) -> None:
    place, shade = paving(grain=grain), cloud(left, top)
    assert left_over(place, shaded(place, shade, depth), shade) < 0.15


@pytest.mark.parametrize("depth", [0.4, 0.7, 0.88, 1.15])
@pytest.mark.parametrize("coding", [0.0, 1.0])
def test_a_shadow_on_ground_without_any_grain_is_nobody(depth: float, coding: float) -> None:
    noise = paving(2, coding) - np.float32(130.0)
    place, shade = paving(grain=0.0), cloud(80, 45)
    assert left_over(place, shaded(place, shade, depth) + noise, shade) < 0.1


@pytest.mark.parametrize("grain", [0.0, 6.0, 15.0])
@pytest.mark.parametrize(
    ("contrast", "soft"),
    [(1.0, 0.0), (0.2, 0.0), (1.0, 1.5), (0.3, 1.5), (0.3, 1.0)],
    ids=["clear", "night", "out of focus", "fog", "haze"],
)
def test_people_hide_the_ground(grain: float, contrast: float, soft: float) -> None:
    place = paving(grain=grain)
    chance = np.random.default_rng(3)
    crowd, covered = place.copy(), np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    for _ in range(25):
        left, top = int(chance.integers(40, 100)), int(chance.integers(20, 55))
        crowd[top : top + 12, left : left + 4] = chance.uniform(30, 90)
        crowd[top : top + 3, left : left + 4] = 170.0
        covered[top : top + 12, left : left + 4] = 255
    assert left_over(faint(place, contrast, soft), faint(crowd, contrast, soft), covered) > 0.85


def faint(picture: NDArray[np.float32], contrast: float, soft: float) -> NDArray[np.float32]:
    """As fog and a lens out of focus show it."""
    grey = picture * np.float32(contrast) + np.float32(90.0 * (1.0 - contrast))
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), soft) if soft else grey, np.float32)


def test_who_is_alone_is_not_looked_at_so_closely() -> None:
    place = paving(grain=0.0)
    covered = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    covered[30:42, 50:54] = 255
    assert left_over(place, place, covered) == 1.0


def test_nothing_covered_is_nobody() -> None:
    background = BackgroundModel().first(seen(paving()), 0.0)
    assert not bodies(NOTHING, seen(paving()), background, SIZE).any()
