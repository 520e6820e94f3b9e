from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from command_center.bench.spread import Spread, spread_of

_SECONDS = st.floats(0, 1e6, allow_nan=False)


def test_of_nothing_there_is_nothing() -> None:
    assert spread_of([]) == Spread()


def test_percentiles_are_values_that_were_measured() -> None:
    assert spread_of(range(1, 101)) == Spread(count=100, p50=50, p95=95, max=100)
    assert spread_of([3.0, 1.0]) == Spread(count=2, p50=1.0, p95=3.0, max=3.0)
    assert spread_of([7.0]) == Spread(count=1, p50=7.0, p95=7.0, max=7.0)


@given(st.lists(_SECONDS, min_size=1))
def test_as_many_values_lie_below_as_are_promised(values: list[float]) -> None:
    spread = spread_of(values)
    assert {spread.p50, spread.p95, spread.max} <= set(values)
    assert sum(value <= spread.p50 for value in values) * 2 >= len(values)
    assert sum(value <= spread.p95 for value in values) * 100 >= 95 * len(values)
    assert spread.max == max(values)
