"""Intrusion and line crossing: who walks is found, and what only moves is not."""

from __future__ import annotations

import numpy as np
import pytest

from configs.rules import Direction, IntrusionConfig, LineCrossingConfig, ZoneRule
from configs.values import PicturePolygon
from detectors.detections import Detections
from detectors.event import Method, Phase
from ingest.frame import Frame
from tests.detectors.rules.drawn import WIDTH, with_box
from tests.detectors.rules.passers_by import HARMLESS, PACE, branches, walker
from tests.detectors.rules.watching import Detect, Picture, rule_on, scans, watch, watch_together

INTRUSION = IntrusionConfig(model=None, clear_after=6)
LINE = LineCrossingConfig(line=((0.5, 0.0), (0.5, 1.0)), model=None, clear_after=6)
ZONE: PicturePolygon = ((0.3, 0.3), (0.8, 0.3), (0.8, 1.0), (0.3, 1.0))
BEGINS = 50.0


@pytest.mark.parametrize(("every", "pace"), [(1.0, PACE), (2.0, PACE), (3.0, PACE), (2.0, 50.0)])
@pytest.mark.parametrize("from_left", [True, False])
def test_somebody_who_enters_a_zone_is_found(every: float, pace: float, from_left: bool) -> None:
    way = walker(BEGINS, pace=pace, from_left=from_left)
    opened, cleared = watch(rule_on(INTRUSION, ZONE), way, scans(80.0, every))
    enters = BEGINS + (ZONE[0][0] * WIDTH + 20) / pace
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)
    assert enters - 1.0 <= opened.at <= enters + 6.0
    assert opened.finding.method is Method.MOTION
    [box] = opened.finding.boxes
    assert 0.2 <= box.x1 <= box.x2 <= 0.9
    assert (box.y1 + box.y2) / 2 == pytest.approx((130 - 22) / 180, abs=0.06)


def test_somebody_who_passes_beside_the_zone_is_not() -> None:
    assert watch(rule_on(INTRUSION, ZONE), walker(BEGINS, foot=45), scans(80.0)) == []


def test_somebody_too_small_is_not_and_a_sensitive_rule_sees_him() -> None:
    far = walker(BEGINS, tall=22, pace=18.0)
    assert watch(rule_on(INTRUSION.model_copy(update={"min_height": 0.2})), far, scans(80.0)) == []
    sensitive = INTRUSION.model_copy(update={"min_height": 0.2, "sensitivity": 1.0})
    assert watch(rule_on(sensitive), far, scans(80.0)) != []


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("config", [INTRUSION, LINE], ids=lambda each: each.rule)
def test_what_only_moves_is_nobody(name: str, config: ZoneRule) -> None:
    watched = watch_together([rule_on(config)], HARMLESS[name], scans(120.0))
    assert watched.heard == []
    assert len(watched.bursts) <= 10, "a burst costs as much as ten scans"


def test_an_intruder_beside_waving_branches_is_found_where_they_are_masked() -> None:
    """Among them he may be missed: every branch is a rival for whoever comes near it."""
    trees: PicturePolygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.64), (0.0, 0.64))
    somebody = walker(80.0, foot=165)

    def shoot(at: float) -> Picture:
        shown = branches(at)
        shown[118:] = somebody(at)[118:]
        return shown

    opened = watch(rule_on(INTRUSION, masks=(trees,)), shoot, scans(100.0))
    assert [each.phase for each in opened][:1] == [Phase.OPENED]
    assert opened[0].at >= 80.0


@pytest.mark.parametrize(
    ("from_left", "direction", "note"),
    [
        (True, Direction.BOTH, "a to b 0, b to a 1"),
        (False, Direction.BOTH, "a to b 1, b to a 0"),
        (True, Direction.B_TO_A, "a to b 0, b to a 1"),
        (True, Direction.A_TO_B, None),
        (False, Direction.A_TO_B, "a to b 1, b to a 0"),
        (False, Direction.B_TO_A, None),
    ],
)
def test_a_crossing_has_a_direction(
    from_left: bool, direction: Direction, note: str | None
) -> None:
    """The line goes down, so that a, on its left hand, is the right half of the picture."""
    config = LINE.model_copy(update={"direction": direction})
    heard = watch(rule_on(config), walker(BEGINS, from_left=from_left), scans(76.0))
    assert [(each.finding.count, each.finding.note) for each in heard] == [(1, note)] * (
        2 if note else 0
    )


def test_all_who_cross_while_it_lasts_are_one_event_with_their_count() -> None:
    first, second = walker(BEGINS), walker(BEGINS + 6.0, foot=170, from_left=False)

    def shoot(at: float) -> Picture:
        shown = first(at)
        shown[126 + 8 :] = second(at)[126 + 8 :]
        return shown

    patient = LINE.model_copy(update={"clear_after": 12.0})
    opened, cleared = watch(rule_on(patient), shoot, scans(84.0))
    assert (opened.finding.count, cleared.finding.count) == (1, 2)
    assert cleared.finding.note == "a to b 1, b to a 1"


def test_somebody_who_turns_before_the_line_has_not_crossed_it() -> None:
    def shoot(at: float) -> Picture:
        to_and_fro = at if at < BEGINS + 4.5 else 2 * (BEGINS + 4.5) - at
        return walker(BEGINS)(to_and_fro)

    assert watch(rule_on(LINE), shoot, scans(76.0)) == []


def test_a_line_that_ends_is_gone_around() -> None:
    short = LINE.model_copy(update={"line": ((0.5, 0.0), (0.5, 0.5))})
    assert watch(rule_on(short), walker(BEGINS, foot=150), scans(76.0)) == []


NAMES = ("person", "dog")


def seen_as(name: str, begins: float) -> Detect:
    def detect(at: float, _: Frame) -> Detections:
        left = (at - begins) * PACE - 20
        if not 0 <= left <= WIDTH - 12:
            return Detections.empty(NAMES)
        box = np.array([[left / WIDTH, 82 / 180, (left + 12) / WIDTH, 130 / 180]], np.float32)
        return Detections(box, np.array([0.8], np.float32), np.array([NAMES.index(name)]), NAMES)

    return detect


@pytest.mark.parametrize("config", [INTRUSION, LINE], ids=lambda each: each.rule)
def test_a_detector_names_who_it_is_and_leaves_out_who_it_is_not(config: ZoneRule) -> None:
    def heard(name: str) -> list[Method]:
        found = watch(rule_on(config), walker(BEGINS), scans(80.0), detect=seen_as(name, BEGINS))
        return [each.finding.method for each in found if each.phase is Phase.OPENED]

    assert heard("person") == [Method.FUSED]
    assert heard("dog") == []


@pytest.mark.parametrize("pause", [2.0, 900.0])
def test_what_moves_in_the_first_picture_after_a_pause_hides_nobody_for_long(pause: float) -> None:
    start = 60.0 + pause

    def shoot(at: float) -> Picture:
        if abs(at - start) < 1.0:
            return with_box(walker(1e9)(at), 0, 70, 319, 100)  # a lorry
        return walker(start + 21.0)(at)

    times = [*scans(60.0), *(start + each for each in scans(60.0))]
    heard = watch(rule_on(INTRUSION), shoot, times)
    assert [each.phase for each in heard if each.at > start + 20.0] == [
        Phase.OPENED,
        Phase.CLEARED,
    ]
