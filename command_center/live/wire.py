"""A change as it is sent: written once for all streams of a process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from command_center.live.tables import Change, ChangeKind

PING = b": ping\n\n"
"""A comment (WHATWG HTML, 9.2.7): keeps proxies from closing a stream on which nothing happens."""


class ChangeBody(BaseModel):
    """That a thing changed: fetch it again by its id."""

    kind: ChangeKind
    id: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of the log, and the event that tells of it."""

    change: Change
    wire: bytes

    @property
    def id(self) -> int:
        return self.change.id


def entry(change: Change) -> Entry:
    body = ChangeBody(
        kind=change.kind,
        id=change.object_id,
        what=change.what,
        at=change.at.astimezone(UTC),
    )
    return Entry(change, _event(change.kind.value, change.id, body.model_dump_json()))


def position(event: str, seen: int) -> bytes:
    """An event that says where in the log the follower stands."""
    return _event(event, seen, json.dumps({}))


def _event(event: str, number: int, data: str) -> bytes:
    """No part has a line break: kinds are words, and JSON escapes them."""
    return f"event: {event}\ndata: {data}\nid: {number}\n\n".encode()
