"""What a farm camera is asked to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ingest.farm.faults import Fault
from ingest.media import Codec

BITS_PER_PIXEL = 512_000 / (640 * 360 * 15)
"""The sub stream that Fenghuo's figures are given for: 512 kb/s at 640x360@15."""


class AuthScheme(StrEnum):
    DIGEST = "digest"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class FarmCamera:
    """One simulated camera.

    `source` is a clip file or the name of a drawn scene. What is None is taken from the clip; a
    clip that is already H.264 or H.265 without B-frames, and has what is asked for, is sent as it
    is, anything else is encoded once. A scene is 640x360@15 unless asked otherwise. `bitrate` is
    bits a second, `gop` seconds between keyframes. `label` is burned into a scene (default: the
    name); cameras with the same scene, coding and label share one drawing. It answers 461 to the
    transports, `tcp` (within the RTSP connection) and `udp`, that it does not have. `head_start` is
    the part of a clip's loop, 0 to 1, that has passed when the camera is first played, so that
    cameras with the same clip do not all send their keyframes at one moment; a scene, which is
    drawn as it is first watched, has none.
    """

    name: str
    source: Path | str
    codec: Codec | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate: int | None = None
    gop: float | None = None
    label: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    schemes: tuple[AuthScheme, ...] = (AuthScheme.DIGEST, AuthScheme.BASIC)
    faults: tuple[Fault, ...] = ()
    tcp: bool = True
    udp: bool = True
    head_start: float = 0.0


@dataclass(frozen=True, slots=True)
class Coding:
    """How pictures are encoded: pixels, pictures a second, bits a second, seconds a GOP."""

    codec: Codec = Codec.H264
    width: int = 640
    height: int = 360
    fps: float = 15.0
    bitrate: int = 512_000
    gop: float = 2.0
    b_frames: int = 0

    @property
    def gop_pictures(self) -> int:
        return max(1, round(self.gop * self.fps))


def coding_for(camera: FarmCamera, width: int, height: int, fps: float) -> Coding:
    """What the camera asks for, completed with a source's own size and rate."""
    width, height = _even(camera.width or width), _even(camera.height or height)
    fps = camera.fps or fps
    bitrate = camera.bitrate or round(BITS_PER_PIXEL * width * height * fps)
    return Coding(camera.codec or Codec.H264, width, height, fps, bitrate, camera.gop or 2.0)


def _even(pixels: int) -> int:
    """4:2:0 pictures have even sides."""
    return max(2, pixels - pixels % 2)
