"""Readings in order of their own time, each once, within bounds."""

from __future__ import annotations

from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from ingest.sensors.ordering import LATEST, MOST, Order, Ordering
from tests.ingest.sensors.sample import NOW, reading


def test_newer_late_and_twice() -> None:
    ordering = Ordering()
    assert ordering.take(reading(1.0, NOW)) is Order.NEWEST
    assert ordering.take(reading(2.0, NOW + 10)) is Order.NEWEST
    assert ordering.take(reading(3.0, NOW + 5)) is Order.LATE
    assert ordering.take(reading(3.0, NOW + 5)) is Order.DUPLICATE
    assert ordering.take(reading(2.0, NOW + 10)) is Order.DUPLICATE
    assert [r.value for r in ordering.readings] == [1.0, 3.0, 2.0]


def test_the_same_moment_with_another_value_is_another_reading() -> None:
    ordering = Ordering()
    ordering.take(reading(5.0))
    assert ordering.take(reading(1.0)) is Order.NEWEST
    assert ordering.readings[-1].value == 1.0, "what came last of a second is what is"
    assert ordering.take(reading(5.0)) is Order.DUPLICATE


def test_what_is_too_old_to_be_known_is_not_used() -> None:
    ordering = Ordering()
    ordering.take(reading(1.0, NOW))
    assert ordering.take(reading(1.0, NOW - LATEST - 1)) is Order.TOO_LATE
    assert ordering.take(reading(1.0, NOW - LATEST)) is Order.LATE


def test_its_memory_is_bounded() -> None:
    ordering = Ordering()
    for second in range(3 * MOST):
        ordering.take(reading(1.0, NOW + second))
    assert len(ordering.readings) == MOST
    assert ordering.readings[0].at == NOW + 2 * MOST
    assert ordering.take(reading(1.0, NOW)) is Order.TOO_LATE
    assert ordering.take(reading(5.0, NOW + 2.5 * MOST)) is Order.LATE
    assert len(ordering.readings) == MOST


points = st.tuples(st.integers(0, int(LATEST)), st.sampled_from([0.0, 1.0, 2.0]))


@given(st.lists(points, max_size=60))
def test_any_order_and_any_repetition_end_in_the_same_memory(
    sent: list[tuple[int, float]],
) -> None:
    in_order, as_it_came = Ordering(), Ordering()
    for at, value in sorted(dict.fromkeys(sent), key=itemgetter(0)):
        assert in_order.take(reading(value, NOW + at)) is Order.NEWEST
    for at, value in [*sent, *sent[::-1]]:
        as_it_came.take(reading(value, NOW + at))
    assert as_it_came.readings == in_order.readings
