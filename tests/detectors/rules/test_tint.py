"""What differs from its place in colour alone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from configs.rules import ObstructionConfig
from detectors.event import Phase
from tests.detectors.rules.drawn import ground, lit, noisy
from tests.detectors.rules.watching import Heard, Picture, rule_on, scans, watch

CONFIG = ObstructionConfig(rule="obstruction", dwell=20, clear_after=6, cooldown=30, model=None)
BLUE = (200, 115, 83)
"""As bright as the drawn ground: 0.114 B + 0.587 G + 0.299 R = 115."""


def heard_in(shoot: Callable[[float], Picture], seconds: float = 80.0) -> list[Heard]:
    return watch(rule_on(CONFIG), shoot, scans(seconds))


def crate(arrives: float, leaves: float = 1e9) -> Callable[[float], Picture]:
    """A crate with planks, as bright as the ground, there from … to."""
    place = ground()
    with_crate = place.copy()
    cv2.rectangle(with_crate, (120, 80), (180, 124), BLUE, -1)
    for plank in range(84, 124, 8):
        cv2.line(with_crate, (120, plank), (180, plank), (186, 104, 74), 1)
    return lambda at: noisy(with_crate if arrives <= at < leaves else place, at)


def test_what_is_as_bright_as_the_ground_is_seen_by_its_colour() -> None:
    opened, cleared = heard_in(crate(20.0, 60.0), 90.0)
    assert 38.0 <= opened.at <= 46.0
    assert cleared.phase is Phase.CLEARED
    assert 60.0 <= cleared.at <= 76.0


def test_the_bare_ground_where_it_stood_is_nothing() -> None:
    assert heard_in(crate(-5.0, 20.0)) == []


def test_a_camera_without_colours_says_nothing_about_them() -> None:
    def grey(at: float) -> Picture:
        luma = cv2.cvtColor(crate(20.0)(at), cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), np.uint8)

    assert heard_in(grey) == []


def test_colours_that_go_at_dusk_and_come_back_are_nothing() -> None:
    place = ground()
    place[100:, 200:] = (60, 150, 80)

    def shoot(at: float) -> Picture:
        shown = noisy(place, at)
        if not 20.0 <= at < 60.0:
            return shown
        luma = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), np.uint8)

    assert heard_in(shoot, 120.0) == []


@pytest.mark.parametrize(
    "gains",
    [
        lambda at: (1.25, 1.0, 0.85) if at >= 30.0 else (1.0, 1.0, 1.0),
        lambda at: (1.0 + 0.2 * np.sin(at / 20.0), 1.0, 1.0 - 0.2 * np.sin(at / 20.0)),
    ],
    ids=["another white balance", "one that drifts"],
)
def test_white_balance_is_nothing_and_hides_nothing(
    gains: Callable[[float], tuple[float, float, float]],
) -> None:
    place = ground()
    place[:60] = (70, 140, 90)

    def balanced(shoot: Callable[[float], Picture]) -> Callable[[float], Picture]:
        def balance(at: float) -> Picture:
            wide = shoot(at).astype(np.float32) * np.array(gains(at), np.float32)
            return np.asarray(np.clip(wide, 0, 255), np.uint8)

        return balance

    assert heard_in(balanced(lambda at: noisy(place, at)), 100.0) == []
    assert [each.phase for each in heard_in(balanced(crate(20.0)))] == [Phase.OPENED]


def test_a_lamp_of_another_colour_is_nothing() -> None:
    place = ground().astype(np.float32)
    glow = np.zeros((180, 320, 1), np.float32)
    cv2.circle(glow, (160, 100), 44, (1.0,), -1)
    lamp = place * (1.0 + glow * np.array((0.05, 0.3, 0.6), np.float32))

    def shoot(at: float) -> Picture:
        return noisy(np.asarray(np.clip(lamp if at >= 20.0 else place, 0, 255), np.uint8), at)

    assert heard_in(shoot) == []


def test_light_that_changes_hides_no_colour() -> None:
    dimmer = lit(crate(20.0), lambda at: 0.75 if at >= 34.0 else 1.0)
    assert [each.phase for each in heard_in(dimmer)] == [Phase.OPENED]
