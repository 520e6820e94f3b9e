"""When a message that did not arrive is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

WAITS = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Standard Webhooks' own proposal: nine tries after the first within three days and a half."""

JITTER = 0.2
"""A fifth earlier or later: what a restart of a receiver made fail at once must not come back to it
at once."""

LONGEST_ASKED = timedelta(days=1)


def wait_after(
    attempts: int,
    chance: float,
    asked: timedelta | None = None,
    waits: Sequence[timedelta] = WAITS,
) -> timedelta | None:
    """How long to wait after this many tries; None: it is given up.

    `chance` is 0 to 1. `asked`: what the receiver wants (`Retry-After`); not less is waited.
    """
    if attempts > len(waits):
        return None
    wait = waits[attempts - 1] * (1 - JITTER + 2 * JITTER * chance)
    return max(wait, min(asked, LONGEST_ASKED)) if asked is not None else wait
