"""The ladder of attempts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.health import CameraState
from ingest.reconnect import ReconnectPolicy


def test_the_ladder_is_climbed_and_begun_again() -> None:
    policy = ReconnectPolicy(lambda: 0.5)
    delays = [policy.delay(CameraState.OFFLINE) for _ in range(30)]
    assert delays == [1.0] * 5 + [5.0] * 5 + [10.0] * 10 + [60.0] * 10
    policy.succeeded()
    assert policy.delay(CameraState.OFFLINE) == 1.0


@given(st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_a_fifth(drawn: float) -> None:
    delay = ReconnectPolicy(lambda: drawn).delay(CameraState.OFFLINE)
    assert 0.8 <= delay <= 1.2
    assert ReconnectPolicy(lambda: 0.0).delay(CameraState.OFFLINE) == pytest.approx(0.8)


def test_a_wrong_password_locks_nobody_out() -> None:
    policy = ReconnectPolicy(lambda: 0.0)
    delays = [policy.delay(CameraState.UNAUTHORISED) for _ in range(4)]
    assert sum(delays[:3]) / 60 > 20
