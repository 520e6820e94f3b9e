"""Evidence is whole or absent, and is what it says it is."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import NoReturn
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.evidence import store as stores
from command_center.evidence.media import HEAD_BYTES, MediaType, media_type
from command_center.evidence.store import EvidenceStore
from command_center.problems import Problem

pytestmark = pytest.mark.anyio

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"picture" * 100
MP4 = b"\x00\x00\x00\x20ftypisom" + b"film" * 100
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
OWNER = UUID("01890a5d-ac96-774b-bcce-b302099a80ab")


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def put(
    store: EvidenceStore, body: bytes, media: MediaType = MediaType.JPEG, step: int = 64
) -> Path:
    chunks = (body[i : i + step] for i in range(0, len(body), step))
    return await store.write(OWNER, "snapshot", media, stream(chunks))


def files(store: EvidenceStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("*") if path.is_file())


@pytest.mark.parametrize("step", [1, 5, HEAD_BYTES, 1 << 20])
async def test_what_is_written_is_found(store: EvidenceStore, step: int) -> None:
    path = await put(store, JPEG, step=step)
    assert path.read_bytes() == JPEG
    assert store.find(OWNER, "snapshot", MediaType.JPEG) == path
    assert store.find(OWNER, "clip", MediaType.MP4) is None
    assert files(store) == [f"{OWNER.hex}.snapshot.jpg"]


async def test_again_replaces_in_one_step(store: EvidenceStore) -> None:
    await put(store, JPEG)
    path = await put(store, JPEG + b"newer")
    assert path.read_bytes() == JPEG + b"newer"
    assert len(files(store)) == 1


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (MP4, MediaType.JPEG),
        (JPEG, MediaType.MP4),
        (b"", MediaType.JPEG),
        (JPEG[:2], MediaType.JPEG),
        (b"<script>alert(1)</script>", MediaType.JPEG),
        (PNG, MediaType.WEBP),
    ],
)
async def test_what_is_not_what_it_says_is_refused(
    store: EvidenceStore, body: bytes, media: MediaType
) -> None:
    with pytest.raises(Problem) as refused:
        await put(store, body, media)
    assert refused.value.status == 422
    assert files(store) == []


async def test_too_large_is_refused_while_it_comes(store: EvidenceStore) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield JPEG
        while True:
            sent += 1
            yield b"x" * (1 << 20)

    with pytest.raises(Problem) as refused:
        await store.write(OWNER, "snapshot", MediaType.JPEG, endless())
    assert refused.value.status == 413
    assert sent == MediaType.JPEG.limit >> 20
    assert files(store) == []


async def test_a_body_that_breaks_off_leaves_the_earlier_file(store: EvidenceStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield JPEG
        raise ConnectionResetError

    path = await put(store, JPEG)
    with pytest.raises(ConnectionResetError):
        await store.write(OWNER, "snapshot", MediaType.JPEG, broken())
    assert path.read_bytes() == JPEG
    assert len(files(store)) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_507_and_loses_nothing(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = await put(store, JPEG)

    def full(_descriptor: int) -> NoReturn:
        raise OSError(number, "No space left on device")

    monkeypatch.setattr(stores, "_sync", full)
    with pytest.raises(Problem) as refused:
        await put(store, JPEG + b"newer")
    assert refused.value.status == 507
    assert path.read_bytes() == JPEG
    assert len(files(store)) == 1


async def test_another_fault_of_the_disk_is_not_hidden(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_descriptor: int) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(stores, "_sync", broken)
    with pytest.raises(OSError, match="Input/output"):
        await put(store, JPEG)
    assert files(store) == []


async def test_ten_at_once_leave_one_whole_file(store: EvidenceStore) -> None:
    bodies = [JPEG + bytes([n]) * 1000 for n in range(10)]
    await asyncio.gather(*(put(store, body) for body in bodies))
    assert store.path(OWNER, "snapshot", MediaType.JPEG).read_bytes() in bodies
    assert len(files(store)) == 1


async def test_deleting_takes_all_of_one_owner_and_nothing_else(store: EvidenceStore) -> None:
    await put(store, JPEG)
    await store.write(OWNER, "clip", MediaType.MP4, stream([MP4]))
    other = UUID(OWNER.hex[:-4] + "ff" + OWNER.hex[-2:])
    await store.write(other, "snapshot", MediaType.JPEG, stream([JPEG]))
    assert await store.delete(OWNER) == 2
    assert await store.delete(OWNER) == 0
    assert files(store) == [f"{other.hex}.snapshot.jpg"]


@pytest.mark.parametrize("kind", ["../../etc/passwd", "a/b", "", ".", "snap.shot"])
def test_no_part_of_a_path_is_free(store: EvidenceStore, kind: str) -> None:
    with pytest.raises(ValueError, match="not a kind"):
        store.path(OWNER, kind, MediaType.JPEG)


@given(owner=st.uuids(), media=st.sampled_from(MediaType))
def test_every_path_lies_two_below_the_root(owner: UUID, media: MediaType) -> None:
    store = EvidenceStore(Path("/evidence"))
    path = store.path(owner, "snapshot_clear", media)
    assert path.parent.parent == store.root
    assert path.resolve() == path


@pytest.mark.parametrize(
    ("head", "media"),
    [
        (JPEG, MediaType.JPEG),
        (MP4, MediaType.MP4),
        (PNG, MediaType.PNG),
        (WEBP, MediaType.WEBP),
    ],
)
def test_each_type_recognises_itself_and_no_other(head: bytes, media: MediaType) -> None:
    assert [m for m in MediaType if m.recognises(head[:HEAD_BYTES])] == [media]


@pytest.mark.parametrize(
    ("content_type", "media"),
    [
        ("image/jpeg", MediaType.JPEG),
        ("Image/JPEG; charset=binary", MediaType.JPEG),
        ("video/mp4", MediaType.MP4),
        ("text/html", None),
        ("", None),
    ],
)
def test_content_types(content_type: str, media: MediaType | None) -> None:
    assert media_type(content_type) is media


def test_a_uuid7_spreads_over_directories(store: EvidenceStore) -> None:
    """The first byte of a UUIDv7 is the same for years."""
    owners = [UUID(int=(0x01890A5D << 96) | uuid4().int & ((1 << 96) - 1)) for _ in range(500)]
    assert len({store.path(o, "clip", MediaType.MP4).parent for o in owners}) > 100
