"""A camera's pictures with something wrong in them: covered, blurred, turned, or coded anew.

Some seconds of what the camera plays are decoded, changed and encoded into a short loop, in a
thread of their own, since a fault of one camera must not make another camera's pictures late.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.farm import annexb
from ingest.farm.camera import BITS_PER_PIXEL, Coding
from ingest.farm.encoder import ENCODERS, configure, frame_rate
from ingest.farm.faults import FaultKind
from ingest.farm.packetise import PAYLOAD_TYPE, PacketisedPicture, packetise
from ingest.farm.source import FinishedLoop, Source
from ingest.media import CLOCK_RATE, Codec, StreamInfo
from ingest.rtp import h264, h265
from ingest.rtp.packet import payloads

ALTERING = frozenset(
    {
        FaultKind.FREEZE,
        FaultKind.COVER,
        FaultKind.BLUR,
        FaultKind.TURN,
        FaultKind.RESIZE,
        FaultKind.RETYPE,
        FaultKind.RECODE,
        FaultKind.B_FRAMES,
    }
)
"""Faults that are in the pictures; a camera shows one of them at a time."""

OTHER_PAYLOAD_TYPE = 97
SECONDS = 6.0
"""Of the loop: three keyframes of the usual kind, so that only a frozen one is always the same."""
_PRESET = "superfast"
_UNPACK = {Codec.H264: h264.unpack, Codec.H265: h265.unpack}
_DECODERS = {Codec.H264: "h264", Codec.H265: "hevc"}
_OTHER = {Codec.H264: Codec.H265, Codec.H265: Codec.H264}

Picture = NDArray[np.uint8]


class Altered:
    """One fault's loop: None until it is made."""

    def __init__(self, kind: FaultKind, source: Source, index: int) -> None:
        """`index`: where in the source's pictures the camera is now."""
        self.kind = kind
        self.loop: FinishedLoop | None = None
        self._thread = threading.Thread(
            target=self._make, args=(source, index), name=f"farm-{kind}", daemon=True
        )
        self._thread.start()

    def _make(self, source: Source, index: int) -> None:
        self.loop = altered_loop(self.kind, source, index)


def altered_loop(kind: FaultKind, source: Source, index: int) -> FinishedLoop:
    """The loop that a camera plays while a fault of `ALTERING` is on."""
    part = _part(source.pictures, index)
    step = max(1, round((part[-1].ticks - part[0].ticks) / max(1, len(part) - 1)))
    fps = CLOCK_RATE / step
    shown = list(_decoded(source.info, part))
    if kind is FaultKind.FREEZE:
        shown = [shown[0]] * round(2 * fps)
    else:
        change = _changes(kind)
        shown = [change(picture) for picture in shown]
    height, width = shown[0].shape[:2]
    info = source.info
    recoded = kind in {FaultKind.RETYPE, FaultKind.RECODE}
    coding = Coding(
        codec=_OTHER[info.codec] if recoded else info.codec,
        width=width,
        height=height,
        fps=fps,
        bitrate=round(BITS_PER_PIXEL * width * height * fps),
        b_frames=2 if kind is FaultKind.B_FRAMES else 0,
    )
    payload_type = OTHER_PAYLOAD_TYPE if kind is FaultKind.RETYPE else PAYLOAD_TYPE
    return _encoded(shown, coding, step, payload_type)


def _part(pictures: Sequence[PacketisedPicture], index: int) -> Sequence[PacketisedPicture]:
    """Some seconds of whole GOPs, the last that are there before `index` or just after it."""
    last = max(1, min(index, len(pictures)))
    keys = [i for i, picture in enumerate(pictures) if picture.keyframe]
    begin = max((i for i in keys if i < last), default=0)
    for i in reversed([key for key in keys if key <= begin]):
        begin = i
        if pictures[last - 1].ticks - pictures[i].ticks >= SECONDS * CLOCK_RATE:
            break
    return pictures[begin : max(last, begin + 2)]


def _decoded(info: StreamInfo, part: Sequence[PacketisedPicture]) -> Iterator[Picture]:
    """(height, width, 3) BGR pictures."""
    decoder = cast("av.VideoCodecContext", av.CodecContext.create(_DECODERS[info.codec], "r"))
    decoder.thread_type = "NONE"
    sets = b"".join(b"\0\0\0\1" + bytes(unit) for unit in info.parameter_sets)
    for picture in part:
        wire = bytes(picture.packets)
        nals = _UNPACK[info.codec](payloads(wire, wire[1]))
        data = b"".join(b"\0\0\0\1" + bytes(nal) for nal in nals)
        for frame in decoder.decode(av.Packet(sets + data)):
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        sets = b""
    for frame in decoder.decode(None):
        yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _changes(kind: FaultKind) -> Callable[[Picture], Picture]:
    noise = np.random.default_rng(7)

    def covered(picture: Picture) -> Picture:
        dark = np.asarray(cv2.convertScaleAbs(cv2.blur(picture, (151, 151)), alpha=0.06), np.uint8)
        grain = noise.integers(6, 12, (*picture.shape[:2], 1), np.uint8)
        return np.asarray(dark + grain, np.uint8)

    def blurred(picture: Picture) -> Picture:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / 160), np.uint8)

    def turned(picture: Picture) -> Picture:
        aside = picture.shape[1] // 4
        return np.ascontiguousarray(np.roll(picture[::-1], aside, axis=1))

    def smaller(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        size = max(2, width // 4 * 2), max(2, height // 4 * 2)
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)

    changes = {
        FaultKind.COVER: covered,
        FaultKind.BLUR: blurred,
        FaultKind.TURN: turned,
        FaultKind.RESIZE: smaller,
    }
    return changes.get(kind, lambda picture: picture)


def _encoded(
    pictures: Sequence[Picture], coding: Coding, step: int, payload_type: int
) -> FinishedLoop:
    context = cast("av.VideoCodecContext", av.CodecContext.create(ENCODERS[coding.codec], "w"))
    configure(context, coding, preset=_PRESET)
    packets: list[av.Packet[av.stream.Stream]] = []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, 1 / frame_rate(coding)
        packets += context.encode(frame)
    packets += context.encode(None)
    whole = [(bytes(packet), packet.pts or 0) for packet in packets]
    sets = annexb.parameter_sets(annexb.split(whole[0][0]), coding.codec)
    info = StreamInfo(coding.codec, sets, coding.width, coding.height)
    return FinishedLoop(
        info,
        len(pictures) * step,
        tuple(
            packetise(data, coding.codec, pts * step, payload_type=payload_type)
            for data, pts in whole
        ),
    )
