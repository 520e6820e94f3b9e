"""RTP payloads of one access unit into NAL units."""

from __future__ import annotations

from functools import partial

from ingest.media import Codec, StreamInfo
from ingest.rtp import nal
from ingest.rtp.parameters import updated
from ingest.rtp.payload import PayloadError, Sight
from tests.fuzz.draw import Draw
from tests.fuzz.harnesses.packets import FORMATS
from tests.ingest.packetise import h264_payloads, h265_payloads

_HEADER = {Codec.H264: 1, Codec.H265: 2}


def check(codec: Codec, data: bytes) -> None:
    """What was packed is unpacked as it was; anything else is refused by PayloadError alone."""
    draw = Draw(data)
    if draw.flag():
        _round_trip(codec, draw)
        return
    payloads: list[bytes] = []
    while not draw.empty and len(payloads) < 512:
        payloads.append(draw.blob(1 + draw.flag()))
    views = [memoryview(payload) for payload in payloads if payload]
    for view in views:
        assert FORMATS[codec].look(view) in (Sight.NOTHING, Sight.DELTA, Sight.KEY)
    try:
        nals = FORMATS[codec].unpack(iter(views))
    except PayloadError:
        return
    assert all(len(one) > 0 for one in nals)
    assert sum(map(len, nals)) <= sum(map(len, payloads)) + len(payloads)
    info = updated(StreamInfo(codec), nals)
    assert info.width >= 0
    for one in nals:
        nal.is_overwritten(bytes(one))


def _round_trip(codec: Codec, draw: Draw) -> None:
    size, together = 8 + draw.number(), draw.flag()
    nals: list[bytes] = []
    while not draw.empty and len(nals) < 64:
        head = _head(codec, draw.number())
        nals.append(head + b"\x80" + draw.blob(2))
    pack = h264_payloads if codec is Codec.H264 else h265_payloads
    views = [memoryview(payload) for payload in pack(nals, size, aggregate=together)]
    found = [bytes(one) for one in FORMATS[codec].unpack(iter(views))]
    # Aggregation collects neighbours, it does not reorder them.
    assert found == nals, (found, nals)
    stream = nal.annex_b(nals)
    assert len(stream) == sum(map(len, nals)) + 4 * len(nals)


def _head(codec: Codec, byte: int) -> bytes:
    """A NAL unit's header of a type that may stand alone."""
    if codec is Codec.H264:
        return bytes([byte & 0x60 | (byte & 0x1F) % 23 + 1])
    return bytes([byte & 0x3F % 48 << 1 & 0x5E, 1])


h264 = partial(check, Codec.H264)
h265 = partial(check, Codec.H265)
