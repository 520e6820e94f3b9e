"""Clips as MP4 files that every browser plays: the camera's own coded pictures, not re-encoded."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from configs.values import PicturePolygon
from ingest.clip import Clip
from ingest.decode import GopDecoder
from ingest.media import CLOCK_RATE, AccessUnit, Codec

_DEMUXERS = {Codec.H264: "h264", Codec.H265: "hevc"}
_TAGS = {Codec.H264: "avc1", Codec.H265: "hvc1"}
"""Sample entries (ISO/IEC 14496-15 §5.4.2, §8.4.1); Safari plays H.265 only as hvc1."""
_TICK = Fraction(1, CLOCK_RATE)
_FASTSTART = {"movflags": "+faststart"}
"""The index goes to the front, so that a browser plays before it has everything."""
_USUAL_STEP = CLOCK_RATE // 15
"""Duration of the last picture where there is only one."""


class ClipError(ValueError):
    """A clip cannot be written; the message says why."""


def write_mp4(clip: Clip, path: Path) -> None:
    """Write a clip without re-encoding; durations come from its timestamps.

    Raises:
        ClipError: the clip is empty, does not begin with a keyframe, or cannot be muxed.
    """
    if not clip.units or not clip.units[0].keyframe:
        raise ClipError("a clip must begin with a keyframe")
    try:
        with av.open(str(path), "w", format="mp4", options=_FASTSTART) as output:
            stream = _add_stream(output, clip)
            for packet in _packets(clip.units):
                packet.stream = stream
                output.mux(packet)
    except (av.FFmpegError, ValueError) as error:
        path.unlink(missing_ok=True)
        raise ClipError(f"the clip cannot be written as MP4: {error}") from None


def _add_stream(output: av.container.OutputContainer, clip: Clip) -> av.VideoStream:
    """A stream with the clip's parameters, which FFmpeg's own parser reads from its keyframe."""
    first = io.BytesIO(clip.units[0].data)
    with av.open(first, "r", format=_DEMUXERS[clip.info.codec]) as parsed:
        template = parsed.streams.video[0]
        if not template.codec_context.width:
            # A file without a size is one that no player opens.
            raise ClipError("its parameter sets cannot be read")
        stream = output.add_stream_from_template(template)
    stream.codec_context.codec_tag = _TAGS[clip.info.codec]
    stream.time_base = _TICK
    return stream


def _packets(units: Sequence[AccessUnit]) -> Iterator[av.Packet[av.stream.Stream]]:
    times = decode_times([unit.timestamp for unit in units])
    base = min(unit.timestamp for unit in units)
    for unit, (decoded, duration) in zip(units, times, strict=True):
        packet = av.Packet(unit.data)
        packet.time_base = _TICK
        packet.pts, packet.dts = unit.timestamp - base, decoded - base
        packet.duration = duration
        packet.is_keyframe = unit.keyframe
        yield packet


def decode_times(timestamps: Sequence[int]) -> list[tuple[int, int]]:
    """(decoding time, duration) of each picture in decoding order, from its presentation time.

    RTP sends presentation times only. The same times in ascending order, moved back until none
    lies after its own picture's, are decoding times; without B-frames nothing moves. Times that
    repeat are set one tick apart, since a muxer refuses a clock that stands still.
    """
    ordered: list[int] = []
    for timestamp in sorted(timestamps):
        ordered.append(max(timestamp, ordered[-1] + 1) if ordered else timestamp)
    shift = max((t - p for t, p in zip(ordered, timestamps, strict=True)), default=0)
    steps = [after - before for before, after in pairwise(ordered)]
    steps.append(steps[-1] if steps else _USUAL_STEP)
    return [(time - shift, step) for time, step in zip(ordered, steps, strict=True)]


def write_masked_mp4(clip: Clip, path: Path, masks: Iterable[PicturePolygon]) -> None:
    """Write a clip with privacy masks burned in: the one place where video is encoded again.

    Masks are polygons of fractions of the picture. The result is H.264 whatever the clip was.

    Raises:
        ClipError: the clip is empty, or nothing of it can be decoded.
    """
    polygons = list(masks)
    pictures = _decoded(clip)
    first = next(pictures, None)
    if first is None:
        raise ClipError("no picture of the clip can be decoded")
    try:
        with av.open(str(path), "w", format="mp4", options=_FASTSTART) as output:
            stream = output.add_stream("libx264", rate=25)
            stream.width, stream.height = first.width // 2 * 2, first.height // 2 * 2
            stream.pix_fmt = "yuv420p"
            stream.time_base = stream.codec_context.time_base = _TICK
            stream.options = {"preset": "veryfast", "crf": "23", "threads": "1", "bf": "0"}
            base = first.pts or 0
            for picture in _chain(first, pictures):
                output.mux(stream.encode(_masked(picture, polygons, stream, base)))
            output.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        path.unlink(missing_ok=True)
        raise ClipError(f"the masked clip cannot be written: {error}") from None


def _chain(first: av.VideoFrame, rest: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    yield first
    yield from rest


def _decoded(clip: Clip) -> Iterator[av.VideoFrame]:
    decoder = GopDecoder(clip.info.codec)
    yield from decoder.decode((unit.timestamp, unit.data) for unit in clip.units)
    yield from decoder.finish()


def _masked(
    picture: av.VideoFrame, polygons: Sequence[PicturePolygon], stream: av.VideoStream, base: int
) -> av.VideoFrame:
    pixels: NDArray[np.uint8] = np.asarray(
        picture.to_ndarray(format="bgr24", width=stream.width, height=stream.height), dtype=np.uint8
    )
    size = np.array([stream.width, stream.height])
    for polygon in polygons:
        points = np.rint(np.array(polygon) * size).astype(np.int32)
        cv2.fillPoly(pixels, [points], (0, 0, 0))
    masked = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
    masked.pts = (picture.pts or 0) - base
    masked.time_base = _TICK
    return masked
