"""A clip file as a loop of coded pictures: sent as it is where that can be, else encoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
from av.bitstream import BitStreamFilterContext
from av.video.frame import PictureType

from ingest.farm import annexb
from ingest.farm.camera import Coding, FarmCamera, coding_for
from ingest.farm.encoder import ENCODERS, configure, frame_rate
from ingest.farm.packetise import PacketisedPicture, packetise
from ingest.farm.source import FinishedLoop
from ingest.media import CLOCK_RATE, Codec, StreamInfo

Progress = Callable[[str, float], None]
"""Called with a clip's name and the part done, 0 to 1."""

_CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
_TO_ANNEX_B = {Codec.H264: "h264_mp4toannexb", Codec.H265: "hevc_mp4toannexb"}
_TICK = Fraction(1, CLOCK_RATE)
_PRESET = "veryfast"
_DIGEST_CHUNK = 1 << 20

_HALF = 0.499
"""Part of a picture's time by which it may come early: just under the middle between two."""


class ClipError(ValueError):
    """A clip cannot be played; the message names the file and what to do."""


def load_clip(
    camera: FarmCamera,
    *,
    cache: Path | None = None,
    progress: Progress = lambda _name, _part: None,
) -> FinishedLoop:
    """The camera's clip, ready to send.

    What had to be encoded is kept in `cache`, named by content and coding, when one is given.

    Raises:
        ClipError: when the file is missing or holds no video that can be decoded.
    """
    path = Path(camera.source)
    if not path.is_file():
        raise ClipError(f"{camera.name}: there is no clip {path}")
    try:
        if _fits(path, camera):
            return read_loop(path)
        coding = _coding(path, camera)
        if cache is None:
            whole = BytesIO()
            _encode(path, coding, whole, progress)
            whole.seek(0)
            return read_loop(whole)
        kept = cache / f"{_digest(path, coding)}.mp4"
        if not kept.is_file():
            _encode_to(path, coding, kept, progress)
        return read_loop(kept)
    except (av.FFmpegError, IndexError) as error:
        raise ClipError(
            f"{camera.name}: {path} is not a video that can be played ({error})"
        ) from error


def read_loop(file: Path | BytesIO) -> FinishedLoop:
    """An H.264 or H.265 file without B-frames as a loop, its coded pictures unchanged."""
    name = file if isinstance(file, BytesIO) else str(file)
    with av.open(name, "r") as container:
        stream = container.streams.video[0]
        codec = _CODECS[stream.codec_context.name]
        to_annex_b = BitStreamFilterContext(_TO_ANNEX_B[codec], stream)
        pictures: list[PacketisedPicture] = []
        sets: tuple[bytes, ...] = ()
        first = last = step = 0
        for packet in container.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            ticks = round(packet.pts * packet.time_base / _TICK)
            data = b"".join(bytes(part) for part in to_annex_b.filter(packet))
            if not pictures:
                first = ticks
                sets = annexb.parameter_sets(annexb.split(data), codec)
            else:
                step = ticks - last
            last = ticks
            pictures.append(packetise(data, codec, ticks - first))
        info = StreamInfo(codec, sets, stream.codec_context.width, stream.codec_context.height)
    return FinishedLoop(info, last - first + step, tuple(pictures))


def _fits(path: Path, camera: FarmCamera) -> bool:
    """Whether the clip can go out as it is: right codec, size and rate, and no B-frames."""
    if camera.bitrate is not None or camera.gop is not None:
        return False
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        codec = _CODECS.get(context.name)
        wanted = (camera.codec or codec, camera.width or context.width)
        if codec is None or wanted != (codec, context.width):
            return False
        if (camera.height or context.height) != context.height:
            return False
        rate = float(stream.average_rate or 0)
        if camera.fps is not None and abs(camera.fps - rate) > 0.01 * rate:
            return False
        if container.format.name == "avi" and context.has_b_frames:
            return False  # AVI knows no presentation times: its pts say nothing about order
        stamps = [packet.pts for packet in container.demux(stream) if packet.size]
    return _strictly_growing(stamps)


def _strictly_growing(stamps: list[int | None]) -> bool:
    """Pictures shown in the order they are coded have growing times: there are no B-frames."""
    known = [stamp for stamp in stamps if stamp is not None]
    return len(known) == len(stamps) > 1 and all(a < b for a, b in pairwise(known))


def _coding(path: Path, camera: FarmCamera) -> Coding:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        return coding_for(
            camera, stream.codec_context.width, stream.codec_context.height, float(rate)
        )


def _digest(path: Path, coding: Coding) -> str:
    """A name for what comes out: the clip's content and the coding decide it."""
    digest = hashlib.sha256(repr((coding, _PRESET)).encode())
    with path.open("rb") as file:
        while chunk := file.read(_DIGEST_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:32]


def _encode_to(path: Path, coding: Coding, kept: Path, progress: Progress) -> None:
    """Encode beside the target and move it there whole: an interrupted run leaves no half clip."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    whole = BytesIO()
    _encode(path, coding, whole, progress)
    unfinished = kept.with_suffix(".part")
    unfinished.write_bytes(whole.getbuffer())
    unfinished.replace(kept)


def _encode(path: Path, coding: Coding, target: BytesIO, progress: Progress) -> None:
    with av.open(str(path)) as source, av.open(target, "w", format="mp4") as output:
        rate = frame_rate(coding)
        stream = cast("av.VideoStream", output.add_stream(ENCODERS[coding.codec], rate=rate))
        configure(stream.codec_context, coding, preset=_PRESET)
        total = float(source.duration or 0) / av.time_base
        for number, picture in enumerate(_resampled(source, coding.fps)):
            small = picture.reformat(coding.width, coding.height, format="yuv420p")
            small.pts, small.time_base, small.pict_type = number, 1 / rate, PictureType.NONE
            output.mux(stream.encode(small))
            if total:
                progress(path.name, min(1.0, number / coding.fps / total))
        output.mux(stream.encode(None))
    progress(path.name, 1.0)


def _resampled(source: av.container.InputContainer, fps: float) -> Iterator[av.VideoFrame]:
    """The clip's pictures at a steady rate: doubled where it is slower, left out where faster."""
    made = 0
    begin: float | None = None
    for picture in source.decode(video=0):
        seconds = picture.time if picture.time is not None else made / fps
        begin = seconds if begin is None else begin
        while made / fps < seconds - begin + _HALF / fps:
            yield picture
            made += 1
