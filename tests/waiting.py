"""Waiting for what another thread or process does: by its condition, never by a guess."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(
    condition: Callable[[], object], limit: float, what: str, *, every: float = 0.05
) -> None:
    """Wait until the condition is true, looking `every` so many seconds.

    Raises:
        AssertionError: it was not within `limit` seconds; names `what`.
    """
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"not within {limit:g} s: {what}"
        time.sleep(every)
