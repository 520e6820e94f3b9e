"""Counting tries, with bounded memory."""

from __future__ import annotations

from datetime import timedelta

from command_center.people.throttle import Throttle
from tests.command_center.example import START

WINDOW = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


def test_refused_from_the_limit_till_the_window_ends() -> None:
    throttle = Throttle(limit=3, window=WINDOW)
    for minute in range(3):
        assert throttle.wait("x", START + minute * MINUTE) == timedelta()
        throttle.count("x", START + minute * MINUTE)
    assert throttle.wait("x", START + 3 * MINUTE) == timedelta(minutes=12)
    assert throttle.wait("y", START + 3 * MINUTE) == timedelta()
    assert throttle.wait("x", START + WINDOW) == timedelta()


def test_success_forgets() -> None:
    throttle = Throttle(limit=1, window=WINDOW)
    throttle.count("x", START)
    throttle.succeeded("x")
    assert throttle.wait("x", START) == timedelta()


def test_forgiving_takes_one_back() -> None:
    throttle = Throttle(limit=2, window=WINDOW)
    throttle.count("x", START)
    throttle.count("x", START)
    throttle.forgive("x")
    throttle.forgive("never seen")
    assert throttle.wait("x", START) == timedelta()


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    throttle = Throttle(limit=1, window=WINDOW, capacity=10)
    for number in range(100):
        throttle.count(str(number), START)
    assert len(throttle) == 10
    assert throttle.wait("89", START) == timedelta()
    assert throttle.wait("99", START) == WINDOW
