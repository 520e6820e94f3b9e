"""Old evidence goes; what an open ticket needs stays."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from command_center.database import Database
from command_center.evidence import holds
from command_center.evidence.media import MediaType
from command_center.evidence.retention import expire
from command_center.evidence.store import EvidenceStore
from tests.command_center.evidence.test_store import JPEG, MP4
from tests.command_center.example import START

pytestmark = pytest.mark.anyio

OLD, HELD, NEW = (UUID(int=n << 8 | 7) for n in (1, 2, 3))
BEFORE = START - timedelta(days=30)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path)


async def put(store: EvidenceStore, owner: UUID, at: datetime, media: MediaType) -> Path:
    async def body() -> AsyncIterator[bytes]:
        yield JPEG if media is MediaType.JPEG else MP4

    path = await store.write(owner, "clip", media, body())
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


async def everything(owners: Collection[UUID]) -> Collection[UUID]:
    return owners


async def test_what_is_old_and_released_goes(store: EvidenceStore) -> None:
    long_ago = BEFORE - timedelta(seconds=1)
    await put(store, OLD, long_ago, MediaType.JPEG)
    await put(store, OLD, long_ago, MediaType.MP4)
    held = await put(store, HELD, long_ago, MediaType.MP4)
    new = await put(store, NEW, BEFORE, MediaType.MP4)
    asked: list[UUID] = []

    async def release(owners: Collection[UUID]) -> Collection[UUID]:
        asked.extend(owners)
        return set(owners) - {HELD}

    assert await expire(store, before=BEFORE, release=release) == 2
    assert sorted(asked) == [OLD, HELD]
    assert {p for p in store.root.rglob("*") if p.is_file()} == {held, new}


async def test_evidence_that_is_still_growing_is_not_old(store: EvidenceStore) -> None:
    """A snapshot of last month and a clip of today belong to one event."""
    await put(store, OLD, BEFORE - timedelta(days=1), MediaType.JPEG)
    await put(store, OLD, BEFORE, MediaType.MP4)
    assert await expire(store, before=BEFORE, release=everything) == 0


async def test_drafts_of_a_crash_are_swept_away(store: EvidenceStore) -> None:
    kept = await put(store, NEW, START, MediaType.JPEG)
    for name, at in ((".draft.old", BEFORE - timedelta(days=1)), (".draft.now", START)):
        (kept.parent / name).write_bytes(b"half")
        os.utime(kept.parent / name, (at.timestamp(), at.timestamp()))
    assert await expire(store, before=BEFORE, release=everything) == 0
    assert {p.name for p in kept.parent.iterdir()} == {kept.name, ".draft.now"}


async def test_an_empty_store(store: EvidenceStore) -> None:
    assert await expire(store, before=BEFORE, release=everything) == 0


async def test_nothing_of_a_stranger_is_held(database: Database) -> None:
    async with database.transaction() as session:
        assert await holds.held(session, {OLD, HELD}) == set()
        await holds.forget(session, {OLD})
