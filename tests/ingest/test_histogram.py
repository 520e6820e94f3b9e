"""Histograms count every value once, in the range that it lies in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import histogram
from ingest.histogram import Histogram, HistogramSnapshot, merged


def test_a_value_on_a_bound_belongs_below_it() -> None:
    counts = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 9.0):
        counts.add(value)
    assert counts.snapshot() == HistogramSnapshot((1.0, 2.0), (2, 2, 1), 14.0)


@given(st.lists(st.floats(0, 100), max_size=50), st.lists(st.floats(0, 100), max_size=50))
def test_two_threads_counts_add_up(one: list[float], other: list[float]) -> None:
    apart = [Histogram(histogram.LAG_SECONDS) for _ in range(2)]
    for counts, values in zip(apart, (one, other), strict=True):
        for value in values:
            counts.add(value)
    both = merged(counts.snapshot() for counts in apart)
    assert both.count == len(one) + len(other)
    assert both.total == pytest.approx(sum(one) + sum(other))


@pytest.mark.parametrize("bounds", [(), (1.0, 1.0), (2.0, 1.0)])
def test_bounds_that_do_not_rise_are_refused(bounds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Histogram(bounds)


def test_different_bounds_cannot_be_added_up() -> None:
    with pytest.raises(ValueError, match="different bounds"):
        merged([Histogram((1.0,)).snapshot(), Histogram((2.0,)).snapshot()])
