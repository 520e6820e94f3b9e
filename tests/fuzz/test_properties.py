"""The fuzzer's functions with hypothesis: any bytes, and what the fuzzer kept with changes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import inputs
from tests.fuzz.draw import pieces
from tests.fuzz.registry import HARNESSES

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)


@st.composite
def changed(draw: st.DrawFn, kept: list[bytes], longest: int) -> bytes:
    """An input of the corpus with some stretches cut out, doubled, overwritten or put in."""
    data = draw(st.sampled_from(kept))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 64)))
        between = draw(
            st.one_of(st.binary(max_size=16), st.just(data[start:end] * 2), st.sampled_from(kept))
        )
        data = data[:start] + between + data[end:]
    return data[:longest]


@pytest.mark.parametrize("name", HARNESSES)
@given(data=st.data())
@quick
def test_any_bytes(name: str, data: st.DataObject) -> None:
    HARNESSES[name].check(data.draw(st.binary(max_size=400)))


@pytest.mark.parametrize("name", HARNESSES)
@given(data=st.data())
@quick
def test_what_the_fuzzer_kept_with_changes(name: str, data: st.DataObject) -> None:
    harness = HARNESSES[name]
    harness.check(data.draw(changed(inputs(name), harness.max_len)))


@given(st.binary(max_size=300), st.binary(max_size=8))
def test_pieces_are_the_whole(wire: bytes, plan: bytes) -> None:
    parts = pieces(wire, plan)
    assert b"".join(parts) == wire
    assert all(parts)
