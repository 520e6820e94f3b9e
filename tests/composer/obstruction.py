"""A lane that gets blocked: a real vehicle set down on a real, empty place, with exact truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from tests.composer.cutout import (
    Cutout,
    Picture,
    background_of,
    cut_vehicle,
    largest_difference,
    read_pictures,
)
from tests.services import need_data

FPS = 10
HEIGHT = 360
KEYFRAME_SECONDS = 2

Point = tuple[float, float]
Grain = tuple[Picture, Picture]


@dataclass(frozen=True, slots=True)
class Truth:
    """Seconds from the clip's start; polygons as fractions of the picture."""

    event: str
    start: float
    """The vehicle has come to a stop."""
    end: float
    """It begins to leave."""
    zone: tuple[Point, ...]
    vehicle: tuple[Point, ...]
    backdrop: str
    seed: int


@dataclass(frozen=True, slots=True)
class ComposedClip:
    path: Path
    truth: Truth
    fps: int

    @property
    def zone(self) -> tuple[Point, ...]:
        return self.truth.zone


@dataclass(frozen=True, slots=True)
class Stage:
    """Where on a backdrop a vehicle may stand: middle of its foot, and its height."""

    clip: str
    every: int
    foot: Point
    height: float
    comes_from: Point
    """The way it drives in, as fractions of the picture from its place."""
    vehicle: str


STAGES = (
    Stage("bgs_road_overhead.avi", 3, (0.55, 0.97), 0.34, (-0.7, 0.3), "intel_car-detection.mp4"),
    Stage("intel_car-detection.mp4", 1, (0.80, 0.80), 0.42, (0.4, 0.6), "bgs_road_overhead.avi"),
    Stage(
        "street_vehicle_surveillance.mp4", 2, (0.32, 0.96), 0.30, (-0.2, 0.5),
        "intel_car-detection.mp4",
    ),
    Stage("pets09_s2l1_vtest_480x360.avi", 1, (0.78, 0.58), 0.20, (0.5, 0.0),
          "street_vehicle_surveillance.mp4"),
)  # fmt: skip


def compose_obstruction(
    folder: Path,
    seed: int,
    *,
    seconds: float = 90.0,
    arrives: float = 20.0,
    leaves: float = 70.0,
) -> ComposedClip:
    """Write `obstruction_{seed}.mp4` and its truth as YAML into `folder`.

    The seed chooses the stage, the vehicle's size and side, the light and the noise; one seed gives
    one clip. Real traffic goes on around the vehicle, and hides it where it passes in front.
    """
    chance = np.random.default_rng(seed)
    stage = STAGES[seed % len(STAGES)]
    backdrop = read_pictures(need_data("clips", stage.clip), every=stage.every, height=HEIGHT)
    backdrop = backdrop[: 20 * FPS]
    height = round(stage.height * HEIGHT * chance.uniform(0.85, 1.1))
    vehicle = _vehicle(stage.vehicle).sized(height, mirrored=bool(chance.integers(2)))
    light = chance.uniform(-0.15, 0.15)
    grain = _grain(chance, backdrop[0].shape)
    scene = Scene(backdrop, background_of(backdrop), vehicle, stage, light, grain)
    path = folder / f"obstruction_{seed}.mp4"
    pictures = (
        scene.picture(index, arrives=arrives, leaves=leaves)
        for index in range(round(seconds * FPS))
    )
    encode(path, pictures)
    truth = scene.truth(seed, arrives, leaves)
    text = yaml.safe_dump(yaml.safe_load(yaml.dump(asdict(truth), Dumper=_Plain)), sort_keys=False)
    path.with_suffix(".yaml").write_text(text, encoding="utf-8")
    return ComposedClip(path, truth, FPS)


@cache
def _vehicle(clip: str) -> Cutout:
    return cut_vehicle(read_pictures(need_data("clips", clip), every=4))


def _grain(chance: np.random.Generator, shape: tuple[int, ...], planes: int = 8) -> list[Grain]:
    """Sensor noise of 2.5 levels (a small camera at dusk): what to add and what to take away."""
    grey = (np.rint(chance.normal(0.0, 2.5, shape[:2])).astype(np.int8) for _ in range(planes))
    every = [cv2.merge([each, each, each]) for each in grey]
    return [
        (np.maximum(each, 0).astype(np.uint8), np.maximum(-each, 0).astype(np.uint8))
        for each in every
    ]


class _Plain(yaml.SafeDumper):
    """Writes tuples as lists."""

    def represent_tuple(self, data: tuple[object, ...]) -> yaml.Node:
        return self.represent_list(list(data))


_Plain.add_representer(tuple, _Plain.represent_tuple)


@dataclass(frozen=True, slots=True)
class Scene:
    """`light` is by how much the whole picture brightens or darkens while the vehicle stands."""

    backdrop: list[Picture]
    empty: Picture
    vehicle: Cutout
    stage: Stage
    light: float
    grain: list[Grain]

    def picture(self, index: int, *, arrives: float, leaves: float) -> Picture:
        at = index / FPS
        real = self.backdrop[_to_and_fro(index, len(self.backdrop))]
        away = max(arrives - at, at - leaves, 0.0) / 3.0
        shown = self._with_vehicle(real, away**1.5) if away < 1.0 else real
        middle = (arrives + leaves) / 2
        gain = 1.0 + self.light * min(max((at - middle) / 6.0, 0.0), 1.0)
        more, less = self.grain[index * 5 % len(self.grain)]
        lit = cv2.subtract(cv2.add(cv2.convertScaleAbs(shown, alpha=gain), more), less)
        return np.asarray(lit, np.uint8)

    def _corner(self, away: float) -> tuple[int, int]:
        """Left and top pixel of the vehicle, `away` of its way in from its place."""
        height, width = self.empty.shape[:2]
        tall, wide = self.vehicle.alpha.shape
        x = self.stage.foot[0] + self.stage.comes_from[0] * away
        y = self.stage.foot[1] + self.stage.comes_from[1] * away
        return round(x * width - wide / 2), round(y * height - tall)

    def _with_vehicle(self, real: Picture, away: float) -> Picture:
        """Shadow first, then the vehicle, both behind what passes in front."""
        shown = real.copy()
        left, top = self._corner(away)
        tall = self.vehicle.alpha.shape[0]
        clear = 1.0 - self._passes_in_front(real, top + tall)
        shadow = cv2.GaussianBlur(self.vehicle.alpha, (15, 15), 0) * 0.45
        black = np.zeros_like(self.vehicle.pixels)
        _blend(shown, black, np.asarray(shadow, np.float32), (left + 4, top + 5), clear)
        _blend(shown, self.vehicle.pixels, self.vehicle.alpha, (left, top), clear)
        return shown

    def _passes_in_front(self, real: Picture, foot: int) -> NDArray[np.float32]:
        """(h, w) 1 where something real stands nearer to the camera than the vehicle's foot."""
        # The cameras of the real clips set their exposure anew whenever a white car passes.
        brighter = np.median(real[::8, ::8].astype(np.int16) - self.empty[::8, ::8])
        as_lit = np.asarray(cv2.convertScaleAbs(self.empty, beta=float(brighter)), np.uint8)
        apart = largest_difference(real, as_lit)
        moving = cv2.morphologyEx((apart > 45).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7)))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(moving)
        bottom = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
        nearer = (bottom > foot) & (stats[:, cv2.CC_STAT_AREA] > 150)
        nearer[0] = False
        return np.asarray(nearer[labels], np.float32)

    def truth(self, seed: int, arrives: float, leaves: float) -> Truth:
        height, width = self.empty.shape[:2]
        tall, wide = self.vehicle.alpha.shape
        left, top = self._corner(0.0)
        vehicle = _rectangle(left, top, left + wide, top + tall, width, height)
        margin = 0.25 * wide
        zone = _rectangle(
            left - margin, top - margin, left + wide + margin, top + tall + margin, width, height
        )
        return Truth("lane_blocked", arrives, leaves, zone, vehicle, self.stage.clip, seed)


def _rectangle(
    left: float, top: float, right: float, bottom: float, width: int, height: int
) -> tuple[Point, ...]:
    x1, x2 = (min(max(x / width, 0.0), 1.0) for x in (left, right))
    y1, y2 = (min(max(y / height, 0.0), 1.0) for y in (top, bottom))
    return ((x1, y1), (x2, y1), (x2, y2), (x1, y2))


def _blend(
    shown: Picture,
    pixels: Picture,
    alpha: NDArray[np.float32],
    corner: tuple[int, int],
    clear: NDArray[np.float32],
) -> None:
    """Lay `pixels` over `shown` at (left, top), as far as inside the picture and `clear`."""
    left, top = corner
    x1, y1 = max(left, 0), max(top, 0)
    x2 = min(left + alpha.shape[1], shown.shape[1])
    y2 = min(top + alpha.shape[0], shown.shape[0])
    if x1 >= x2 or y1 >= y2:
        return
    own = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    there = (slice(y1, y2), slice(x1, x2))
    weight = (alpha[own] * clear[there])[..., None]
    shown[there] = np.rint(shown[there] * (1.0 - weight) + pixels[own] * weight)


def _to_and_fro(index: int, count: int) -> int:
    """Plays a short backdrop forwards and backwards without a jump."""
    step = index % max(1, 2 * (count - 1))
    return step if step < count else 2 * (count - 1) - step


def encode(path: Path, pictures: Iterator[Picture], fps: int = FPS) -> None:
    """H.264 as a camera sends it: a keyframe every two seconds, no B-frames, one thread."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.options = {"preset": "veryfast", "crf": "27", "bf": "0", "threads": "1"}
        stream.codec_context.gop_size = fps * KEYFRAME_SECONDS
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
