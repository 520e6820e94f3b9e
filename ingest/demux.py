"""FFmpeg's demuxer on a thread of its own, for one camera or one file, feeding a bounded inbox."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer

from ingest.failure import SourceError, offline, unauthorised, unsupported
from ingest.media import CLOCK_RATE, Codec
from ingest.rtp.nal import parameter_sets, split_annex_b
from ingest.rtp.parameters import described
from ingest.source import Stream

CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
_TO_ANNEX_B = {Codec.H264: "h264_mp4toannexb", Codec.H265: "hevc_mp4toannexb"}
INBOX = 256
"""Packets: 10 s at 25 a second, in case the reader thread is held up."""
_PUT_PATIENCE = 0.5
"""Seconds after which a thread with a full inbox looks whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class Demuxed:
    """One coded picture as Annex B; `timestamp` is 90 kHz."""

    data: bytes
    keyframe: bool
    timestamp: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The last thing in an inbox: why nothing more comes."""

    why: SourceError


Inbox = queue.Queue[Stream | Demuxed | Ended]


class DemuxThread:
    """Runs until the source ends, fails or is closed; what it finds lies in `inbox`.

    `run` yields the stream first and its pictures afterwards. A `lossless` thread waits while the
    inbox is full; any other drops the oldest and counts it in `dropped`.
    """

    def __init__(
        self,
        run: Callable[[], Iterator[Stream | Demuxed]],
        *,
        name: str,
        lossless: bool,
    ) -> None:
        self.inbox: Inbox = queue.Queue(INBOX)
        self._run = run
        self._lossless = lossless
        self.dropped = 0
        self._closed = False
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def close(self) -> None:
        """Tell the thread to end; it does so within FFmpeg's timeout, by itself."""
        self._closed = True

    def _work(self) -> None:
        try:
            for item in self._run():
                self._put(item)
                if self._closed:
                    return
            ended = Ended(offline("the camera ended the stream"))
        except SourceError as error:
            ended = Ended(error)
        except av.FFmpegError as error:
            ended = Ended(in_words(error))
        self._put(ended)

    def _put(self, item: Stream | Demuxed | Ended) -> None:
        while not self._closed:
            try:
                self.inbox.put(item, timeout=_PUT_PATIENCE if self._lossless else 0)
            except queue.Full:
                if not self._lossless:
                    self._drop_oldest()
            else:
                return

    def _drop_oldest(self) -> None:
        try:
            self.inbox.get_nowait()
        except queue.Empty:
            return
        self.dropped += 1


def in_words(error: av.FFmpegError) -> SourceError:
    """What FFmpeg's error means. Its own text holds the address with the password: never shown."""
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return unauthorised("the camera refused the login; check username and password")
    if isinstance(error, av.error.HTTPNotFoundError):
        return offline("the camera has no stream at this path; check its url")
    if isinstance(error, av.error.InvalidDataError):
        return offline("what answers is no video that FFmpeg can read")
    return offline(f"FFmpeg could not go on: {error.strerror or type(error).__name__}")


def coded_pictures(container: InputContainer) -> Iterator[Stream | Demuxed]:
    """The first video stream of a container, then its pictures as they come.

    Raises:
        SourceError: UNSUPPORTED where it is neither H.264 nor H.265.
    """
    stream = video_of(container)
    codec = CODECS.get(stream.codec_context.name)
    if codec is None:
        name = stream.codec_context.name.upper()
        raise unsupported(f"the camera sends {name}; set it to H.264 or H.265")
    extradata = stream.codec_context.extradata or b""
    in_boxes = extradata[:1] == b"\1"
    as_annex_b = BitStreamFilterContext(_TO_ANNEX_B[codec], stream) if in_boxes else None
    sets = () if in_boxes else parameter_sets(codec, split_annex_b(extradata))
    yield Stream(described(codec, sets), split_annex_b)
    yield from _whole(_parts(container, stream, as_annex_b))


def _parts(
    container: InputContainer, stream: av.VideoStream, as_annex_b: BitStreamFilterContext | None
) -> Iterator[Demuxed]:
    last = 0
    for packet in container.demux(stream):
        if packet.size:
            for part in as_annex_b.filter(packet) if as_annex_b else [packet]:
                last = in_ticks(part, last)
                yield Demuxed(bytes(part), part.is_keyframe, last)


def _whole(parts: Iterator[Demuxed]) -> Iterator[Demuxed]:
    """Pictures put together again where FFmpeg's parser cut them at a repeated parameter set."""
    held: Demuxed | None = None
    for part in parts:
        if held is not None and held.timestamp == part.timestamp:
            data, keyframe = held.data + part.data, held.keyframe or part.keyframe
            held = Demuxed(data, keyframe, held.timestamp)
            continue
        if held is not None:
            yield held
        held = part
    if held is not None:
        yield held


def video_of(container: InputContainer) -> av.VideoStream:
    """The first video stream.

    Raises:
        SourceError: UNSUPPORTED where there is none.
    """
    if not container.streams.video:
        raise unsupported("there is no video in it")
    return container.streams.video[0]


def in_ticks(packet: av.Packet[Any], last: int) -> int:
    """A packet's presentation time in 90 kHz ticks, else its decoding time, else `last`."""
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None:
        return last
    return int(time * (packet.time_base or Fraction(1, CLOCK_RATE)) * CLOCK_RATE)


def moved(picture: Demuxed, ticks: int) -> Demuxed:
    """The same picture, later by some ticks."""
    return replace(picture, timestamp=picture.timestamp + ticks)
