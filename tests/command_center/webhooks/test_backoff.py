"""When it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.webhooks.backoff import JITTER, LONGEST_ASKED, WAITS, wait_after

TRIES = st.integers(min_value=1, max_value=len(WAITS))
CHANCE = st.floats(min_value=0, max_value=1)


@given(TRIES, CHANCE)
def test_a_wait_lies_within_its_jitter_and_never_before_the_one_before(
    tries: int, chance: float
) -> None:
    wait = wait_after(tries, chance)
    assert wait is not None
    assert (1 - JITTER) * WAITS[tries - 1] <= wait <= (1 + JITTER) * WAITS[tries - 1]
    if tries > 1:
        earlier = wait_after(tries - 1, chance)
        assert earlier is not None
        assert earlier < wait


def test_it_is_given_up_after_three_days_or_four() -> None:
    assert wait_after(len(WAITS) + 1, 0.5) is None
    assert timedelta(days=3) < sum(WAITS, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (timedelta(seconds=1), WAITS[0]),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=400), LONGEST_ASKED),
    ],
)
def test_a_receiver_may_ask_for_more(asked: timedelta, expected: timedelta) -> None:
    assert wait_after(1, 0.5, asked) == expected
