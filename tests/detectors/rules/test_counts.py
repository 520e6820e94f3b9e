from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Method
from detectors.rules.counts import NONE_YET, Count, Counts

MEMORY = 10.0


def counted(*people: float, might_be: float = 0.0, method: Method = Method.OCCUPANCY) -> Counts:
    """One every two seconds, the last at 0."""
    counts = NONE_YET
    for index, many in enumerate(people):
        at = 2.0 * (index + 1 - len(people))
        counts = counts.after(Count(at, many, method, max(many, might_be)), at, MEMORY)
    return counts


def test_one_count_that_is_wrong_changes_nothing() -> None:
    assert counted(5, 5, 30).people == 5
    assert counted(5, 30, 30).people == 30
    assert counted(30, 5).people == counted(5, 30).people == 5
    assert NONE_YET.people == 0.0


def test_a_long_memory_holds_all_that_was_counted_in_it() -> None:
    counts = NONE_YET
    for at in range(0, 400, 2):
        counts = counts.after(Count(at, 9, Method.MODEL, 9), at, 300.0)
    assert counts.held(398.0, most=208.0, max_gap=15.0) == pytest.approx(208.0, abs=2.0)


def test_area_is_not_mixed_with_what_a_detector_counts() -> None:
    by_area = counted(12, 12, 12)
    seen = by_area.after(Count(2.0, 5, Method.MODEL, 5), 2.0, MEMORY)
    assert (seen.people, seen.method, len(seen.each)) == (5, Method.MODEL, 1)
    away = seen.after(Count(4.0, 12, Method.OCCUPANCY, 12), 4.0, MEMORY)
    assert (away.people, away.method) == (12, Method.OCCUPANCY)


def test_what_is_old_is_forgotten_and_without_a_new_one_the_others_stay() -> None:
    counts = counted(5, 6, 7)
    assert counts.after(None, 1.0, MEMORY) == counts
    assert counts.after(None, 9.0, MEMORY) == counted(7)
    assert not counts.after(None, 11.0, MEMORY)


@pytest.mark.parametrize(
    ("people", "might_be", "held"),
    [
        ((0, 9, 9), 0, 2.0),
        ((0, 0, 9, 9, 9), 0, 4.0),
        ((0, 0, 9, 9, 9), 9, 7.0),  # a large blob, which counts since it has stayed
        ((0, 0, 9, 9, 9), 8, 4.0),
    ],
)
def test_it_may_have_been_as_many_before_it_was_known(
    people: tuple[float, ...], might_be: float, held: float
) -> None:
    counts = counted(*people, might_be=might_be)
    assert counts.held(0.0, most=7.0, max_gap=15.0) == pytest.approx(held, abs=1.0)


@given(
    people=st.lists(st.floats(0, 100), min_size=1, max_size=12),
    most=st.floats(0, 30),
)
def test_nobody_was_there_longer_than_is_remembered(people: list[float], most: float) -> None:
    counts = counted(*people)
    held = counts.held(0.0, most=most, max_gap=15.0)
    assert 0.0 <= held <= min(most, MEMORY)
    assert counts.held(0.0, most=most, max_gap=1.0) == 0.0
