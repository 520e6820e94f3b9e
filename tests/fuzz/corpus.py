"""Inputs that the fuzzer kept, since each of them reaches code that no other does."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")


def inputs(harness: str) -> list[bytes]:
    """A harness's inputs, in the same order every time."""
    return [path.read_bytes() for path in sorted((CORPUS / harness).iterdir())]
