"""Figures are what a pencil gives, and thresholds say what is good enough."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from configs.suite import Threshold
from detectors.evaluation import words
from detectors.evaluation.chance import poisson_below, wilson
from detectors.evaluation.figures import HOUR, by_event, by_tag, figures, review
from detectors.evaluation.judgement import Judgement, judge
from detectors.evaluation.truth import Span, as_played
from detectors.pictures import ReplayError
from tests.detectors.evaluation.samples import case, opening, played, truth


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(29, 30, 0.833, 0.994), (30, 30, 0.886, 1.0), (0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763)],
)
def test_the_interval_of_a_share(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=0.001)


def test_nothing_tried_has_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("count", "below"), [(0, 2.996), (1, 4.744), (5, 10.513), (50, 63.287), (500, 538.4)]
)
def test_what_a_count_lies_below(count: int, below: float) -> None:
    assert poisson_below(count) == pytest.approx(below, abs=0.01 * math.sqrt(count + 1))


def test_the_figures_of_three_clips() -> None:
    reviews = [
        review(case((10, 30), tags=("night",)), played(HOUR, opening(16), opening(20))),
        review(case((10, 30), (50, 90)), played(HOUR, opening(58), opening(200))),
        review(case(tags=("night",)), played(2 * HOUR, opening(7))),
    ]
    found = figures(reviews, phases=1)
    assert (found.required, found.hits, found.missed) == (3, 2, 1)
    assert (found.repeats, found.false, found.false_alarms) == (1, 2, 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.precision == pytest.approx(2 / 5)
    assert found.false_alarms_per_camera_hour == pytest.approx(3 / 4)
    assert found.false_alarms_per_camera_day == pytest.approx(18)
    assert found.delays == (2.0, 4.0)
    assert found.delay_p50 == pytest.approx(3.0)
    assert found.delay_p95 == pytest.approx(3.9)
    assert by_event(reviews, 1) == {"lane_blocked": found}
    assert by_tag(reviews, 1)["night"]["lane_blocked"].seconds == 3 * HOUR


def test_of_nothing_there_is_no_figure() -> None:
    found = figures([], phases=1)
    assert (found.recall, found.precision, found.delay_p95) == (None, None, None)
    assert found.false_alarms_per_camera_hour is None
    assert "nothing" in words.summary(found)


def test_phases_do_not_make_a_figure_more_certain() -> None:
    once = figures([review(case((10, 30)), played(HOUR, opening(16)))], phases=1)
    twice = figures(
        [review(case((10, 30)), played(HOUR, opening(16), phase=each)) for each in (0.0, 1.0)],
        phases=2,
    )
    assert twice.required == 2
    assert twice.recall_from == once.recall_from
    below = once.false_alarms_per_camera_hour_below
    assert twice.false_alarms_per_camera_hour_below == pytest.approx(below)


def test_the_last_line() -> None:
    reviews = [review(case((10, 30)), played(HOUR, opening(16)))]
    reviews += [review(case(), played(1.1 * HOUR))]
    assert words.summary(figures(reviews, phases=1)) == (
        "recall 1.00 (1 of 1), 0.00 false alarms an hour (0 in 2.1 h; 95 % below 1.4)"
    )


@pytest.mark.parametrize(
    ("end", "seconds", "optional"),
    [(30, 100, False), (14, 100, False), (13.9, 100, True), (30, 13.9, True), (30, 14, False)],
)
def test_what_is_over_before_its_dwell_need_not_be_found(
    end: float, seconds: float, optional: bool
) -> None:
    [found] = as_played([truth(10, end, dwell=4)], seconds)
    assert found.optional is optional
    assert found.end == min(end, seconds)


@pytest.mark.parametrize(
    ("by_night", "nights", "due"),
    [
        (None, [(0, 100)], 14),
        (9, [], 14),
        (9, [(0, math.inf)], 19),
        (9, [(20, math.inf)], 14),
        (9, [(12, math.inf)], 19),
        (9, [(0, 13)], 14),
        (9, [(0, 16)], 16),
        (2, [(0, math.inf)], 12),
        (2, [(13, math.inf)], 13),
        (2, [(0, 5), (40, 50)], 14),
    ],
)
def test_what_is_due_when_the_dwell_of_its_light_is_over(
    by_night: float | None, nights: list[Span], due: float
) -> None:
    [found] = as_played([replace(truth(10, 60, dwell=4), by_night=by_night)], 100, nights)
    assert found.due == due


def test_a_truth_after_the_end_is_a_fault() -> None:
    with pytest.raises(ReplayError, match=r"from 10 s on.*ends at 9\.0 s"):
        as_played([truth(10, 30)], 9.0)


@pytest.mark.parametrize(
    ("threshold", "met"),
    [
        (Threshold(recall=0.5), True),
        (Threshold(recall=0.51), False),
        (Threshold(precision=0.5), True),
        (Threshold(precision=0.6), False),
        (Threshold(false_alarms_per_camera_hour=1.0), True),
        (Threshold(false_alarms_per_camera_hour=0.9), False),
        (Threshold(delay_p95=2.0), True),
        (Threshold(delay_p95=1.9), False),
    ],
)
def test_thresholds(threshold: Threshold, met: bool) -> None:
    one = review(case((10, 30), (50, 90)), played(HOUR, opening(16), opening(200)))
    [judged] = judge({"lane_blocked": threshold}, by_event([one], 1))
    assert judged.met is met


def test_what_was_not_played_is_not_judged() -> None:
    [judged] = judge({"fire": Threshold(recall=1.0)}, {})
    assert (judged.measured, judged.met) == (None, None)


@pytest.mark.parametrize(
    ("met", "said"),
    [
        ([], "No thresholds: nothing is asked of this suite"),
        ([True, True], "All of 2 thresholds met"),
        ([True, None], "0 of 2 thresholds missed, 1 not measured"),
        ([False, True], "1 of 2 thresholds missed"),
    ],
)
def test_what_was_not_measured_was_not_met(met: list[bool | None], said: str) -> None:
    judged = [
        Judgement(event="fire", figure="recall", threshold=0.9, measured=None, met=each)
        for each in met
    ]
    assert words.verdict(judged) == said
