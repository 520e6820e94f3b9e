"""What this process uses, as its kernel counts it."""

from __future__ import annotations

import resource
import time
from datetime import UTC, datetime
from pathlib import Path

from detectors.metrics import ProcessUse

_PAGE = resource.getpagesize()
_THREADS_FIELD = 17
"""`num_threads` in /proc/self/stat, counted behind the command's name (proc(5) field 20)."""


def process_use(started_at: float) -> ProcessUse:
    """Of the calling process; `started_at` as Unix seconds. Without /proc, CPU time alone."""
    resident = threads = files = 0
    own = Path("/proc/self")
    if own.exists():
        resident = int((own / "statm").read_text(encoding="ascii").split()[1]) * _PAGE
        behind_name = (own / "stat").read_text(encoding="utf-8").rpartition(")")[2]
        threads = int(behind_name.split()[_THREADS_FIELD])
        files = sum(1 for _ in (own / "fd").iterdir()) - 1  # one is the listing's own
    return ProcessUse(
        cpu_seconds=time.process_time(),
        resident_bytes=resident,
        threads=threads,
        open_files=files,
        started_at=datetime.fromtimestamp(started_at, UTC),
    )
