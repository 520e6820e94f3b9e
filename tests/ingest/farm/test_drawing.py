"""A scene is drawn once in real time, and then repeated from memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import cast

import av
import numpy as np
import pytest

from ingest.farm.camera import Coding
from ingest.farm.drawing import DrawnLoop
from ingest.farm.packetise import PacketisedPicture
from ingest.farm.scenes.scene import Scene
from ingest.farm.scenes.texture import Picture
from ingest.media import CLOCK_RATE, Codec
from tests.waiting import wait_for

_CODING = Coding(width=160, height=90, fps=10, bitrate=100_000, gop=0.5)


@dataclass(slots=True)
class GreyScene:
    """Gets lighter by the second, for four seconds."""

    name: str = "grey"
    period: float = 4.0

    def picture(self, t: float) -> Picture:
        return np.full((360, 640, 3), round(40 + 30 * (t % self.period)), np.uint8)


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept = threading.Event()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.set()


def _drawn(begin: float, clock: Clock, codec: Codec = Codec.H264) -> DrawnLoop:
    coding = replace(_CODING, codec=codec)
    loop = DrawnLoop(cast("Scene", GreyScene()), coding, "cam", clock=clock, sleep=clock.sleep)
    loop.begin(begin)
    wait_for(lambda: loop.complete, 20, "the loop is drawn", every=0.005)
    loop.close()
    return loop


@pytest.mark.parametrize("codec", Codec)
def test_a_period_is_drawn_once_and_kept(codec: Codec) -> None:
    loop = _drawn(100.0, Clock(), codec)
    assert len(loop.pictures) == 40
    assert loop.duration == 4 * CLOCK_RATE
    assert [picture.ticks for picture in loop.pictures[:3]] == [0, 9000, 18000]
    assert [n for n, picture in enumerate(loop.pictures) if picture.keyframe] == list(
        range(0, 40, 5)
    )
    assert len(loop.info.parameter_sets) == (2 if codec is Codec.H264 else 3)


def test_a_scene_is_entered_where_it_would_be_by_now() -> None:
    loop = _drawn(97.5, Clock())
    assert loop.first == round(2.5 * CLOCK_RATE)
    assert loop.pictures[0].ticks == loop.first
    assert loop.pictures[0].keyframe
    assert len(loop.pictures) == 40
    assert _brightness(loop)[0] == pytest.approx(40 + 30 * 2.5, abs=6)
    assert _brightness(loop)[20] == pytest.approx(40 + 30 * 0.5, abs=6)


def test_a_machine_too_slow_leaves_pictures_out() -> None:
    """It jumps to where the scene would be; what is sent keeps its right time."""
    clock = Clock()

    @dataclass(slots=True)
    class SlowScene(GreyScene):
        def picture(self, t: float) -> Picture:
            clock.now += 0.5
            return GreyScene.picture(self, t)

    loop = DrawnLoop(cast("Scene", SlowScene()), _CODING, "cam", clock=clock, sleep=clock.sleep)
    loop.begin(100.0)
    wait_for(lambda: loop.complete, 20, "the loop is drawn", every=0.005)
    loop.close()
    assert 3 <= len(loop.pictures) < 20
    assert loop.pictures[-1].ticks > 2 * CLOCK_RATE


def _brightness(loop: DrawnLoop) -> list[float]:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.flags |= 1 << 19  # low delay: every picture comes out at once
    frames = (
        frame for picture in loop.pictures for frame in decoder.decode(av.Packet(_annex_b(picture)))
    )
    return [float(frame.to_ndarray(format="gray")[50:, :].mean()) for frame in frames]


def _annex_b(picture: PacketisedPicture) -> bytes:
    """The access unit again: these pictures are small, so that each packet is a whole unit."""
    units, ends = [], (*picture.offsets[1:], len(picture.packets))
    for start, end in zip(picture.offsets, ends, strict=True):
        units.append(b"\0\0\0\1" + bytes(picture.packets[start + 16 : end]))
    return b"".join(units)
