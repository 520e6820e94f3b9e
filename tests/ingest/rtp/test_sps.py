"""Picture sizes read from parameter sets, against what the encoder was told."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.media import Codec
from ingest.rtp import h264, h265
from ingest.rtp.bits import BitReader, BitsError
from ingest.rtp.nal import is_overwritten, parameter_sets, split_annex_b
from ingest.rtp.parameters import described
from ingest.rtp.sps import picture_size
from tests.ingest.coded import coded_clip


def coded(codec: Codec, width: int, height: int, pixels: str, profile: str) -> bytes:
    name = "libx264" if codec is Codec.H264 else "libx265"
    encoder = cast("av.VideoCodecContext", av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base = Fraction(1, 25)
    quiet = {"x265-params": "log-level=none:pools=1"} if codec is Codec.H265 else {}
    encoder.options = {"preset": "ultrafast", "profile": profile, **quiet}
    blank = np.full((height, width, 3), 90, np.uint8)
    frame = av.VideoFrame.from_ndarray(blank, format="bgr24").reformat(format=pixels)
    packets = encoder.encode(frame) + encoder.encode(None)
    return b"".join(bytes(packet) for packet in packets)


@pytest.mark.parametrize(
    ("codec", "width", "height", "pixels", "profile"),
    [
        (Codec.H264, 640, 360, "yuv420p", "baseline"),
        (Codec.H264, 642, 358, "yuv420p", "high"),
        (Codec.H264, 1920, 1080, "yuv420p", "main"),
        (Codec.H264, 322, 242, "yuv422p", "high422"),
        (Codec.H264, 321, 243, "yuv444p", "high444"),
        (Codec.H265, 640, 360, "yuv420p", "main"),
        (Codec.H265, 322, 242, "yuv420p", "main"),
        (Codec.H265, 1920, 1080, "yuv420p", "main"),
    ],
)
def test_the_size_is_what_was_coded(
    codec: Codec, width: int, height: int, pixels: str, profile: str
) -> None:
    sets = parameter_sets(codec, split_annex_b(coded(codec, width, height, pixels, profile)))
    info = described(codec, sets)
    assert (info.width, info.height) == (width, height)


@given(st.sampled_from(list(Codec)), st.binary(max_size=80))
def test_any_bytes_have_a_size_or_none(codec: Codec, sps: bytes) -> None:
    width, height = picture_size(codec, sps)
    assert 0 <= width <= 16384
    assert (width == 0) == (height == 0)


@given(st.integers(0, 2**20))
def test_exp_golomb_numbers(value: int) -> None:
    length = (value + 1).bit_length()
    bits = "0" * (length - 1) + f"{value + 1:b}"
    padded = bits + "1" * (-len(bits) % 8)
    data = int(padded, 2).to_bytes(len(padded) // 8).replace(b"\0\0", b"\0\0\3")
    assert BitReader(data).ue() == value


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(BitsError):
        BitReader(bytes(40)).ue()
    with pytest.raises(BitsError):
        BitReader(b"\x01").bits(9)


@pytest.mark.parametrize("codec", list(Codec))
def test_sets_are_found_once_each(codec: Codec) -> None:
    keyframe = coded_clip(codec)[0]
    nals = split_annex_b(keyframe + keyframe)
    kinds = h264 if codec is Codec.H264 else h265
    found = [kinds.nal_type(nal) for nal in parameter_sets(codec, nals)]
    assert found == ([7, 8] if codec is Codec.H264 else [32, 33, 34])
    assert parameter_sets(codec, split_annex_b(coded_clip(codec)[1])) == ()


@pytest.mark.parametrize("codec", list(Codec))
def test_zeros_in_a_nal_unit_are_noticed(codec: Codec) -> None:
    keyframe = coded_clip(codec)[0]
    assert not any(is_overwritten(nal) for nal in split_annex_b(keyframe))
    slice_ = bytes(split_annex_b(keyframe)[-1])
    assert is_overwritten(slice_[:100] + bytes(40) + slice_[140:])
    assert not is_overwritten(slice_ + bytes(8))
