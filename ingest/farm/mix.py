"""Which streams a town sends: kinds of cameras and their shares, as cameras of the farm.

Nothing here is left to chance: camera 17 is always of the same kind, however many there are, so
that two runs measure the same streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import floor
from pathlib import Path

from ingest.farm.camera import FarmCamera
from ingest.farm.clip import Progress
from ingest.farm.scene_clip import scene_clip
from ingest.farm.scenes import SCENES
from ingest.media import Codec

_GOLDEN = 0.6180339887498949
"""The golden ratio's fraction: multiples of it, modulo 1, fall evenly for any number of them."""


STILL, MOVING = "lane_blocked", "market_street"
"""Drawn scenes. In the part that is served the one is a lane with a parked van, where the gate
stays shut, and the other a street that is never empty, where it is always open (measured at 2 s
steps: 0 and 14 of 14 looks; in `quiet_lane` two looks of three open it, for the trees)."""
SCENE_START, SCENE_SECONDS = 30.0, 30.0
"""The part of a scene that is served. Fifteen GOPs of 2 s, so that keyframes keep their distance
over the loop's border."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of camera: `bitrate` bits a second, `gop` seconds, `share` of all cameras."""

    name: str
    share: float
    codec: Codec = Codec.H264
    width: int = 640
    height: int = 360
    fps: float = 15.0
    bitrate: int = 512_000
    gop: float = 2.0


class Mix(StrEnum):
    """Which kinds there are."""

    H264 = "h264"
    """The stream that figures are given for: H.264 640x360@15, 512 kb/s, GOP 2 s."""
    H265 = "h265"
    """The same in H.265."""
    TOWN = "town"
    """What stands in a town: a tenth H.265, a tenth D1 at 25 pictures, some 1080p substreams."""


_SUBSTREAM = Kind("640x360 H.264", 1.0)

KINDS: dict[Mix, tuple[Kind, ...]] = {
    Mix.H264: (_SUBSTREAM,),
    Mix.H265: (Kind("640x360 H.265", 1.0, codec=Codec.H265),),
    Mix.TOWN: (
        Kind("640x360 H.264", 0.78),
        Kind("640x360 H.265", 0.10, codec=Codec.H265),
        Kind("704x576@25 H.264", 0.10, width=704, height=576, fps=25.0, bitrate=1_024_000),
        Kind("1080p H.264", 0.02, width=1920, height=1080, bitrate=2_048_000),
    ),
}
"""Shares add up to 1."""


def kind_of(mix: Mix, index: int) -> Kind:
    """The kind of camera number `index`, from 0: of any first n, each kind has its share."""
    kinds = KINDS[mix]
    place = (index * _GOLDEN) % 1.0
    for kind in kinds:
        place -= kind.share
        if place < 0:
            return kind
    return kinds[-1]


def moves(index: int, active: float) -> bool:
    """Whether camera `index` is among the part `active` (0 to 1) that shows something moving."""
    return floor((index + 1) * active) > floor(index * active)


def as_clip(source: str, cache: Path, progress: Progress) -> Path:
    """A clip file as it is; of a drawn scene the part that is served, drawn into `cache` once."""
    if source not in SCENES:
        return Path(source)
    return scene_clip(
        source, start=SCENE_START, seconds=SCENE_SECONDS, cache=cache, progress=progress
    )


def cameras(
    mix: Mix, count: int, *, still: Path, moving: Path, active: float
) -> tuple[FarmCamera, ...]:
    """`camera-0` to `camera-<count - 1>`, their keyframes spread evenly over the GOP."""
    return tuple(
        _camera(index, kind_of(mix, index), moving if moves(index, active) else still)
        for index in range(count)
    )


def _camera(index: int, kind: Kind, source: Path) -> FarmCamera:
    return FarmCamera(
        name=f"camera-{index}",
        source=source,
        codec=kind.codec,
        width=kind.width,
        height=kind.height,
        fps=kind.fps,
        bitrate=kind.bitrate,
        gop=kind.gop,
        label="farm",
        head_start=phase(index),
    )


def phase(index: int) -> float:
    """Where in its loop camera `index` is when the first begins, 0 to 1."""
    # By the square root of two, not the golden ratio, which already chose the kind: the cameras of
    # one kind would all stand in one part of the loop.
    return (index * 0.41421356237309503) % 1.0


def counts(mix: Mix, count: int) -> dict[str, int]:
    """How many of the first `count` cameras are of each kind, by the kind's name."""
    found = {kind.name: 0 for kind in KINDS[mix]}
    for index in range(count):
        found[kind_of(mix, index).name] += 1
    return found
