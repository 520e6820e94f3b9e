"""A SQLite file that cannot be read is kept for whoever may still save something of it."""

from __future__ import annotations

from pathlib import Path


def move_aside(path: Path, now: float) -> Path:
    """Rename a file together with its write-ahead log; its new name. `now` is Unix seconds."""
    aside = path.with_name(f"{path.name}.corrupt-{int(now)}")
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(aside.with_name(aside.name + suffix))
    return aside
