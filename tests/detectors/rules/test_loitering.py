"""Loitering: one person who stays is found, and many who pass are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from configs.rules import LoiteringConfig
from configs.values import PicturePolygon
from detectors.detections import Detections
from detectors.event import Method, Phase
from detectors.rules.loitering import LoiteringState
from detectors.rules.rule import Observation, Rule, Step
from ingest.frame import Frame
from tests.detectors.rules.drawn import WIDTH, noisy
from tests.detectors.rules.on_foot import (
    FOOT,
    LINGERS,
    a_door,
    a_loiterer,
    a_loiterer_by_the_edge,
    a_tall_van_parks,
    on_a_way,
    passers_by,
)
from tests.detectors.rules.passers_by import HARMLESS, PLACE, TALL, Draw
from tests.detectors.rules.watching import Detect, Picture, rule_on, scans, watch

LOITERING = LoiteringConfig(model=None, dwell=30, clear_after=6)
ZONE: PicturePolygon = ((0.15, 0.3), (0.85, 0.3), (0.85, 1.0), (0.15, 1.0))
ENTERS, LEAVES = 31.5, 90.0


@pytest.mark.parametrize("every", [1.0, 2.0, 3.0, 4.0])
def test_somebody_who_stays_is_found_and_his_going_is_told(every: float) -> None:
    # Four seconds apart he is not told from two who meet, until he has stood for a while.
    opened, cleared = watch(rule_on(LOITERING, ZONE), a_loiterer, scans(110.0, every))
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)
    assert ENTERS + 30.0 <= opened.at <= ENTERS + 34.0 + 4 * every
    assert ENTERS <= opened.since <= opened.at - 30.0
    assert LEAVES <= cleared.at <= LEAVES + 16.0
    assert opened.finding.method is Method.MOTION
    [box] = opened.finding.boxes
    assert box.y2 == pytest.approx(FOOT / 180, abs=0.06)


def test_who_goes_to_and_fro_by_the_edge_of_the_picture_is_found() -> None:
    """He is never seen to come a long way."""
    heard = watch(rule_on(LOITERING), a_loiterer_by_the_edge, scans(84.0))
    assert [each.phase for each in heard] == [Phase.OPENED]


def test_somebody_who_stays_for_less_is_not() -> None:
    patient = LOITERING.model_copy(update={"dwell": 70.0})
    assert watch(rule_on(patient, ZONE), a_loiterer, scans(110.0)) == []


def test_who_goes_and_comes_back_begins_anew() -> None:
    def shoot(at: float) -> Picture:
        first = ((20.0, -15.0), (24.0, 100.0), (34.0, 160.0), (42.0, 120.0), (46.0, -15.0))
        again = tuple((second + 42.0, x) for second, x in first)
        return noisy(on_a_way(on_a_way(PLACE, at, first), at, again), at)

    assert watch(rule_on(LOITERING, ZONE), shoot, scans(110.0)) == []


PASSING: dict[str, Draw] = {
    "one after another": passers_by(4.0, both_ways=False),
    "close together": passers_by(2.0, both_ways=False),
    "both ways": passers_by(5.0, both_ways=True),
    "both ways, close": passers_by(3.0, both_ways=True),
    "through a door": a_door,
    "a tall van": a_tall_van_parks,
}


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("every", [1.0, 2.0, 4.0])
def test_those_who_pass_never_add_up(name: str, every: float) -> None:
    assert watch(rule_on(LOITERING, ZONE), PASSING[name], scans(120.0, every)) == []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_moves_is_nobody(name: str) -> None:
    sensitive = LOITERING.model_copy(update={"dwell": 10.0})
    assert watch(rule_on(sensitive), HARMLESS[name], scans(120.0)) == []


def test_a_loiterer_whom_others_pass_is_found() -> None:
    def shoot(at: float) -> Picture:
        shown = a_loiterer(at)
        for begins in (44.0, 56.0, 70.0):
            way = ((begins, -20.0), (begins + 11.0, WIDTH + 20.0))
            shown = on_a_way(shown, at, way, FOOT + 45)
        return shown

    found = watch(rule_on(LOITERING, ZONE), shoot, scans(100.0))
    assert [each.phase for each in found][:1] == [Phase.OPENED]


NAMES = ("person", "dog")


def seen_as(name: str) -> Detect:
    seconds, xs = zip(*LINGERS, strict=True)

    def detect(at: float, _: Frame) -> Detections:
        left = float(np.interp(at, seconds, xs))
        if not (seconds[0] <= at <= seconds[-1] and 0 <= left <= WIDTH - 12):
            return Detections.empty(NAMES)
        top = (FOOT - TALL - 4) / 180
        box = np.array([[left / WIDTH, top, (left + 12) / WIDTH, FOOT / 180]], np.float32)
        return Detections(box, np.array([0.8], np.float32), np.array([NAMES.index(name)]), NAMES)

    return detect


def test_a_detector_names_who_it_is_and_leaves_out_who_it_is_not() -> None:
    def heard(name: str) -> list[Method]:
        found = watch(rule_on(LOITERING, ZONE), a_loiterer, scans(90.0), detect=seen_as(name))
        return [each.finding.method for each in found if each.phase is Phase.OPENED]

    assert heard("person") == [Method.FUSED]
    assert heard("dog") == []


@dataclass
class Spied:
    """A rule whose memory can be looked at."""

    rule: Rule[Any]
    states: list[LoiteringState] = field(default_factory=list)

    def initial(self) -> LoiteringState:
        return LoiteringState()

    def step(
        self, state: LoiteringState, observation: Observation, now: float
    ) -> Step[LoiteringState]:
        step = self.rule.step(state, observation, now)
        self.states.append(step.state)
        return step


def test_who_has_gone_is_forgotten_at_once_and_nothing_of_his_looks_was_kept() -> None:
    spied = Spied(rule_on(LOITERING, ZONE))
    watch(spied, a_loiterer, scans(110.0))
    there = spied.states[int(60.0 / 2)]
    assert len(there.stays.of) == 1
    assert len(there.following.tracks) == 1
    [stay] = there.stays.of.values()
    assert stay.foot.size == 2, "where he stands is all that is known of him"
    for state in spied.states[int((LINGERS[-1][0] + 6.0) / 2) :]:
        assert not state.stays.of
        assert not len(state.following.tracks)
