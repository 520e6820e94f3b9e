from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from detectors.event_id import EventIds, compose


def test_the_example_of_the_standard() -> None:
    """RFC 9562 appendix A.6: 2022-02-22T19:22:22.000Z, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F."""
    random = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    made = compose(0x017F22E279B0, random)
    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert made.int >> 80 == 1645557742_000


@given(st.lists(st.floats(0, 4e9), min_size=1, max_size=50))
def test_ids_grow_whatever_the_clock_does(times: list[float]) -> None:
    clock = iter(times)
    ids = EventIds(lambda: next(clock))
    made = [ids.next() for _ in times]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}


def test_a_used_up_millisecond_borrows_from_the_next() -> None:
    ids = EventIds(lambda: 5.0, random_bits=lambda bits: (1 << bits) - 1)
    first, second = ids.next(), ids.next()
    assert second > first
    assert (first.int >> 80, second.int >> 80) == (5000, 5001)


def test_two_of_one_millisecond_differ_by_more_than_one() -> None:
    ids = EventIds(lambda: 5.0)
    assert ids.next().int + 1 != ids.next().int
