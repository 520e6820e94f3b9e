"""A stretch of one camera's video, cut from the ring at keyframes, still coded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.decode import decodable
from ingest.media import AccessUnit, StreamInfo
from ingest.rtp.nal import annex_b
from ingest.rtp.parameters import known_after
from ingest.rtp.payload import PayloadError
from ingest.source import Stream, WireUnit


@dataclass(frozen=True, slots=True)
class Clip:
    """Access units in decoding order, a keyframe first. It holds its own copy of the bytes."""

    info: StreamInfo
    units: tuple[AccessUnit, ...]

    @property
    def start(self) -> float:
        """Unix seconds of the first picture."""
        return self.units[0].captured_at

    @property
    def end(self) -> float:
        """Unix seconds of the last picture."""
        return max(unit.captured_at for unit in self.units)


def unpack_clip(stream: Stream, info: StreamInfo, units: Sequence[WireUnit]) -> Clip | None:
    """Unpack units into a clip; None where no keyframe of them is whole.

    `info` is what is known of the stream; parameter sets that the clip brings itself go first.
    """
    unpacked = tuple(_unpack(stream, info, units))
    if not unpacked:
        return None
    return Clip(known_after(info, stream.unwrap, units), unpacked)


def _unpack(stream: Stream, info: StreamInfo, units: Sequence[WireUnit]) -> Iterator[AccessUnit]:
    whole = False
    for unit in units:
        try:
            nals = stream.unwrap(unit.wire)
        except PayloadError:
            # What refers to a lost keyframe would be shown grey or smeared.
            whole = whole and not unit.keyframe
            continue
        whole = whole or unit.keyframe
        if whole:
            data = decodable(info, nals) if unit.keyframe else annex_b(nals)
            yield AccessUnit(data, unit.keyframe, unit.timestamp, unit.captured_at)
