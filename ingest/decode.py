"""From coded pictures to decoded ones, with decoders that many cameras share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import av
from av.error import FFmpegError
from av.video.plane import VideoPlane

from ingest.media import Codec, StreamInfo
from ingest.ring import Gop
from ingest.rtp.nal import annex_b, parameter_sets, without_parameter_sets
from ingest.rtp.payload import NalUnit

_NAMES = {Codec.H264: "h264", Codec.H265: "hevc"}
_LOW_DELAY = 1 << 19
"""AV_CODEC_FLAG_LOW_DELAY: a picture comes out with the packet that holds it."""
_PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "gray"})


class UndecodableError(ValueError):
    """A picture that the decoder refused or would have had to make up."""


def new_decoder(codec: Codec, *, low_delay: bool) -> av.VideoCodecContext:
    """A decoder on the calling thread alone, which refuses what is damaged.

    Frame threads would cost 10 to 40 % more at these sizes and add a picture of delay each.
    """
    decoder = cast("av.VideoCodecContext", av.CodecContext.create(_NAMES[codec], "r"))
    decoder.thread_count = 1
    decoder.thread_type = "NONE"
    decoder.options = {"err_detect": "explode+crccheck"}
    if low_delay:
        decoder.flags |= _LOW_DELAY
    return decoder


def decodable(info: StreamInfo, nals: Sequence[NalUnit]) -> bytes:
    """A keyframe as Annex B, its own parameter sets in front, or the stream's if it brings none.

    GStreamer repeats the sets before every slice of a keyframe; left there, they would end the
    picture after its first slice.
    """
    sets = parameter_sets(info.codec, nals) or info.parameter_sets
    return annex_b((*sets, *without_parameter_sets(info.codec, nals)))


class KeyframeDecoder:
    """Decodes keyframes of any number of cameras; belongs to one thread.

    A keyframe stands alone and brings its parameter sets, so nothing of one camera's picture
    can reach another's, except through an error's remains: after one, the decoder is made anew.

    FFmpeg's H.264 decoder refuses a damaged keyframe (100 of 100 with a bit flipped, a packet
    missing or the end cut off). Its H.265 decoder passes half of them silently and leaves what it
    could not decode as the buffer was: with a shared decoder, another camera's picture. A decoder
    made for each H.265 keyframe costs 2 % more and leaves nothing there, which can be seen.
    """

    def __init__(self) -> None:
        self._shared: av.VideoCodecContext | None = None

    def decode(self, codec: Codec, data: bytes) -> av.VideoFrame:
        """The picture of one keyframe (Annex B with parameter sets).

        Raises:
            UndecodableError: it is damaged; the next keyframe finds a fresh decoder.
        """
        shared = self._shared if codec is Codec.H264 else None
        self._shared = None if shared else self._shared
        decoder = shared or new_decoder(codec, low_delay=True)
        try:
            pictures = decoder.decode(av.Packet(data))
            if not pictures:
                pictures = decoder.decode(None)
                decoder.flush_buffers()
        except (FFmpegError, ValueError) as error:
            raise UndecodableError(str(error)) from None
        if not pictures or pictures[-1].is_corrupt:
            raise UndecodableError("no whole picture came out")
        picture = planar(pictures[-1])
        if _unfinished(picture):
            raise UndecodableError("the picture ends before its last line")
        if codec is Codec.H264:
            self._shared = decoder
        return picture


def _unfinished(picture: av.VideoFrame) -> bool:
    """Whether the last corner was never written: pictures are decoded from left to right, down.

    Fresh buffers are zero, and zero in both colour planes is a green that no camera can send.
    """
    planes = picture.planes
    return len(planes) == 3 and not any(_last_bytes(plane) for plane in planes[1:])


def _last_bytes(plane: VideoPlane) -> bytes:
    """The last 8 pixels of a plane's last line."""
    end = (plane.height - 1) * plane.line_size + plane.width
    return bytes(memoryview(plane)[max(0, end - 8) : end]).strip(b"\0")


class GopDecoder:
    """Decodes one GOP in order, from its keyframe on, as far as it has come."""

    def __init__(self, codec: Codec) -> None:
        self._decoder = new_decoder(codec, low_delay=False)

    def decode(self, packets: Iterable[tuple[int, bytes]]) -> Iterator[av.VideoFrame]:
        """Pictures of (timestamp, Annex B) packets; each picture's `pts` is its timestamp.

        Damaged pictures are left out.
        """
        for timestamp, data in packets:
            packet = av.Packet(data)
            packet.pts = packet.dts = timestamp
            yield from self._pictures(packet)

    def finish(self) -> Iterator[av.VideoFrame]:
        """What the decoder still holds back for reordering; it cannot be used afterwards."""
        yield from self._pictures(None)

    def _pictures(self, packet: av.Packet[av.stream.Stream] | None) -> Iterator[av.VideoFrame]:
        try:
            pictures = self._decoder.decode(packet)
        except (FFmpegError, ValueError):
            return
        for picture in pictures:
            if not picture.is_corrupt:
                yield planar(picture)


class GopCursor:
    """How far the GOP of a camera with rare keyframes was decoded, so that none is decoded twice.

    It is let go at the next keyframe: cameras with short GOPs have none.
    """

    def __init__(self, codec: Codec, gop: Gop) -> None:
        self.decoder = GopDecoder(codec)
        self.gop = gop
        self.position = 0


def planar(picture: av.VideoFrame) -> av.VideoFrame:
    """The picture itself where its luma is a plane of bytes, else a converted copy (10 bit)."""
    if picture.format.name in _PLANAR:
        return picture
    converted = picture.reformat(format="yuv420p")
    converted.pts = picture.pts
    return converted


def shrunk(picture: av.VideoFrame, pixels: int) -> av.VideoFrame:
    """The picture itself, or one of its shape with at most so many pixels."""
    have = picture.width * picture.height
    if have <= pixels:
        return picture
    scale = math.sqrt(pixels / have)
    width, height = (max(2, int(side * scale) & ~1) for side in (picture.width, picture.height))
    smaller = picture.reformat(width=width, height=height)
    smaller.pts = picture.pts
    return smaller
