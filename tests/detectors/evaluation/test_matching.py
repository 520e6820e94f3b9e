"""Which alarm is right, and that no order and no clock has a say in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.evaluation.matching import GRACE, Match, Verdict, match
from detectors.evaluation.played import Opening
from detectors.evaluation.truth import Truth
from tests.detectors.evaluation.samples import opening, truth

HIT, REPEAT, FALSE, IGNORED = Verdict.HIT, Verdict.REPEAT, Verdict.FALSE, Verdict.IGNORED


@pytest.mark.parametrize(
    ("truths", "opened", "verdicts", "missed"),
    [
        ([], [], [], 0),
        ([], [7], [FALSE], 0),
        ([truth(10, 30)], [], [], 1),
        ([truth(10, 30)], [15], [HIT], 0),
        ([truth(10, 30)], [9.9], [FALSE], 1),
        ([truth(10, 30)], [10], [HIT], 0),
        ([truth(10, 30)], [30 + GRACE], [HIT], 0),
        ([truth(10, 30)], [30.1 + GRACE], [FALSE], 1),
        ([truth(10, 30)], [15, 20, 25], [HIT, REPEAT, REPEAT], 0),
        ([truth(10, 30), truth(50, 70)], [15, 20, 55], [HIT, REPEAT, HIT], 0),
        ([truth(10, 30, optional=True)], [], [], 0),
        ([truth(10, 30, optional=True)], [15, 20], [IGNORED, IGNORED], 0),
        ([truth(10, 30), truth(10, 20, optional=True)], [15, 16, 28], [HIT, IGNORED, REPEAT], 0),
        ([truth(10, 30), truth(20, 60)], [25, 26], [HIT, HIT], 0),
        ([truth(10, 60), truth(20, 30)], [25, 40], [HIT, HIT], 0),
        ([truth(10, 30), truth(10, 30)], [15], [HIT], 1),
    ],
)
def test_alarms_are_judged(
    truths: list[Truth], opened: list[float], verdicts: list[Verdict], missed: int
) -> None:
    found = match(truths, [opening(at) for at in opened])
    assert [each.verdict for each in found.judged] == verdicts
    assert len(found.missed) == missed


@pytest.mark.parametrize("other", [opening(15, zone="gate"), opening(15, event="fire")])
def test_another_zone_or_event_is_another_matter(other: Opening) -> None:
    found = match([truth(10, 30)], [other])
    assert [each.verdict for each in found.judged] == [FALSE]
    assert len(found.missed) == 1


def test_delay_counts_from_the_end_of_the_dwell() -> None:
    [hit, again] = match([truth(10, 30, dwell=4)], [opening(16.5), opening(20)]).judged
    assert hit.delay == 2.5
    assert again.delay is None


MOMENTS = st.integers(0, 400).map(lambda quarter: quarter / 4)
ZONES = st.sampled_from(["lane", "gate"])
TRUTHS = st.lists(
    st.builds(
        lambda zone, start, lasts, optional: replace(
            truth(start, start + lasts, optional=optional), zone=zone
        ),
        ZONES,
        MOMENTS,
        MOMENTS.filter(lambda lasts: lasts > 0),
        st.booleans(),
    ),
    max_size=6,
)
OPENINGS = st.lists(st.builds(lambda zone, at: opening(at, zone=zone), ZONES, MOMENTS), max_size=8)


def shape(found: Match) -> tuple[list[Verdict], int]:
    return [each.verdict for each in found.judged], len(found.missed)


@given(TRUTHS, OPENINGS)
def test_every_alarm_is_one_thing_and_every_truth_found_or_missed(
    truths: list[Truth], openings: list[Opening]
) -> None:
    found = match(truths, openings)
    assert sorted(each.opening.at for each in found.judged) == sorted(o.at for o in openings)
    required = [each for each in truths if not each.optional]
    assert len(found.of(HIT)) + len(found.missed) == len(required)
    assert sum(len(found.of(verdict)) for verdict in Verdict) == len(openings)
    for each in found.judged:
        assert (each.truth is None) == (each.verdict is FALSE)


@given(TRUTHS, OPENINGS, MOMENTS)
def test_another_clock_changes_nothing(
    truths: list[Truth], openings: list[Opening], by: float
) -> None:
    later = [replace(each, start=each.start + by, end=each.end + by) for each in truths]
    moved = match(later, [replace(each, at=each.at + by) for each in openings])
    as_it_was = match(truths, openings)
    assert shape(moved) == shape(as_it_was)
    assert [each.delay for each in moved.judged] == [each.delay for each in as_it_was.judged]


@given(TRUTHS, OPENINGS, st.randoms(use_true_random=False))
def test_the_order_of_alarms_is_irrelevant(
    truths: list[Truth], openings: list[Opening], dice: object
) -> None:
    shuffled = list(openings)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert shape(match(truths, shuffled)) == shape(match(truths, openings))
