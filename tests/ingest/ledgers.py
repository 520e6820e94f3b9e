"""Whether a camera's counters add up."""

from __future__ import annotations

from ingest.source import SCAN_DROPS, SourceCounters
from ingest.stats import CameraStats


def assert_even(counters: SourceCounters | CameraStats) -> None:
    """Both ledgers that `SourceCounters` describes balance."""
    dropped = sum(counters.packets_dropped.values())
    assert counters.packets == counters.packets_used + dropped + counters.packets_pending
    refused = sum(n for reason, n in counters.drops.items() if reason not in SCAN_DROPS)
    assert counters.units == counters.units_kept + refused
