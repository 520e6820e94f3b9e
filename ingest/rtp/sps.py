"""The size of a picture, read from its sequence parameter set."""

from __future__ import annotations

from ingest.media import Codec
from ingest.rtp.bits import BitReader, BitsError

MAX_SIDE = 16_384
"""Pixels. The largest level of H.265 allows 8,912 (table A.8); more is a damaged SPS."""

_WITH_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
"""profile_idc values whose SPS tells the chroma format (ITU-T H.264 §7.3.2.1.1)."""


def picture_size(codec: Codec, sps: bytes) -> tuple[int, int]:
    """Width and height in pixels after cropping, (0, 0) where the SPS cannot be read."""
    try:
        width, height = _h264(sps) if codec is Codec.H264 else _h265(sps)
    except BitsError:
        return 0, 0
    if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE:
        return width, height
    return 0, 0


def _h264(sps: bytes) -> tuple[int, int]:
    """ITU-T H.264 §7.3.2.1.1 as far as frame_cropping."""
    reader = BitReader(sps[1:])
    profile = reader.bits(8)
    reader.bits(16)
    reader.ue()
    chroma = 1
    if profile in _WITH_CHROMA:
        chroma = _skip_h264_chroma(reader)
    reader.ue()
    _skip_picture_order(reader)
    reader.ue()
    reader.flag()
    width = 16 * (reader.ue() + 1)
    map_units = reader.ue() + 1
    frame_only = reader.flag()
    height = 16 * map_units * (1 if frame_only else 2)
    if not frame_only:
        reader.flag()
    reader.flag()
    if not reader.flag():
        return width, height
    across = 2 if chroma in (1, 2) else 1
    down = (2 if chroma == 1 else 1) * (1 if frame_only else 2)
    left, right, top, bottom = (reader.ue() for _ in range(4))
    return width - across * (left + right), height - down * (top + bottom)


def _skip_h264_chroma(reader: BitReader) -> int:
    chroma = reader.ue()
    if chroma == 3:
        reader.flag()
    reader.ue()
    reader.ue()
    reader.flag()
    if reader.flag():
        for index in range(8 if chroma != 3 else 12):
            if reader.flag():
                _skip_scaling_list(reader, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.se()) % 256
        last = following or last


def _skip_picture_order(reader: BitReader) -> None:
    kind = reader.ue()
    if kind == 0:
        reader.ue()
    elif kind == 1:
        reader.flag()
        reader.se()
        reader.se()
        for _ in range(min(reader.ue(), 255)):
            reader.se()


def _h265(sps: bytes) -> tuple[int, int]:
    """ITU-T H.265 §7.3.2.2.1 as far as the conformance window."""
    reader = BitReader(sps[2:])
    reader.bits(4)
    sub_layers = reader.bits(3)
    reader.flag()
    _skip_profile_tier_level(reader, sub_layers)
    reader.ue()
    chroma = reader.ue()
    if chroma == 3:
        reader.flag()
    width, height = reader.ue(), reader.ue()
    if not reader.flag():
        return width, height
    across = 2 if chroma in (1, 2) else 1
    down = 2 if chroma == 1 else 1
    left, right, top, bottom = (reader.ue() for _ in range(4))
    return width - across * (left + right), height - down * (top + bottom)


def _skip_profile_tier_level(reader: BitReader, sub_layers: int) -> None:
    reader.bits(88)
    reader.bits(8)
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.bits(2 * (8 - sub_layers))
    for profile, level in present:
        reader.bits(88 if profile else 0)
        reader.bits(8 if level else 0)
