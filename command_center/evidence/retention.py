"""Deleting evidence that is old, but never what an open ticket needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from uuid import UUID

import structlog

from command_center.evidence.store import EvidenceStore

Release = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]
"""Of these owners of old evidence, those that nobody needs any more, and are forgotten."""

_log = structlog.get_logger(__name__)


async def expire(store: EvidenceStore, *, before: datetime, release: Release) -> int:
    """Delete evidence that was last written before a moment and is released; how many files.

    One of the 256 directories at a time, so that a year of evidence is never listed at once.
    """
    deleted = 0
    for directory in await asyncio.to_thread(store.directories):
        old = await asyncio.to_thread(store.older_than, directory, before)
        for owner in await release(old) if old else ():
            deleted += await store.delete(owner)
    if deleted:
        _log.info("evidence_expired", files=deleted, before=before.isoformat())
    return deleted
