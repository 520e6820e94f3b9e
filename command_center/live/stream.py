"""The changes that one person may see, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from fastapi.sse import ServerSentEvent
from pydantic import BaseModel

from command_center.live.tables import Change, ChangeKind
from command_center.live.tail import Gone, Tail
from command_center.live.visibility import is_told
from command_center.people.tables import Person


class ChangeBody(BaseModel):
    """That a thing changed: fetch it again by its id."""

    kind: ChangeKind
    id: str
    what: str
    at: datetime


LIFETIME = 600.0
"""Seconds. Then the client comes back by itself and shows its session again: somebody who was
logged out or lost a role is told nothing more after this long."""


async def follow(
    tail: Tail, person: Person, seen: int | None, lifetime: float = LIFETIME
) -> AsyncIterator[ServerSentEvent]:
    """Everything after change `seen` that `person` may see, for `lifetime` seconds.

    Begins with `ready`, or with `reset` where `seen` is no longer in the log: both carry an id
    to come back with, so that a client that was told nothing yet misses nothing either.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + lifetime
    if seen is None:
        seen = tail.newest
        yield _position("ready", seen)
    while clock() < end:
        try:
            page = await tail.after(seen)
        except Gone as gone:
            seen = gone.newest
            yield _position("reset", seen)
            continue
        for change in page:
            seen = change.id
            if is_told(person, change):
                yield _event(change)
        if not page:
            await tail.wait(seen, end - clock())


def _position(event: str, seen: int) -> ServerSentEvent:
    return ServerSentEvent(event=event, id=str(seen), data={})


def _event(change: Change) -> ServerSentEvent:
    body = ChangeBody(
        kind=change.kind,
        id=change.object_id,
        what=change.what,
        at=change.at.astimezone(UTC),
    )
    return ServerSentEvent(event=change.kind.value, id=str(change.id), data=body)
