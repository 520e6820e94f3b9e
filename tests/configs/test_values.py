"""Durations read as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from configs.values import Seconds, parse_duration

_seconds = TypeAdapter(Seconds)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("20s", 20.0),
        ("500ms", 0.5),
        ("5m", 300.0),
        ("1h 30m", 5400.0),
        ("1h30m", 5400.0),
        ("7d", 604800.0),
        (" 1.5 S ", 1.5),
        (3, 3.0),
        ("90", 90.0),
        ("2592000.0", 2592000.0),
        (0.25, 0.25),
    ],
)
def test_a_duration_is_read(written: object, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("written", ["", "-20", "20 moons", "s", "5m banana", None, [], "-5s"])
def test_what_is_no_duration_is_refused_with_the_forms_that_are(written: object) -> None:
    with pytest.raises(ValueError, match="1h 30m"):
        parse_duration(written)


@given(st.floats(max_value=-1e-9, allow_nan=False, allow_infinity=False))
def test_a_negative_duration_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match="negative"):
        _seconds.validate_python(value)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_parts_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m {seconds}s") == hours * 3600 + minutes * 60 + seconds
