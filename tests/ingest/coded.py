"""Drawn pictures, coded once a test run: small, exact, and with nothing to install."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import cast

import av
import numpy as np
from numpy.typing import NDArray

from ingest.frame import luma_of
from ingest.media import Codec

WIDTH, HEIGHT = 320, 180
FPS = 15
_ENCODERS = {
    Codec.H264: ("libx264", {"preset": "ultrafast", "x264-params": "aud=1:repeat-headers=1"}),
    Codec.H265: (
        "libx265",
        {"preset": "ultrafast", "x265-params": "aud=1:repeat-headers=1:log-level=none:pools=1"},
    ),
}


def drawn(number: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture (180, 320, 3): a still texture that depends on `seed`, and a box that moves."""
    texture = np.random.default_rng(seed).integers(60, 180, (HEIGHT // 20, WIDTH // 20, 3))
    picture = np.kron(texture, np.ones((20, 20, 1))).astype(np.uint8)
    left = (7 * number) % (WIDTH - 40)
    picture[60:120, left : left + 40] = 230
    return picture


@cache
def coded_clip(
    codec: Codec,
    count: int = 45,
    gop: int = 15,
    b_frames: int = 0,
    seed: int = 0,
    *,
    still: bool = False,
) -> tuple[bytes, ...]:
    """Access units (Annex B with delimiters and parameter sets) in decoding order.

    `still`: the box does not move.
    """
    name, options = _ENCODERS[codec]
    encoder = cast("av.VideoCodecContext", av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate = Fraction(FPS)
    encoder.gop_size, encoder.max_b_frames = gop, b_frames
    extra = f":keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_frames}"
    encoder.options = {
        key: value + (extra if "params" in key else "") for key, value in options.items()
    }
    units: list[bytes] = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(drawn(0 if still else number, seed), format="bgr24")
        units += [bytes(packet) for packet in encoder.encode(frame)]
    units += [bytes(packet) for packet in encoder.encode(None)]
    return tuple(units)


def decoded(codec: Codec, units: tuple[bytes, ...]) -> list[NDArray[np.uint8]]:
    """What PyAV's own decoder makes of them: full-size luma of every picture."""
    decoder = cast(
        "av.VideoCodecContext", av.CodecContext.create(str(codec).replace("h265", "hevc"), "r")
    )
    pictures = [p for unit in units for p in decoder.decode(av.Packet(unit))]
    pictures += decoder.decode(None)
    return [luma(picture) for picture in pictures]


def luma(picture: av.VideoFrame) -> NDArray[np.uint8]:
    """The Y plane as a copy."""
    return luma_of(picture).copy()
