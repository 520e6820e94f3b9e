"""How far back figures may be asked for: what is counted is read whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import Query

from command_center.problems import Problem

DIFFERENCE = timedelta(days=1)
"""Beyond the retention, in which clocks may differ, and the first day is named by its date."""


def since_query(usual: str) -> Any:
    """The parameter `since` of a route that takes it to `begin_of`; `usual` in words."""
    return Query(description=f"none: {usual}; within the time for which evidence is kept")


def begin_of(since: datetime | None, *, usual: datetime, now: datetime, kept: float) -> datetime:
    """Where to begin: `since`, or `usual` as far as anything of it is kept (`kept` seconds).

    Raises:
        Problem: 422 `since` lies before that.
    """
    oldest = now - timedelta(seconds=kept) - DIFFERENCE
    if since is None:
        return max(usual, oldest)
    if since < oldest:
        days = kept / 86_400
        raise Problem(422, f"since must lie within the last {days:g} days", field="since")
    return since
