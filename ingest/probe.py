"""`python -m ingest.probe FILE`: can the file be read at all? Exit status 0 says so.

Runs in a process of its own, since some broken files abort it.
"""

from __future__ import annotations

import sys
from itertools import islice

import av

from ingest.demux import video_of
from ingest.failure import SourceError

PACKETS = 500
"""Packets that are read: half a minute or more; a file that kills a demuxer does so early."""
PICTURES = 5
"""Pictures that are decoded."""


def readable(path: str) -> bool:
    """Whether the beginning of a file can be demuxed and at least one picture decoded."""
    try:
        with av.open(path, "r") as container:
            for _ in islice(container.demux(video_of(container)), PACKETS):
                pass
        with av.open(path, "r") as container:
            return any(True for _ in islice(container.decode(video_of(container)), PICTURES))
    except (av.FFmpegError, SourceError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if readable(sys.argv[1]) else 1)
