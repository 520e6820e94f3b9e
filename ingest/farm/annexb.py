"""NAL units as the farm needs them: cut out of Annex B bytes and told apart."""

from __future__ import annotations

from ingest.media import Codec

_START_CODE = b"\x00\x00\x01"

_H264_IDR = 5
_H264_PARAMETER_SETS = (7, 8)
"""SPS and PPS: ITU-T H.264 table 7-1."""

_H265_IRAP = range(16, 24)
_H265_PARAMETER_SETS = (32, 33, 34)
"""VPS, SPS, PPS: ITU-T H.265 table 7-1; 16 to 23 are the intra random access points."""


def split(data: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream, without start codes and trailing zero bytes."""
    units: list[bytes] = []
    start = data.find(_START_CODE)
    while start >= 0:
        begin = start + len(_START_CODE)
        start = data.find(_START_CODE, begin)
        unit = data[begin : start if start >= 0 else len(data)].rstrip(b"\x00")
        if unit:
            units.append(unit)
    return units


def kind(unit: bytes, codec: Codec) -> int:
    """`nal_unit_type` of a NAL unit that has no start code."""
    return unit[0] & 0x1F if codec is Codec.H264 else (unit[0] >> 1) & 0x3F


def is_keyframe(units: list[bytes], codec: Codec) -> bool:
    """Whether a picture made of these units can be decoded without any other."""
    if codec is Codec.H264:
        return any(kind(unit, codec) == _H264_IDR for unit in units)
    return any(kind(unit, codec) in _H265_IRAP for unit in units)


def parameter_sets(units: list[bytes], codec: Codec) -> tuple[bytes, ...]:
    """(VPS,) SPS and PPS among the units, in their order, each once."""
    wanted = _H264_PARAMETER_SETS if codec is Codec.H264 else _H265_PARAMETER_SETS
    return tuple(dict.fromkeys(unit for unit in units if kind(unit, codec) in wanted))
