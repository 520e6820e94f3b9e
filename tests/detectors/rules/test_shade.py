"""What a cloud's shadow takes, and what it leaves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from configs.rules import IntrusionConfig, LoiteringConfig, ZoneRule
from detectors.background import Background, View
from detectors.event import Phase
from detectors.rules.shade import bodies_in
from detectors.scenery import Scenery
from tests.detectors.rules.drawn import ground, noisy, with_box, with_person
from tests.detectors.rules.on_foot import a_loiterer, under_clouds
from tests.detectors.rules.passers_by import Draw, nobody, walker
from tests.detectors.rules.watching import Picture, frame_of, rule_on, scans, watch

PLACE = ground(5)


def held_against_the_place(picture: Picture) -> tuple[Background, View]:
    scenery = Scenery()
    for at in scans(30.0):
        scenery.look(frame_of(noisy(PLACE, at), at).grey, at)
    return scenery.look(frame_of(noisy(picture, 30.0), 30.0).grey, 30.0)


def shaded(picture: Picture) -> Picture:
    """Two thirds of it, behind a soft edge."""
    across = np.linspace(-1.0, 1.0, picture.shape[1])
    shade = 0.75 - 0.25 * np.tanh(8.0 * (across + 0.3))
    return np.asarray(picture * shade[None, :, None], np.uint8)


def test_the_shade_goes_and_who_stands_in_it_stays() -> None:
    background, view = held_against_the_place(shaded(with_person(PLACE, 220, 130, 40)))
    bodies = bodies_in(view.foreground, view.grey, background)
    assert bodies is not None
    left = view.foreground & bodies
    assert cv2.countNonZero(left) < 0.05 * cv2.countNonZero(view.foreground)
    person = left[45:66, 108:118]
    assert cv2.countNonZero(person) >= 0.8 * cv2.countNonZero(left) > 30


def test_a_lorry_is_no_shade() -> None:
    background, view = held_against_the_place(with_box(PLACE, 40, 30, 120, 100))
    assert bodies_in(view.foreground, view.grey, background) is None


def test_a_place_without_much_in_it_is_not_looked_at() -> None:
    background, view = held_against_the_place(with_person(PLACE, 220, 130, 40))
    assert bodies_in(view.foreground, view.grey, background) is None


@pytest.mark.parametrize(
    ("config", "shoot"),
    [
        (IntrusionConfig(model=None), walker(40.0)),
        (LoiteringConfig(dwell=20, model=None), a_loiterer),
    ],
    ids=lambda each: getattr(each, "rule", ""),
)
def test_somebody_under_clouds_is_found_and_clouds_are_nobody(
    config: ZoneRule, shoot: Draw
) -> None:
    assert watch(rule_on(config), under_clouds(nobody), scans(90.0)) == []
    heard = watch(rule_on(config), under_clouds(shoot), scans(90.0))
    assert [each.phase for each in heard][:1] == [Phase.OPENED]
