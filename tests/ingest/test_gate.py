"""The gate: lets change through, not light, and never goes silent."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.frame import GREY_HEIGHT, GREY_WIDTH
from ingest.gate import LOOK_EVERY, Gate

RANDOM = np.random.default_rng(5)
SCENE = np.kron(RANDOM.integers(40, 200, (9, 16)), np.ones((10, 10))).astype(np.uint8)


def noisy(scene: NDArray[np.uint8], spread: float = 3.0) -> NDArray[np.uint8]:
    noise = RANDOM.normal(0, spread, (GREY_HEIGHT, GREY_WIDTH))
    return np.clip(scene + noise, 0, 255).astype(np.uint8)


def seen(*scenes: NDArray[np.uint8]) -> Gate:
    gate = Gate()
    for number, scene in enumerate(scenes):
        gate.look(scene, float(number))
    return gate


def test_the_first_picture_is_looked_at() -> None:
    assert Gate().look(SCENE, 0.0).active


def test_noise_is_not_activity() -> None:
    activity = seen(noisy(SCENE)).look(noisy(SCENE), 1.0)
    assert not activity.active
    assert activity.changed < 0.001


def test_a_small_thing_is_activity() -> None:
    scene = SCENE.copy()
    scene[40:48, 70:74] = 255
    activity = seen(noisy(SCENE)).look(noisy(scene), 1.0)
    assert activity.active
    assert not activity.light_change
    assert activity.changed == pytest.approx(32 / SCENE.size, abs=0.001)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 25), (1.0, -25), (0.7, 0), (1.2, -5)])
def test_light_alone_changes_nothing(gain: float, offset: float) -> None:
    lit = np.clip(SCENE * gain + offset, 0, 255).astype(np.uint8)
    activity = seen(noisy(SCENE)).look(noisy(lit), 1.0)
    assert activity.changed < 0.01


def test_a_change_of_light_is_said() -> None:
    activity = seen(SCENE).look(np.clip(SCENE.astype(int) + 30, 0, 255).astype(np.uint8), 1.0)
    assert activity.light_change
    assert activity.active


def test_no_stillness_silences_a_camera() -> None:
    gate = Gate()
    active = [gate.look(SCENE, float(second)).active for second in range(0, 200, 2)]
    looks = [2 * n for n, looked in enumerate(active) if looked]
    assert looks == list(range(0, 200, int(LOOK_EVERY)))


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_pictures_divide_nothing_by_zero(value: int) -> None:
    blank = np.full_like(SCENE, value)
    assert seen(blank).look(blank, 1.0).changed == 0.0
    assert seen(blank).look(SCENE, 1.0).active
