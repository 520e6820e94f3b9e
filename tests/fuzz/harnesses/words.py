"""What may be said of a failure."""

from __future__ import annotations

from ingest.failure import LONGEST_REASON, SourceError


def clean(error: SourceError, secret: str | None = None) -> str:
    """The reason, which is short, steers no terminal and holds no password."""
    reason = error.reason
    assert secret is None or secret not in reason
    assert reason.isprintable(), repr(reason)
    assert 0 < len(reason) <= LONGEST_REASON
    return reason
