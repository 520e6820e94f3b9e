"""Files of other codecs (MPEG-4, MJPEG, VP9 …) as H.264: the rest of the house knows two codecs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer

from ingest.demux import Demuxed, in_ticks, video_of
from ingest.media import CLOCK_RATE, Codec
from ingest.rtp.nal import split_annex_b
from ingest.rtp.parameters import described
from ingest.source import Stream

_GOP_SECONDS = 1
_OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "crf": "18", "threads": "1"}
"""Nearly as good as the original, at a few milliseconds a picture."""


def recoded_pictures(container: InputContainer) -> Iterator[Stream | Demuxed]:
    """The stream, then the pictures of a container's first video stream, coded anew as H.264."""
    source = video_of(container)
    encoder: av.VideoCodecContext | None = None
    for picture in container.decode(source):
        if encoder is None:
            encoder = _encoder(picture, source)
            yield Stream(described(Codec.H264, ()), split_annex_b)
        ready = picture.reformat(encoder.width, encoder.height, "yuv420p")
        time = picture.pts if picture.pts is not None else 0
        ready.pts = int(time * (picture.time_base or Fraction(1, CLOCK_RATE)) * CLOCK_RATE)
        ready.time_base = Fraction(1, CLOCK_RATE)
        ready.pict_type = av.video.frame.PictureType.NONE
        for packet in encoder.encode(ready):
            yield Demuxed(bytes(packet), packet.is_keyframe, in_ticks(packet, 0))
    if encoder is not None:
        for packet in encoder.encode(None):
            yield Demuxed(bytes(packet), packet.is_keyframe, in_ticks(packet, 0))


def _encoder(picture: av.VideoFrame, source: av.VideoStream) -> av.VideoCodecContext:
    rate = source.average_rate or Fraction(25)
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = picture.width // 2 * 2, picture.height // 2 * 2
    encoder.pix_fmt = "yuv420p"
    encoder.framerate = rate
    encoder.time_base = Fraction(1, CLOCK_RATE)
    encoder.options = _OPTIONS
    encoder.gop_size = max(1, round(rate * _GOP_SECONDS))
    return encoder
