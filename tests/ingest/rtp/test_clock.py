"""Timestamps unwrapped, and laid onto our own clock."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rtp.clock import WINDOW, StreamClock
from ingest.rtp.rtcp import sender_report


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=1, max_size=50),
)
def test_steps_survive_every_wrap(first: int, steps: list[int]) -> None:
    clock = StreamClock()
    true = [first]
    clock.extend(first)
    for step in steps:
        true.append(true[-1] + step)
        assert clock.extend(true[-1] % 2**32) == true[-1]


@given(st.lists(st.tuples(st.integers(0, 20_000), st.floats(0, 3)), min_size=1, max_size=80))
def test_nothing_is_captured_after_it_arrived(steps: list[tuple[int, float]]) -> None:
    clock, timestamp, arrived = StreamClock(), 0, 1000.0
    for ticks, seconds in steps:
        timestamp, arrived = timestamp + ticks, arrived + seconds
        assert clock.captured_at(clock.extend(timestamp % 2**32), arrived) <= arrived


def test_batches_are_spread_out_again() -> None:
    clock = StreamClock()
    captured = [
        clock.captured_at(clock.extend(90_000 * n // 15), 1000.0 + (n // 3) * 0.2)
        for n in range(60)
    ]
    steps = [after - before for before, after in pairwise(captured[5:])]
    assert steps == pytest.approx([1 / 15] * len(steps), abs=1e-6)


def test_a_late_arrival_does_not_move_the_capture() -> None:
    clock = StreamClock()
    clock.captured_at(clock.extend(0), 1000.0)
    assert clock.captured_at(clock.extend(90_000), 1003.0) == pytest.approx(1001.0)


def test_a_sender_that_paused_is_followed_after_two_windows() -> None:
    clock = StreamClock()
    for second in range(60):
        captured = clock.captured_at(clock.extend(90_000 * second), 1000.0 + second)
    assert captured == pytest.approx(1059.0)
    for second in range(60, 60 + int(2 * WINDOW) + 2):
        captured = clock.captured_at(clock.extend(90_000 * second), 1005.0 + second)
    assert captured == pytest.approx(1005.0 + second)


def test_a_restarted_clock_is_taken_at_once() -> None:
    clock = StreamClock()
    clock.captured_at(clock.extend(3_000_000_000), 1000.0)
    assert clock.captured_at(clock.extend(5), 1001.0) == 1001.0


@pytest.mark.parametrize(
    ("wall", "captured"), [(1000.7, 1001.7), (400.0, 1002.0), (1003.0, 1002.0), (997.0, 1002.0)]
)
def test_a_report_is_believed_when_it_fits_the_arrivals(wall: float, captured: float) -> None:
    clock = StreamClock()
    clock.captured_at(clock.extend(0), 1001.0)
    clock.report(0, wall, 1001.0)
    assert clock.captured_at(clock.extend(90_000), 1002.0) == pytest.approx(captured)


def test_a_report_is_read() -> None:
    packet = struct.pack(">BBHIIIIII", 0x80, 200, 6, 9, 2_208_988_800 + 50, 1 << 31, 77, 1, 2)
    assert sender_report(memoryview(packet)) == (77, 50.5)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_report_or_none(packet: bytes) -> None:
    found = sender_report(memoryview(packet))
    assert found is None or len(packet) >= 20
