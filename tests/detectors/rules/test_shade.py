"""What a cloud's shadow takes, and what it leaves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from configs.rules import IntrusionConfig, LoiteringConfig, ZoneRule
from detectors.event import Phase
from detectors.rules.rule import Observation
from detectors.rules.shade import bodies_in, seen_without_shade
from detectors.rules.shapes import grain_of_the_place
from detectors.scenery import Scenery
from detectors.zone_mask import Mask
from tests.detectors.rules.drawn import ground, noisy, with_box, with_person
from tests.detectors.rules.on_foot import a_loiterer, under_clouds
from tests.detectors.rules.passers_by import Draw, nobody, walker
from tests.detectors.rules.watching import ACTIVITY, Picture, frame_of, rule_on, scans, watch

PLACE = ground(5)


def held_against_the_place(picture: Picture) -> Observation:
    scenery = Scenery()
    for at in scans(30.0):
        scenery.look(frame_of(noisy(PLACE, at), at).grey, at)
    frame = frame_of(noisy(picture, 30.0), 30.0)
    return Observation(frame, ACTIVITY, *scenery.look(frame.grey, 30.0))


def bodies(seen: Observation) -> Mask | None:
    return bodies_in(seen.view.foreground, seen.view.grey, seen)


def shaded(picture: Picture) -> Picture:
    """Two thirds of it, behind a soft edge."""
    across = np.linspace(-1.0, 1.0, picture.shape[1])
    shade = 0.75 - 0.25 * np.tanh(8.0 * (across + 0.3))
    return np.asarray(picture * shade[None, :, None], np.uint8)


def test_the_shade_goes_and_who_stands_in_it_stays() -> None:
    seen = held_against_the_place(shaded(with_person(PLACE, 220, 130, 40)))
    kept = bodies(seen)
    assert kept is not None
    left = seen.view.foreground & kept
    assert cv2.countNonZero(left) < 0.05 * cv2.countNonZero(seen.view.foreground)
    person = left[45:66, 108:118]
    assert cv2.countNonZero(person) >= 0.8 * cv2.countNonZero(left) > 30


def test_a_lorry_is_no_shade() -> None:
    assert bodies(held_against_the_place(with_box(PLACE, 40, 30, 120, 100))) is None


def test_a_place_without_much_in_it_is_not_looked_at() -> None:
    assert bodies(held_against_the_place(with_person(PLACE, 220, 130, 40))) is None


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


def test_the_grain_of_a_place_is_worked_out_once_for_both_views() -> None:
    seen = held_against_the_place(shaded(with_person(PLACE, 220, 130, 40)))
    clear = seen_without_shade(seen)
    assert clear.view is not seen.view
    assert grain_of_the_place(clear) is grain_of_the_place(seen)
