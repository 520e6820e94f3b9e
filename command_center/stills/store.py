"""The newest still of each camera, one file each, for minutes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4


@dataclass(frozen=True)
class Still:
    """A JPEG and when its camera took it."""

    jpeg: bytes
    captured_at: datetime


@dataclass(frozen=True)
class StillStore:
    """`root/lane-1.jpg`; the file's time is the picture's. All calls block for a disk's moment.

    Camera ids are `configs.values.Identifier`, which is a file's name and never a path.
    """

    root: Path

    def put(self, camera_id: str, still: Still) -> None:
        """Replace a camera's still in one step. Not synced: after a crash the next one comes.

        Raises:
            OSError: the disk is full, or not ours to write to; the one before stays.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        draft = self.root / f".{camera_id}.{uuid4().hex}"
        taken = still.captured_at.timestamp()
        try:
            draft.write_bytes(still.jpeg)
            os.utime(draft, (taken, taken))
            draft.replace(self._path(camera_id))
        finally:
            draft.unlink(missing_ok=True)

    def get(self, camera_id: str) -> Still | None:
        try:
            with self._path(camera_id).open("rb") as file:
                taken = os.fstat(file.fileno()).st_mtime
                return Still(file.read(), datetime.fromtimestamp(taken, UTC))
        except FileNotFoundError:
            return None

    def expire(self, before: datetime) -> int:
        """Delete what was taken before a moment, drafts of a crash among it; how many."""
        if not self.root.is_dir():
            return 0
        old = [path for path in self.root.iterdir() if path.stat().st_mtime < before.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, camera_id: str) -> Path:
        return self.root / f"{camera_id}.jpg"
