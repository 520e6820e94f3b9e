"""Shared decoders: exact pictures, and no camera's damage on another's."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ingest.decode import GopDecoder, KeyframeDecoder, UndecodableError, decodable
from ingest.frame import small_grey
from ingest.media import Codec, StreamInfo
from ingest.rtp import h264, h265
from ingest.rtp.nal import annex_b, parameter_sets, split_annex_b
from tests.ingest.coded import coded_clip, decoded, luma


def test_one_decoder_serves_cameras_of_both_codecs() -> None:
    decoder = KeyframeDecoder()
    for seed in range(4):
        for codec in Codec:
            clip = coded_clip(codec, seed=seed)
            assert np.array_equal(luma(decoder.decode(codec, clip[15])), decoded(codec, clip)[15])


CUTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@pytest.mark.parametrize(("codec", "least"), [(Codec.H264, len(CUTS)), (Codec.H265, 1)])
def test_a_cut_keyframe_harms_no_other_camera(codec: Codec, least: int) -> None:
    """H.264 is always refused; H.265 may pass, but never with another camera's picture in it."""
    decoder, refused = KeyframeDecoder(), 0
    mine, other = coded_clip(codec), coded_clip(codec, seed=9)
    expected = decoded(codec, other)[0]
    for fraction in CUTS:
        decoder.decode(codec, other[0])
        try:
            picture = decoder.decode(codec, mine[0][: int(len(mine[0]) * fraction)])
        except UndecodableError:
            refused += 1
        else:
            assert not np.array_equal(luma(picture)[-16:, -64:], expected[-16:, -64:])
        assert np.array_equal(luma(decoder.decode(codec, other[0])), expected)
    assert refused >= least


def test_h264_refuses_flipped_bits() -> None:
    """The rate that `KeyframeDecoder` promises, with some room for luck."""
    decoder, rng, refused = KeyframeDecoder(), random.Random(3), 0
    keyframe = coded_clip(Codec.H264)[0]
    for _ in range(50):
        spoilt = bytearray(keyframe)
        for _ in range(5):
            spoilt[rng.randrange(300, len(spoilt))] ^= 1 << rng.randrange(8)
        try:
            decoder.decode(Codec.H264, bytes(spoilt))
        except UndecodableError:
            refused += 1
    assert refused >= 45


@pytest.mark.parametrize("noise", [b"", b"\0\0\0\1", b"\0\0\0\1\x65abc", bytes(100), b"x" * 5000])
@pytest.mark.parametrize("codec", list(Codec))
def test_what_is_no_keyframe_is_refused(codec: Codec, noise: bytes) -> None:
    with pytest.raises(UndecodableError):
        KeyframeDecoder().decode(codec, noise)


@pytest.mark.parametrize("codec", list(Codec))
def test_parameter_sets_of_the_sdp_are_put_in_front(codec: Codec) -> None:
    keyframe = coded_clip(codec)[0]
    nals = split_annex_b(keyframe)
    sets = parameter_sets(codec, nals)
    kinds = h264 if codec is Codec.H264 else h265
    bare = [nal for nal in nals if kinds.nal_type(nal) not in kinds.PARAMETER_SETS]
    data = decodable(StreamInfo(codec, sets), bare)
    assert np.array_equal(
        luma(KeyframeDecoder().decode(codec, data)), decoded(codec, (keyframe,))[0]
    )
    assert decodable(StreamInfo(codec, (b"\x67old",)), nals) == annex_b((*sets, *bare))
    assert decodable(StreamInfo(codec), [*nals[:-1], *sets, nals[-1]]) == annex_b((*sets, *bare))


def test_another_resolution_follows_at_once() -> None:
    from tests.ingest.rtp.test_sps import coded

    decoder = KeyframeDecoder()
    for width, height in ((320, 180), (640, 360), (176, 144), (320, 180)):
        picture = decoder.decode(Codec.H264, coded(Codec.H264, width, height, "yuv420p", "high"))
        assert (picture.width, picture.height) == (width, height)


def test_ten_bits_become_eight() -> None:
    from tests.ingest.rtp.test_sps import coded

    data = coded(Codec.H264, 320, 180, "yuv422p10le", "high422")
    picture = KeyframeDecoder().decode(Codec.H264, data)
    grey = small_grey(picture)
    assert grey.shape == (90, 160)
    assert 70 < grey.mean() < 110


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_gop_comes_out_whole_and_in_order(codec: Codec, b_frames: int) -> None:
    clip = coded_clip(codec, count=15, b_frames=b_frames)
    decoder = GopDecoder(codec)
    pictures = [*decoder.decode(enumerate(clip)), *decoder.finish()]
    expected = decoded(codec, clip)
    assert len(pictures) == len(expected) == 15
    for picture, right in zip(pictures, expected, strict=True):
        assert np.array_equal(luma(picture), right)
