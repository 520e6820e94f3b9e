"""Dumped: what is left by somebody who goes is found, and what stands there otherwise is not."""

from __future__ import annotations

import numpy as np
import pytest

from configs.rules import DumpedConfig
from detectors.detections import Detections
from detectors.event import Phase
from ingest.frame import Frame
from tests.detectors.rules.on_foot import (
    BRINGS,
    LEFT_NOTHING,
    SET_DOWN,
    a_bag_as_bright_as_the_ground,
    a_bag_is_left,
    a_heap_is_left,
    under_clouds,
)
from tests.detectors.rules.passers_by import HARMLESS, Draw
from tests.detectors.rules.watching import rule_on, scans, watch

DUMPED = DumpedConfig(model=None, dwell=30, clear_after=6)
GONE = BRINGS[2][0] + 3.0


@pytest.mark.parametrize("every", [1.0, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("size", [8, 14, 20])
def test_what_somebody_leaves_is_found(every: float, size: int) -> None:
    [opened] = watch(rule_on(DUMPED), a_bag_is_left(size=size), scans(100.0, every))
    assert opened.phase is Phase.OPENED
    assert SET_DOWN + 30.0 <= opened.at <= GONE + 30.0 + 10.0
    [box] = opened.finding.boxes
    assert (box.x1 + box.x2) / 2 == pytest.approx((168 + size / 2) / 320, abs=0.04)


@pytest.mark.parametrize(
    "shoot", [a_heap_is_left, a_bag_as_bright_as_the_ground, under_clouds(a_bag_is_left())]
)
def test_a_heap_a_bag_as_bright_as_the_ground_and_one_under_clouds_are_found(shoot: Draw) -> None:
    [opened] = watch(rule_on(DUMPED), shoot, scans(110.0))
    assert (opened.phase, opened.at <= GONE + 30.0 + 20.0) == (Phase.OPENED, True)


def test_that_it_is_taken_away_is_told() -> None:
    opened, cleared = watch(rule_on(DUMPED), a_bag_is_left(100.0), scans(140.0))
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)
    assert 100.0 <= cleared.at <= 130.0


@pytest.mark.parametrize("name", LEFT_NOTHING)
@pytest.mark.parametrize("every", [1.0, 2.0, 4.0])
def test_what_nobody_left_is_not(name: str, every: float) -> None:
    assert watch(rule_on(DUMPED), LEFT_NOTHING[name], scans(110.0, every)) == []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_moves_is_nothing_that_lies_there(name: str) -> None:
    assert watch(rule_on(DUMPED), HARMLESS[name], scans(120.0)) == []


def test_the_clock_runs_from_when_he_goes() -> None:
    [opened] = watch(rule_on(DUMPED), a_bag_is_left(stays=40.0), scans(130.0))
    assert opened.at >= BRINGS[2][0] + 40.0 + 25.0


def test_passers_by_hold_nothing_up() -> None:
    [opened] = watch(rule_on(DUMPED), a_bag_is_left(passers=True), scans(110.0))
    assert opened.at <= GONE + 30.0 + 10.0


@pytest.mark.parametrize("name", ["bicycle", "car", "person"])
def test_what_a_detector_names_is_no_rubbish(name: str) -> None:
    def detect(_at: float, _: Frame) -> Detections:
        box = np.array([[0.51, 0.63, 0.6, 0.75]], np.float32)
        return Detections(box, np.array([0.8], np.float32), np.array([0]), (name,))

    assert watch(rule_on(DUMPED), a_bag_is_left(), scans(100.0), detect=detect) == []
