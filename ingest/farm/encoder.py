"""Pictures to Annex B access units as cameras make them: headers at every keyframe."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from ingest.farm import annexb
from ingest.farm.camera import Coding
from ingest.media import Codec

ENCODERS = {Codec.H264: "libx264", Codec.H265: "libx265"}


def configure(context: av.VideoCodecContext, coding: Coding, *, preset: str) -> None:
    """Set an H.264 or H.265 encoder up to work as a camera does."""
    context.width, context.height = coding.width, coding.height
    context.pix_fmt = "yuv420p"
    context.framerate = frame_rate(coding)
    context.time_base = 1 / context.framerate
    context.bit_rate = coding.bitrate
    context.gop_size = coding.gop_pictures
    context.thread_count = 1
    context.options = _options(coding, preset)


def frame_rate(coding: Coding) -> Fraction:
    """Pictures a second as the fraction that containers and encoders want."""
    return Fraction(coding.fps).limit_denominator(1001)


class Encoder:
    """Encodes pictures one by one; each comes out before the next goes in."""

    def __init__(self, coding: Coding, *, preset: str) -> None:
        self._gop_pictures = coding.gop_pictures
        self._count = 0
        created = av.CodecContext.create(ENCODERS[coding.codec], "w")
        context = cast("av.VideoCodecContext", created)
        configure(context, coding, preset=preset)
        self._context = context

    def encode(self, picture: av.VideoFrame) -> bytes:
        """One access unit, Annex B; for a coding without B-frames."""
        picture.pts = self._count
        picture.time_base = self._context.time_base
        due = self._count % self._gop_pictures == 0
        picture.pict_type = PictureType.I if due else PictureType.NONE
        self._count += 1
        return b"".join(bytes(packet) for packet in self._context.encode(picture))


def _options(coding: Coding, preset: str) -> dict[str, str]:
    """A two-second rate buffer, as a camera's constant bit rate mode keeps."""
    options = {"preset": preset} | ({} if coding.b_frames else {"tune": "zerolatency"})
    rate = coding.bitrate // 1000
    shared = (
        f"vbv-maxrate={rate}:vbv-bufsize={2 * rate}:scenecut=0"
        f":bframes={coding.b_frames}:b-adapt=0:repeat-headers=1"
    )
    keyframes = f"keyint={coding.gop_pictures}:min-keyint={coding.gop_pictures}"
    if coding.codec is Codec.H264:
        return options | {"x264-params": f"{shared}:{keyframes}:sliced-threads=0"}
    quiet = "log-level=none:pools=none:frame-threads=1:wpp=0:open-gop=0:info=0"
    return options | {"forced-idr": "1", "x265-params": f"{shared}:{keyframes}:{quiet}"}


def parameter_sets(coding: Coding, *, preset: str) -> tuple[bytes, ...]:
    """The parameter sets that an encoder with these settings will write."""
    black: NDArray[np.uint8] = np.zeros((coding.height, coding.width, 3), np.uint8)
    picture = av.VideoFrame.from_ndarray(black, format="bgr24").reformat(format="yuv420p")
    units = annexb.split(Encoder(coding, preset=preset).encode(picture))
    return annexb.parameter_sets(units, coding.codec)
