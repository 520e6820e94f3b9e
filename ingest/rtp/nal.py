"""NAL units and Annex B byte streams (ITU-T H.264 and H.265, annex B), for both codecs alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.media import Codec
from ingest.rtp import h264, h265
from ingest.rtp.payload import NalUnit

START_CODE = b"\0\0\0\1"


def annex_b(nals: Iterable[NalUnit]) -> bytes:
    """NAL units as a byte stream, a four-byte start code before each."""
    return b"".join(piece for nal in nals for piece in (START_CODE, nal))


def split_annex_b(data: bytes) -> list[NalUnit]:
    """The NAL units of a byte stream, without start codes; empty ones are left out."""
    view = memoryview(data)
    nals: list[NalUnit] = []
    start = data.find(b"\0\0\1")
    while start >= 0:
        start += 3
        following = data.find(b"\0\0\1", start)
        end = len(data) if following < 0 else following
        while end > start and data[end - 1] == 0:
            end -= 1
        if end > start:
            nals.append(view[start:end])
        start = following
    return nals


def is_overwritten(nal: NalUnit) -> bool:
    """Whether a NAL unit holds bytes that coding never leaves in it (H.264 §7.4.1, H.265 §7.4.2).

    Zeros where a packet's content should be are the commonest damage that decoders do not see.
    Start codes are let pass: some cameras pack several NAL units into one.
    """
    data = bytes(nal).rstrip(b"\0")
    return b"\0\0\0\0" in data or b"\0\0\2" in data


def parameter_sets(codec: Codec, nals: Sequence[NalUnit]) -> tuple[bytes, ...]:
    """The parameter sets among NAL units, in order; empty unless there is an SPS and a PPS."""
    module = h264 if codec is Codec.H264 else h265
    sets = (bytes(nal) for nal in nals if module.nal_type(nal) in module.PARAMETER_SETS)
    found = tuple(dict.fromkeys(sets))
    types = {module.nal_type(nal) for nal in found}
    return found if {module.SPS, module.PPS} <= types else ()


def without_parameter_sets(codec: Codec, nals: Sequence[NalUnit]) -> list[NalUnit]:
    """All other NAL units, in order."""
    module = h264 if codec is Codec.H264 else h265
    return [nal for nal in nals if module.nal_type(nal) not in module.PARAMETER_SETS]
