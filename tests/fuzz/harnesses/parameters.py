"""Parameter sets and byte streams."""

from __future__ import annotations

from ingest.media import Codec
from ingest.rtp import nal
from ingest.rtp.bits import BitReader, BitsError
from ingest.rtp.parameters import described
from ingest.rtp.sps import MAX_SIDE, picture_size
from tests.fuzz.draw import Draw


def check(data: bytes) -> None:
    """A size that a picture can have, or none; a byte stream falls into its own bytes."""
    draw = Draw(data)
    codec = draw.pick((Codec.H264, Codec.H265))
    kind = draw.below(3)
    body = draw.rest()
    if kind == 0:
        _sized(codec, body)
    elif kind == 1:
        nals = nal.split_annex_b(body)
        assert all(len(one) > 0 for one in nals)
        assert sum(map(len, nals)) <= len(body)
        again = nal.split_annex_b(nal.annex_b(nals))
        assert [bytes(one) for one in again] == [bytes(one) for one in nals]
        sets = nal.parameter_sets(codec, nals)
        described(codec, sets)
        assert len(nal.without_parameter_sets(codec, nals)) + len(sets) <= len(nals)
    else:
        _numbers(body)


def _sized(codec: Codec, body: bytes) -> None:
    width, height = picture_size(codec, body)
    assert (width, height) == (0, 0) or 0 < min(width, height) <= max(width, height) <= MAX_SIDE


def _numbers(body: bytes) -> None:
    reader = BitReader(body)
    last = 8 * len(body)
    try:
        for turn in range(8 * len(body) + 1):
            number = reader.ue() if turn % 2 else abs(reader.se())
            assert 0 <= number < 1 << 33
    except BitsError:
        return
    assert last == 0
