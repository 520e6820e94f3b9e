"""What is known of a stream, from its SDP and from what it sends itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ingest.media import Codec, StreamInfo
from ingest.rtp import h264, h265
from ingest.rtp.nal import parameter_sets
from ingest.rtp.payload import NalUnit, PayloadError
from ingest.rtp.sps import picture_size
from ingest.source import WireUnit


def described(codec: Codec, sets: tuple[bytes, ...]) -> StreamInfo:
    """A stream with these parameter sets; its size is read from the SPS."""
    module = h264 if codec is Codec.H264 else h265
    sps = next((nal for nal in sets if module.nal_type(nal) == module.SPS), b"")
    width, height = picture_size(codec, sps)
    return StreamInfo(codec, sets, width, height)


def updated(info: StreamInfo, nals: Sequence[NalUnit]) -> StreamInfo:
    """What is known after these NAL units: the same object unless they bring other sets."""
    found = parameter_sets(info.codec, nals)
    if not found or found == info.parameter_sets:
        return info
    return described(info.codec, found)


def known_after(
    info: StreamInfo, unwrap: Callable[[bytes], list[NalUnit]], units: Iterable[WireUnit]
) -> StreamInfo:
    """What the first whole keyframe of some units says of the stream, else `info`."""
    for unit in units:
        if unit.keyframe:
            try:
                return updated(info, unwrap(unit.wire))
            except PayloadError:
                continue
    return info
