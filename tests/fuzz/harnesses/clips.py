"""Units out of the ring into an MP4 file: what came may be anything, the file is whole or not."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import av

from ingest.clip import unpack_clip
from ingest.media import CLOCK_RATE, Codec
from ingest.mp4 import ClipError, decode_times, write_mp4
from ingest.rtp.nal import split_annex_b
from ingest.rtp.parameters import described
from ingest.source import Stream, WireUnit
from tests.fuzz.draw import Draw

_FOLDER = Path(tempfile.gettempdir())


def check(data: bytes) -> None:
    """Decoding times ascend and never lie after the picture; a file plays or is not there."""
    draw = Draw(data)
    codec = draw.pick((Codec.H264, Codec.H265))
    units: list[WireUnit] = []
    stamp = draw.number(4)
    while not draw.empty and len(units) < 64:
        stamp += draw.pick((6000, 3000, -3000, 0, draw.number(4) - (1 << 31)))
        keyframe = draw.flag() or not units
        units.append(WireUnit(draw.blob(2), keyframe, stamp, stamp / CLOCK_RATE))
    if not units:
        return
    _times([unit.timestamp for unit in units])
    clip = unpack_clip(Stream(described(codec, ()), split_annex_b), described(codec, ()), units)
    if clip is None:
        return
    assert sum(len(u.data) for u in clip.units) <= 8 * sum(len(u.wire) for u in units) + 4096
    path = _FOLDER / f"fuzzed-{os.getpid()}.mp4"
    try:
        write_mp4(clip, path)
    except ClipError:
        assert not path.exists()
        return
    try:
        assert path.stat().st_size <= 2 * sum(len(u.data) for u in clip.units) + 16384
        with suppress(av.error.InvalidDataError), av.open(str(path)) as written:
            # Suppressed: a camera's broken parameter sets stand in the file as it sent them.
            assert len(written.streams.video) == 1
    finally:
        path.unlink()


def _times(stamps: list[int]) -> None:
    times = decode_times(stamps)
    assert all(time <= stamp for (time, _), stamp in zip(times, stamps, strict=True))
    assert all(step > 0 for _, step in times)
    assert all(a[0] < b[0] for a, b in pairwise(times))
