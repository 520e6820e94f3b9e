from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Method
from detectors.rules.certainty import Between, between, leaning
from tests.detectors.rules.count_error import counted, crowd, is_within

METHODS = st.sampled_from((Method.MODEL, Method.FUSED, Method.OCCUPANCY))


@given(people=st.floats(0, 500), more=st.floats(0, 50), method=METHODS, full=st.booleans())
def test_bounds_hold_the_count_and_grow_with_it(
    people: float, more: float, method: Method, full: bool
) -> None:
    known, larger = between(people, method, full=full), between(people + more, method, full=full)
    assert 0.0 <= known.low <= people
    assert known.low <= larger.low
    assert (known.high is None) == full
    if known.high is not None and larger.high is not None:
        assert people + 1 <= known.high <= larger.high


@given(
    people=st.floats(0, 500),
    one=st.floats(-1, 1),
    other=st.floats(-1, 1),
    method=METHODS,
    full=st.booleans(),
)
def test_leaning_more_is_never_fewer(
    people: float, one: float, other: float, method: Method, full: bool
) -> None:
    less, more = sorted((one, other))
    known = between(people, method, full=full)
    fewer, many = (leaning(people, method, how) for how in (less, more))
    assert known.low - 1e-9 <= fewer <= many + 1e-9
    assert known.high is None or many <= known.high + 1e-9
    assert leaning(people, method, 0.0) == pytest.approx(people)


@given(how=st.floats(-1, 1), method=METHODS)
def test_nobody_stays_nobody(how: float, method: Method) -> None:
    assert leaning(0.0, method, how) == 0.0


@given(people=st.floats(0, 500), more=st.floats(0, 50), how=st.floats(-1, 1), method=METHODS)
def test_more_people_are_never_fewer_at_any_sensitivity(
    people: float, more: float, how: float, method: Method
) -> None:
    assert leaning(people, method, how) <= leaning(people + more, method, how) + 1e-9


def test_a_density_has_the_same_bounds() -> None:
    assert Between(10.0, 20.0).over(5.0) == Between(2.0, 4.0)
    assert Between(10.0, None).over(5.0) == Between(2.0, None)


def test_the_truth_lies_in_the_bounds() -> None:
    """Of drawn places; `count_error` tells it of real ones, of more seeds and in every weather."""
    for case in (("square", 7001, 6), ("market", 7004, 40), ("square", 7005, 90)):
        _, known = counted(crowd(*case), None)
        assert is_within(case[2], known), case
