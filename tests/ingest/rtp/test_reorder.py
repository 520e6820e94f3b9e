"""Packets in the order in which a network brings them, and in the order in which they are used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rtp.reorder import PATIENCE, WINDOW, Place, ReorderWindow

LATE, DUPLICATE = Place.LATE, Place.DUPLICATE


def packet(sequence: int) -> memoryview:
    return memoryview((sequence & 0xFFFF).to_bytes(2))


def feed(window: ReorderWindow, number: int, now: float = 0.0) -> tuple[list[int], Place | None]:
    """What comes out after a packet, and what became of it (None: it passed)."""
    number &= 0xFFFF
    if window.passes(number):
        return [number], None
    place = window.put(number, packet(number), now)
    return [int.from_bytes(p) for p in window.drain(now)], place


@pytest.mark.parametrize(
    ("came", "used", "refused"),
    [
        ([1, 2, 3], [1, 2, 3], []),
        ([1, 3, 2, 4], [1, 2, 3, 4], []),
        ([1, 4, 3, 2, 5], [1, 2, 3, 4, 5], []),
        ([65534, 0, 65535, 1], [65534, 65535, 0, 1], []),
        ([1, 2, 2, 3], [1, 2, 3], [DUPLICATE]),
        ([1, 3, 3, 2], [1, 2, 3], [DUPLICATE]),
        ([5, 4, 6], [5, 6], [LATE]),
        ([1, 3, 1 + WINDOW + 1], [1, 3, 1 + WINDOW + 1], []),
        ([9000, 9002, 30, 31, 32], [9000, 9002, 31, 32], [LATE]),
    ],
    ids=["order", "swapped", "reversed", "wrap", "twice", "twice held", "old", "jump", "restart"],
)
def test_order(came: list[int], used: list[int], refused: list[Place]) -> None:
    window = ReorderWindow()
    results = [feed(window, number) for number in came]
    assert [number for out, _ in results for number in out] == used
    assert [place for _, place in results if place not in (None, Place.HELD)] == refused


def test_what_is_missing_is_waited_for_and_then_given_up() -> None:
    window = ReorderWindow()
    feed(window, 1)
    assert feed(window, 3, 10.0) == ([], Place.HELD)
    assert window.drain(10.0 + PATIENCE / 2) == []
    assert [int.from_bytes(p) for p in window.drain(10.1 + PATIENCE)] == [3]
    assert feed(window, 2, 11.0) == ([], LATE)
    assert feed(window, 3, 11.0) == ([], DUPLICATE)
    assert feed(window, 4, 11.0) == ([4], None)


@given(
    start=st.integers(0, 0xFFFF),
    order=st.permutations(range(1, 40)),
    twice=st.lists(st.integers(0, 39), max_size=8),
)
def test_whatever_comes_within_the_window_is_used_once_and_in_order(
    start: int, order: list[int], twice: list[int]
) -> None:
    window = ReorderWindow()
    used: list[int] = []
    for number in [0, *order, *twice]:
        out, _ = feed(window, start + number)
        used += out
    assert used == [(start + number) & 0xFFFF for number in range(40)]
    assert window.held == 0


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 0.2)), max_size=400))
def test_any_numbers_at_all_leave_it_bounded_and_lose_nothing(
    came: list[tuple[int, float]],
) -> None:
    window, now, out, refused = ReorderWindow(), 0.0, 0, 0
    for number, later in came:
        now += later
        used, place = feed(window, number, now)
        out += len(used)
        refused += place in (LATE, DUPLICATE)
        assert window.held <= WINDOW
    for _ in range(WINDOW):
        now += 1.0
        out += len(window.drain(now))
    assert out + refused == len(came)
