from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.engine.agreement import iou as overlap
from detectors.engine.decoder import Candidates
from detectors.engine.suppression import MOST_DETECTIONS, suppress

Row = tuple[float, float, float, float, float, int]
"""left, top, right, bottom, confidence, class"""


def candidates(rows: list[Row]) -> Candidates:
    values = np.array(rows, np.float64).reshape(-1, 6)
    return Candidates(
        values[:, :4].astype(np.float32),
        values[:, 4].astype(np.float32),
        values[:, 5].astype(np.int64),
    )


def test_of_two_that_overlap_the_more_confident_stays() -> None:
    found = suppress(candidates([(0, 0, 10, 10, 0.6, 0), (1, 0, 11, 10, 0.9, 0)]), 0.45)
    assert found.xyxy.tolist() == [[1, 0, 11, 10]]


def test_classes_do_not_suppress_each_other() -> None:
    found = suppress(candidates([(0, 0, 10, 10, 0.6, 0), (0, 0, 10, 10, 0.9, 1)]), 0.45)
    assert found.class_id.tolist() == [1, 0]


def test_small_fractions_and_negative_corners_are_compared_alike() -> None:
    rows: list[Row] = [(-3, -3, 0.5, 0.5, 0.9, 7), (-3, -3, 0.4, 0.5, 0.8, 7)]
    assert len(suppress(candidates(rows), 0.45).confidence) == 1


def test_boxes_that_are_not_finite_are_left_out() -> None:
    rows: list[Row] = [(0, 0, np.inf, 10, 0.9, 0), (0, np.nan, 1, 1, 0.9, 0), (0, 0, 9, 9, 0.5, 0)]
    assert suppress(candidates(rows), 0.45).xyxy.tolist() == [[0, 0, 9, 9]]


def test_nothing_in_nothing_out() -> None:
    assert len(suppress(candidates([]), 0.45).confidence) == 0


def test_thousands_of_boxes_are_bounded() -> None:
    rows: list[Row] = [(20 * i, 0, 20 * i + 10, 10, 0.5, 0) for i in range(8400)]
    assert len(suppress(candidates(rows), 0.45).confidence) == MOST_DETECTIONS


@st.composite
def rows(draw: st.DrawFn) -> Row:
    left, top = draw(st.floats(0, 50)), draw(st.floats(0, 50))
    width, height = draw(st.floats(1, 50)), draw(st.floats(1, 50))
    confidence = draw(st.floats(0.0625, 1, width=32))
    return left, top, left + width, top + height, confidence, draw(st.integers(0, 2))


@given(st.lists(rows(), max_size=25), st.floats(0.2, 0.8))
def test_survivors_are_apart_and_cover_what_was_dropped(given: list[Row], iou: float) -> None:
    everything = candidates(given)
    found = suppress(everything, iou)
    assert sorted(found.confidence.tolist(), reverse=True) == found.confidence.tolist()
    for class_id in range(3):
        kept = found[found.class_id == class_id]
        pairs = overlap(kept.xyxy, kept.xyxy)
        np.fill_diagonal(pairs, 0)
        assert (pairs <= iou + 1e-4).all()
        before = everything[everything.class_id == class_id]
        if len(before.confidence):
            assert (overlap(before.xyxy, kept.xyxy).max(axis=1) >= iou - 1e-4).all()
