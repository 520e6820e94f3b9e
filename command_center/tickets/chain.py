"""The hash chain over an alert's or a ticket's transitions: a changed or missing line can be seen.

Each line's hash is the SHA-256 of its canonical JSON (keys sorted, no blanks, UTF-8), which
holds the hash of the line before it. Whoever rewrites one line must rewrite all later ones,
and a hash that was written down elsewhere (a printed ticket, an archive) still gives it away.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

GENESIS = "0" * 64
"""What the first line has in place of a hash before it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One transition, reduced to what is hashed."""

    subject: str
    """`alert/{id}` or `ticket/{id}`."""
    seq: int
    """1, 2, 3 … within the subject."""
    at: datetime
    by: str
    move: str
    source: str
    target: str
    reason: str
    note: str
    detail: dict[str, str]
    """What else the move brought: who was assigned, until when, which photos."""
    epoch: int | None
    """The shard's epoch, where a machine made the move."""
    changed: Mapping[str, JsonValue] = field(default_factory=dict)
    """Columns of the alert or ticket that the move wrote, see `tickets.face`."""


_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def link_hash(link: Link, previous: str) -> str:
    """64 hex digits."""
    content = {
        "subject": link.subject,
        "seq": link.seq,
        "at": moment(link.at),
        "by": link.by,
        "move": link.move,
        "source": link.source,
        "target": link.target,
        "reason": link.reason,
        "note": link.note,
        "detail": link.detail,
        "epoch": link.epoch,
        "previous": previous,
    }
    if link.changed:  # lines from before this was recorded keep their hash
        content["changed"] = link.changed
    return hashlib.sha256(_ENCODE(content).encode()).hexdigest()


def first_break(links: Iterable[tuple[Link, str]]) -> int | None:
    """The `seq` of the first line that does not fit its hash or its place, or None.

    `links` are (line, its stored hash) in order of `seq`.
    """
    previous = GENESIS
    for expected, (link, stored) in enumerate(links, start=1):
        if link.seq != expected or link_hash(link, previous) != stored:
            return expected
        previous = stored
    return None


def moment(at: datetime) -> str:
    """The one way in which a moment is written where it is hashed."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
