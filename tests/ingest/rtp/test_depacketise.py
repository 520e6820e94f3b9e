"""NAL units survive packetising, and no bytes whatever raise anything but PayloadError."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.media import Codec
from ingest.rtp import h264, h265
from ingest.rtp.payload import NalUnit, PayloadError, PayloadFormat, Sight
from tests.ingest.packetise import h264_payloads, h265_payloads

FORMATS = {Codec.H264: h264.FORMAT, Codec.H265: h265.FORMAT}


def unpacked(payload_format: PayloadFormat, payloads: list[bytes]) -> list[bytes]:
    nals: list[NalUnit] = payload_format.unpack(memoryview(p) for p in payloads)
    return [bytes(nal) for nal in nals]


H264_NALS = st.lists(
    st.builds(
        lambda kind, body: bytes([0x60 | kind]) + body,
        st.integers(1, 23),
        st.binary(min_size=1, max_size=300),
    ),
    min_size=1,
    max_size=6,
)
H265_NALS = st.lists(
    st.builds(
        lambda kind, body: bytes([kind << 1, 1]) + body,
        st.integers(0, 47),
        st.binary(min_size=1, max_size=300),
    ),
    min_size=1,
    max_size=6,
)


@given(H264_NALS, st.integers(8, 400), st.booleans())
def test_h264_survives_packetising(nals: list[bytes], size: int, aggregate: bool) -> None:
    payloads = h264_payloads(nals, size, aggregate=aggregate)
    assert unpacked(h264.FORMAT, payloads) == nals


@given(H265_NALS, st.integers(12, 400), st.booleans())
def test_h265_survives_packetising(nals: list[bytes], size: int, aggregate: bool) -> None:
    payloads = h265_payloads(nals, size, aggregate=aggregate)
    assert unpacked(h265.FORMAT, payloads) == nals


@pytest.mark.parametrize("codec", list(Codec))
@given(payloads=st.lists(st.binary(min_size=1, max_size=60), max_size=8))
@settings(max_examples=300)
def test_any_bytes_raise_nothing_else(codec: Codec, payloads: list[bytes]) -> None:
    payload_format = FORMATS[codec]
    try:
        nals = unpacked(payload_format, payloads)
    except PayloadError:
        return
    finally:
        for payload in payloads:
            assert payload_format.look(memoryview(payload)) in Sight
    assert sum(map(len, nals)) <= sum(map(len, payloads)) + len(payloads)


IDR = bytes([0x65]) + bytes(range(200))
FU = h264_payloads([IDR], 60)
HEVC_IDR = bytes([19 << 1, 1]) + bytes(range(200))
HEVC_FU = h265_payloads([HEVC_IDR], 60)


@pytest.mark.parametrize(
    ("payload_format", "payloads", "said"),
    [
        (h264.FORMAT, FU[1:], "start is missing"),
        (h264.FORMAT, FU[:-1], "has no end"),
        (h264.FORMAT, [FU[0], FU[0]], "repeated"),
        (h264.FORMAT, [FU[0], b"\x61slice", *FU[1:]], "interrupted"),
        (h264.FORMAT, [b"\x7c\x85"], "empty"),
        (h264.FORMAT, [b"\x18\x00"], "within a length"),
        (h264.FORMAT, [b"\x18\x00\x09abc"], "past its end"),
        (h264.FORMAT, [b"\x18\x00\x00"], "past its end"),
        (h264.FORMAT, [b"\x19\x00\x00abc"], "type 25"),
        (h264.FORMAT, [b"\x00abc"], "type 0"),
        (h265.FORMAT, HEVC_FU[1:], "start is missing"),
        (h265.FORMAT, HEVC_FU[:-1], "has no end"),
        (h265.FORMAT, [HEVC_FU[0], b"\x02\x01slice"], "interrupted"),
        (h265.FORMAT, [b"\x62\x01\x93"], "empty"),
        (h265.FORMAT, [b"\x26"], "shorter"),
        (h265.FORMAT, [b"\x60\x01\x00\x09ab"], "past its end"),
        (h265.FORMAT, [b"\x64\x01paci"], "type 50"),
    ],
)
def test_broken_payloads_are_refused(
    payload_format: PayloadFormat, payloads: list[bytes], said: str
) -> None:
    with pytest.raises(PayloadError, match=said):
        unpacked(payload_format, payloads)


@pytest.mark.parametrize(
    ("payload_format", "payload", "sight"),
    [
        (h264.FORMAT, b"\x65x", Sight.KEY),
        (h264.FORMAT, b"\x41x", Sight.DELTA),
        (h264.FORMAT, b"\x67x", Sight.NOTHING),
        (h264.FORMAT, b"\x09\xf0", Sight.NOTHING),
        (h264.FORMAT, FU[0], Sight.KEY),
        (h264.FORMAT, FU[1], Sight.KEY),
        (h264.FORMAT, b"\x7c", Sight.NOTHING),
        (h264.FORMAT, b"", Sight.NOTHING),
        (h264.FORMAT, b"\x18\x00\x02\x67x\x00\x02\x65x", Sight.KEY),
        (h264.FORMAT, b"\x18\x00\x02\x67x\x00\x02\x41x", Sight.DELTA),
        (h264.FORMAT, b"\x18\x00\x02\x67x\x00\x02\x68x", Sight.NOTHING),
        (h265.FORMAT, bytes([19 << 1, 1, 0]), Sight.KEY),
        (h265.FORMAT, bytes([21 << 1, 1, 0]), Sight.KEY),
        (h265.FORMAT, bytes([16 << 1, 1, 0]), Sight.KEY),
        (h265.FORMAT, bytes([1 << 1, 1, 0]), Sight.DELTA),
        (h265.FORMAT, bytes([33 << 1, 1, 0]), Sight.NOTHING),
        (h265.FORMAT, HEVC_FU[0], Sight.KEY),
        (h265.FORMAT, b"\x60\x01\x00\x03\x42\x01x\x00\x03\x26\x01x", Sight.KEY),
    ],
)
def test_a_payload_tells_its_picture(
    payload_format: PayloadFormat, payload: bytes, sight: Sight
) -> None:
    assert payload_format.look(memoryview(payload)) is sight
