"""Files of evidence under one directory: whole or absent, and named by UUID alone."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from command_center.evidence.media import HEAD_BYTES, MediaType
from command_center.problems import Problem

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class EvidenceStore:
    """`root/ab/ab12….snapshot.jpg`: no part of a path comes from a caller.

    256 directories, by the *last* byte of the UUID: the first bytes of a UUIDv7 are its time,
    and would put a whole month into one directory.
    """

    root: Path

    def path(self, owner: UUID, kind: str, media: MediaType) -> Path:
        """Where evidence of `kind` ("snapshot", "clip", "photo" …) about `owner` lies."""
        if not kind.replace("_", "").isalpha():
            raise ValueError(f"{kind!r} is not a kind of evidence")
        return self.root / owner.hex[-2:] / f"{owner.hex}.{kind}.{media.suffix}"

    def find(self, owner: UUID, kind: str, media: MediaType) -> Path | None:
        path = self.path(owner, kind, media)
        return path if path.is_file() else None

    async def write(
        self, owner: UUID, kind: str, media: MediaType, chunks: AsyncIterator[bytes]
    ) -> Path:
        """Keep a body as it arrives; an earlier file of the same name is replaced in one step.

        Raises:
            Problem: 413 past the limit of its media type, 422 if it is not what it says it is,
                507 if the disk is full. Nothing is left behind and nothing kept is touched.
        """
        path = self.path(owner, kind, media)
        draft = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            await self._drain(draft, media, chunks)
            await asyncio.to_thread(_publish, draft, path)
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise Problem(507, "the disk for evidence is full; send it again later") from error
            raise
        finally:
            draft.unlink(missing_ok=True)
        return path

    async def _drain(self, draft: Path, media: MediaType, chunks: AsyncIterator[bytes]) -> None:
        draft.parent.mkdir(parents=True, exist_ok=True)
        head, size = b"", 0
        with draft.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > media.limit:
                    raise Problem(
                        413, f"{media.content_type} may have at most {media.limit >> 20} MiB"
                    )
                if len(head) < HEAD_BYTES:
                    head += chunk[: HEAD_BYTES - len(head)]
                    if len(head) >= HEAD_BYTES and not media.recognises(head):
                        raise _not_the_type(media)
                await asyncio.to_thread(file.write, chunk)
            if not media.recognises(head):
                raise _not_the_type(media)
            await asyncio.to_thread(_sync, file.fileno())

    async def delete(self, owner: UUID) -> int:
        """Delete all evidence about `owner`; how many files that were."""
        return await asyncio.to_thread(self._delete, owner)

    def directories(self) -> list[Path]:
        return sorted(path for path in self.root.glob("??") if path.is_dir())

    def older_than(self, directory: Path, moment: datetime) -> set[UUID]:
        """Owners of whose evidence nothing in `directory` was written at or after `moment`.

        Drafts that a crash left behind are deleted on the way.
        """
        newest: dict[str, float] = {}
        for path in directory.iterdir():
            written = path.stat().st_mtime
            if path.name.startswith("."):
                if written < moment.timestamp():
                    path.unlink(missing_ok=True)
                continue
            owner = path.name.partition(".")[0]
            newest[owner] = max(written, newest.get(owner, 0.0))
        return {UUID(owner) for owner, at in newest.items() if at < moment.timestamp()}

    def _delete(self, owner: UUID) -> int:
        paths = list((self.root / owner.hex[-2:]).glob(f"{owner.hex}.*"))
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)


def _not_the_type(media: MediaType) -> Problem:
    return Problem(422, f"the body is not {media.content_type}", field="body")


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def _publish(draft: Path, path: Path) -> None:
    """Rename, then make the rename itself durable (fsync(2): the directory needs its own)."""
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
