"""Waking whoever waits in a request for something to come."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Doorbell:
    """Rung when something came, heard by all who wait in this process. Take `next_ring` *before*
    looking whether there is something: what comes between look and wait is then not missed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def next_ring(self) -> asyncio.Event:
        return self._event


async def heard(ring: asyncio.Event, seconds: float) -> None:
    """Wait for the ring, `seconds` at most."""
    # Not wait_for: before Python 3.12 a ring at the moment of a cancellation swallows that, and
    # whoever waits in a loop goes on for ever.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ring.wait()
