"""Every input that the fuzzer kept, through the function that it was found with."""

from __future__ import annotations

import pytest

from tests.fuzz.corpus import inputs
from tests.fuzz.registry import HARNESSES


@pytest.mark.parametrize("name", HARNESSES)
def test_what_the_fuzzer_kept(name: str) -> None:
    kept = inputs(name)
    assert kept, f"tests/fuzz/corpus/{name} is empty; see CONTRIBUTING.md"
    for data in kept:
        HARNESSES[name].check(data)
