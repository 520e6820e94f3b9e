"""Decode threads look at more than they must only while that costs nobody anything."""

from __future__ import annotations

from ingest.pace import EAGER_AGAIN, EAGER_BELOW, EAGER_LAG, LEAN_AT_LEAST, Pace

WINDOW = 5.0


def settled(load_of_one: float, *, keyframes: int, needed: int, windows: int = 60) -> list[bool]:
    """The states of a shard whose pictures cost `load_of_one` each in a window."""
    pace, states = Pace(), []
    for number in range(windows):
        taken = keyframes if pace.eager else needed
        pace.judge(
            number * WINDOW, load=taken * load_of_one, chosen=taken, offered=keyframes, lag=0.2
        )
        states.append(pace.eager)
    return states


def test_a_small_shard_looks_at_every_keyframe() -> None:
    assert set(settled(0.001, keyframes=100, needed=50)) == {True}


def test_a_large_shard_stops_and_does_not_go_to_and_fro() -> None:
    """What it must do takes 0.3 of a thread, everything would take 0.6."""
    assert set(settled(0.3 / 100, keyframes=200, needed=100)) == {False}


def test_between_the_two_bounds_it_stays_as_it_is() -> None:
    between = (EAGER_BELOW + EAGER_AGAIN) / 2
    assert set(settled(between / 200, keyframes=200, needed=100)) == {True}


def test_pictures_that_wait_mean_a_busy_machine_for_a_while() -> None:
    pace = Pace()
    pace.judge(0.0, load=0.1, chosen=10, offered=10, lag=EAGER_LAG)
    assert not pace.eager
    pace.judge(LEAN_AT_LEAST - WINDOW, load=0.05, chosen=5, offered=10, lag=0.1)
    assert not pace.eager
    pace.judge(LEAN_AT_LEAST, load=0.05, chosen=5, offered=10, lag=0.1)
    assert pace.eager


def test_a_shard_without_pictures_is_at_leisure() -> None:
    pace = Pace()
    pace.judge(0.0, load=0.0, chosen=0, offered=0, lag=0.0)
    assert pace.eager
