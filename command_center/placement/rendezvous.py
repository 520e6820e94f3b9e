"""Which shard owns a camera, so that everybody answers the same without asking anybody.

Rendezvous hashing (Thaler and Ravishankar 1998): a camera goes to the shard whose hash together
with it is the highest. One shard more or less moves only the cameras that must move, 1 in K.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def owner(camera_id: str, shards: Sequence[str]) -> str:
    """The shard that owns the camera; `shards` must not be empty, their order does not matter."""
    return max(shards, key=lambda shard: (_weight(camera_id, shard), shard))


def _weight(camera_id: str, shard: str) -> bytes:
    return hashlib.blake2b(f"{shard}\n{camera_id}".encode(), digest_size=8).digest()
