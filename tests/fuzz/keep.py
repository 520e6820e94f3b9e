"""Keeps of many inputs those that are worth keeping: `python -m tests.fuzz.keep NAME FOLDER`.

Goes through the kept inputs and those of `FOLDER`, the smallest first, and leaves in `corpus/NAME`
each that takes a step between two lines of `ingest` that none before it took. Without atheris, by
the interpreter's own tracing, so that it can be done anywhere.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.corpus import CORPUS, inputs
from tests.fuzz.registry import HARNESSES

_INGEST = str(Path(__file__).resolve().parents[2] / "ingest")

Step = tuple[str, int, int]
"""A file, and two of its lines that ran one after the other."""


def steps_of(check: Callable[[bytes], None], data: bytes) -> set[Step]:
    """Every step in `ingest` that an input takes."""
    found: set[Step] = set()

    def called(frame: FrameType, _event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(_INGEST):
            return None
        last = frame.f_lineno

        def went(inner: FrameType, _event: str, _argument: Any) -> Any:
            nonlocal last
            found.add((name, last, inner.f_lineno))
            last = inner.f_lineno
            return went

        return went

    sys.settrace(called)
    try:
        check(data)
    finally:
        sys.settrace(None)
    return found


def worth_keeping(check: Callable[[bytes], None], candidates: list[bytes]) -> list[bytes]:
    """The smallest inputs that together take every step that any of them takes, or nearly so."""
    known: set[Step] = set()
    kept: list[bytes] = []
    for data in sorted(set(candidates), key=lambda one: (len(one), one)):
        new = steps_of(check, data) - known
        if new:
            known |= new
            kept.append(data)
    return kept


def main(name: str, folder: Path) -> None:
    """Bring `corpus/NAME` up to date."""
    found = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    before = inputs(name) if (CORPUS / name).is_dir() else []
    kept = worth_keeping(HARNESSES[name].check, before + found)
    target = CORPUS / name
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        path.unlink()
    for data in kept:
        (target / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    print(f"{name}: {len(kept)} of {len(before) + len(found)}, {sum(map(len, kept))} bytes")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
