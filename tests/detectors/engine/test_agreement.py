from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.detections import Detections
from detectors.engine.agreement import agreement

Thing = tuple[float, float, float, float, float, int]


def seen(*things: Thing, names: tuple[str, ...] = ("person", "car")) -> Detections:
    rows = np.array(things, np.float32).reshape(-1, 6)
    return Detections(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64), names)


A: Thing = (0.1, 0.1, 0.3, 0.5, 0.9, 0)
B: Thing = (0.5, 0.5, 0.7, 0.9, 0.6, 0)


@pytest.mark.parametrize(
    ("right", "other", "matched", "rate"),
    [
        (seen(), seen(), 0, 1.0),
        (seen(A, B), seen(A, B), 2, 1.0),
        (seen(A, B), seen(B, A), 2, 1.0),
        (seen(A, B), seen(A), 1, 2 / 3),
        (seen(A), seen(A, A), 1, 2 / 3),
        (seen(A), seen(), 0, 0.0),
        (seen(A), seen(B), 0, 0.0),
        (seen(A), seen((*A[:5], 1)), 0, 0.0),
        (seen(A), seen((*A[:5], 1), names=("car", "person")), 1, 1.0),
    ],
    ids=["none", "same", "order", "one less", "twice", "blind", "elsewhere", "class", "by name"],
)
def test_what_matches(right: Detections, other: Detections, matched: int, rate: float) -> None:
    found = agreement([(right, other)])
    assert found.matched == matched
    assert found.rate == pytest.approx(rate)


def test_overlap_and_scores_are_those_of_the_matches() -> None:
    shifted: Thing = (0.15, 0.1, 0.35, 0.5, 0.7, 0)  # three quarters of the width are shared: 3 / 5
    found = agreement([(seen(A, B), seen(shifted)), (seen(B), seen(B))])
    assert (found.pictures, found.expected, found.found, found.matched) == (2, 3, 2, 2)
    assert found.iou == pytest.approx((0.6 + 1.0) / 2, abs=1e-6)
    assert found.score_difference == pytest.approx(0.1)


def test_nothing_in_common_has_no_overlap() -> None:
    assert math.isnan(agreement([(seen(A), seen())]).iou)


corner = st.floats(0, 0.5, width=32)
things = st.lists(
    st.tuples(corner, corner, st.floats(0.5, 1), st.floats(0.5, 1), st.floats(0, 1), st.just(0)),
    max_size=6,
)


@given(things, things)
def test_it_is_symmetric_and_bounded(first: list[Thing], second: list[Thing]) -> None:
    one, back = (agreement([(seen(*a), seen(*b))]) for a, b in ((first, second), (second, first)))
    assert one.matched == back.matched <= min(len(first), len(second))
    assert 0 <= one.rate <= 1
