"""The changes that one person may see, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from command_center.live.tail import Gone, Tail
from command_center.live.visibility import is_told
from command_center.live.wire import PING, position
from command_center.people.tables import Person

LIFETIME = 600.0
"""Seconds. Then the client comes back by itself and shows its session again: somebody who was
logged out or lost a role is told nothing more after this long."""
QUIET = 15.0
"""Seconds after which a stream on which nothing was said says that it is open; proxies close one
after 60 (nginx's proxy_read_timeout)."""


async def follow(
    tail: Tail, person: Person, seen: int | None, lifetime: float = LIFETIME, quiet: float = QUIET
) -> AsyncIterator[bytes]:
    """Everything after change `seen` that `person` may see, for `lifetime` seconds; each item is a
    number of whole events, or a comment.

    Begins with `ready`, or with `reset` where `seen` is no longer in the log: both carry an id
    to come back with, so that a client that was told nothing yet misses nothing either.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + lifetime
    if seen is None:
        seen = tail.newest
        yield position("ready", seen)
    said = clock()
    while clock() < end:
        try:
            page = await tail.after(seen)
        except Gone as gone:
            seen = gone.newest
            said = clock()
            yield position("reset", seen)
            continue
        if page:
            seen = page[-1].id
        told = b"".join(each.wire for each in page if is_told(person, each.change))
        if not told and clock() - said >= quiet:
            told = PING
        if told:
            said = clock()
            yield told
        if not page:
            await tail.wait(seen, max(0.0, min(end, said + quiet) - clock()))
