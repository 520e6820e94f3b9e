"""The sha256 of a file, in pieces, so that weights of any size take a megabyte of memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

PIECE = 1 << 20


def sha256_of(path: Path) -> str:
    """Lower-case hexadecimal sha256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
