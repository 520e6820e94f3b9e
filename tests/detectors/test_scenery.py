"""One background for all rules of a camera: what one asks of it does another no harm."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.background import View
from detectors.scenery import NO_CLAIM, Claim, Scenery
from detectors.zone_mask import Mask
from ingest.frame import Grey
from tests.detectors.test_background import THING, empty, share, with_thing

ARRIVES, EVERY = 30.0, 4.0
LEFT, RIGHT = np.s_[30:60, 50:70], np.s_[30:60, 70:90]
"""The two halves of THING."""


def mask(where: tuple[slice, slice]) -> Mask:
    pixels = np.zeros((90, 160), np.uint8)
    pixels[where] = 255
    return pixels


def scene(at: float) -> Grey:
    return with_thing(at) if at >= ARRIVES else empty(at)


def stood(until: float, *claims: Claim) -> tuple[Scenery, View]:
    """A scenery in which a thing stands, with the same claims after each scan."""
    scenery = Scenery()
    for at in np.arange(0.0, until, EVERY):
        _, view = scenery.look(scene(float(at)), float(at))
        scenery.heed(claims)
    return scenery, view


def seen(view: View, where: tuple[slice, slice]) -> float:
    return float((view.static[where] > 0).mean())


def test_what_any_rule_holds_stays_and_the_rest_is_absorbed() -> None:
    _, view = stood(1000.0, Claim(held=mask(LEFT)), NO_CLAIM)
    assert seen(view, LEFT) > 0.9
    assert seen(view, RIGHT) < 0.1


def test_two_rules_hold_different_things() -> None:
    _, view = stood(1000.0, Claim(held=mask(LEFT)), Claim(held=mask(RIGHT)))
    assert share(view.static) > 0.9


def test_what_stands_for_a_quarter_of_an_hour_is_fresh_to_nobody_else() -> None:
    _, view = stood(1000.0, Claim(held=mask(THING)))
    assert share(view.static) > 0.9
    assert share(view.fresh) < 0.1
    _, view = stood(600.0, Claim(held=mask(THING)))
    assert share(view.fresh) > 0.9


def test_a_rule_absorbs_what_no_other_holds() -> None:
    scenery, _ = stood(60.0)
    scenery.heed([Claim(absorbed=mask(THING)), Claim(held=mask(LEFT))])
    _, view = scenery.look(scene(60.0), 60.0)
    assert seen(view, LEFT) > 0.8
    assert seen(view, RIGHT) < 0.1


def test_a_rule_may_absorb_what_it_held_itself() -> None:
    scenery, _ = stood(60.0, Claim(held=mask(THING)))
    scenery.heed([Claim(held=mask(LEFT), absorbed=mask(THING))])
    _, view = scenery.look(scene(60.0), 60.0)
    assert share(view.foreground) < 0.1


@pytest.mark.parametrize("claim", [NO_CLAIM, Claim(absorbed=mask(THING))])
def test_what_a_rule_was_shown_never_changes(claim: Claim) -> None:
    """A rule may keep its view, and a snapshot is made from another thread."""
    scenery, _ = stood(60.0)
    background, view = scenery.look(scene(60.0), 60.0)
    planes: list[NDArray[np.generic]] = [
        background.learned, background.short, background.spread, background.still, view.fresh
    ]  # fmt: skip
    before = [plane.copy() for plane in planes]
    scenery.heed([claim])
    for at in np.arange(64.0, 100.0, EVERY):
        scenery.look((scene(float(at)) * 0.8).astype(np.uint8), float(at))
    for plane, was in zip(planes, before, strict=True):
        assert np.array_equal(plane, was)
