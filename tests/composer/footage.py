"""Real clips of a fixed camera: the place with nothing passing, and everything that passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np

from tests.composer.cutout import Cutout, Mask, Picture, cut
from tests.services import data_file

WIDTH, HEIGHT = 640, 360
"""The largest size of a composed picture."""
_LEAST = 0.0018
"""Of the picture: smaller things that move are leaves."""


@dataclass(frozen=True, slots=True)
class Reel:
    """Which part of a shared clip, and how to read it."""

    clip: str
    every: int = 1
    """Take one picture of this many."""
    steady: bool = False
    """The camera was held by hand: lay its pictures over one another first, cut off the edge."""
    most: int = 480
    ground: float = 0.0
    """What passes is looked for below this part of the height; above it are leaves and sky."""
    empty: tuple[int, int] | None = None
    """The pictures of the reel in which the place is empty, where the median is not."""
    different: int = 30
    """Grey levels by which what passes stands out; the clips' own noise stays below 20."""
    trim: int = 0
    """Pixels to take off around what passes: an outline that somebody drew into the clip."""
    quiet: int = 60
    """How many pictures in a row, the emptiest, stand for the empty place."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What passed, cut out, and where its anchor was: (column, row) pixels."""

    cutout: Cutout
    at: tuple[float, float]
    box: tuple[int, int, int, int]
    """Left, top, width, height."""


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One thing on its way through the picture, a moment a picture of the reel."""

    first: int
    """Number of the reel's picture in which it is seen first."""
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """`calm` are the reel's pictures with what passes painted over by the empty place."""

    plate: Picture
    calm: tuple[Picture, ...]
    passages: tuple[Passage, ...]


def shared_clip(name: str) -> Path | None:
    """The file, or None where the shared data is not at hand."""
    return data_file("clips", name)


@lru_cache(maxsize=4)
def footage(reel: Reel) -> Footage:
    """Read, calm and cut a reel; takes seconds.

    Raises:
        FileNotFoundError: the clip is not at hand.
    """
    pictures = list(_pictures(reel))
    if reel.steady:
        pictures = _steadied(pictures)
    plate = median(pictures[slice(*reel.empty)] if reel.empty else pictures)
    masks = [passing(picture, plate, reel.different) for picture in pictures]
    seen = [
        [] if reel.steady else list(_things(picture, mask, reel))
        for picture, mask in zip(pictures, masks, strict=True)
    ]
    first = _emptiest(masks, reel.quiet)
    quiet = slice(first, first + reel.quiet)
    calm = (
        _painted_over(picture, as_lit(plate, picture), mask)
        for picture, mask in zip(pictures[quiet], masks[quiet], strict=True)
    )
    return Footage(plate, tuple(calm), tuple(_linked(seen)))


def _emptiest(masks: list[Mask], count: int) -> int:
    """The first of `count` pictures in a row in which least passes."""
    shares = [cv2.countNonZero(mask) for mask in masks]
    starts = range(max(1, len(shares) - count))
    return min(starts, key=lambda start: sum(shares[start : start + count]))


def _pictures(reel: Reel) -> Iterator[Picture]:
    path = shared_clip(reel.clip)
    if path is None:
        raise FileNotFoundError(f"{reel.clip} is not at hand; set FENGHUO_DATA to its folder")
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= reel.most * reel.every:
                return
            if index % reel.every == 0:
                yield fitted(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))


def fitted(picture: Picture) -> Picture:
    """The picture no larger than WIDTH × HEIGHT, sides even, its shape kept."""
    rows, columns = picture.shape[:2]
    scale = min(WIDTH / columns, HEIGHT / rows)
    size = (round(columns * scale / 2) * 2, round(rows * scale / 2) * 2)
    if size == (columns, rows):
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _steadied(pictures: list[Picture]) -> list[Picture]:
    window = cv2.createHanningWindow(pictures[0].shape[1::-1], cv2.CV_32F)
    reference = cv2.cvtColor(pictures[0], cv2.COLOR_BGR2GRAY).astype(np.float32)
    steady = []
    for picture in pictures:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
        (across, down), _ = cv2.phaseCorrelate(reference, grey, window)
        matrix = np.asarray([(1, 0, -across), (0, 1, -down)], np.float32)
        size = picture.shape[1::-1]
        moved = cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        steady.append(fitted(np.asarray(moved, np.uint8)[: round(size[1] * 0.9)]))
    return steady


def median(pictures: list[Picture], most: int = 25) -> Picture:
    """What the place looks like when nothing passes."""
    chosen = pictures[:: max(1, len(pictures) // most)]
    return np.asarray(np.median(np.stack(chosen), axis=0), np.uint8)


def as_lit(plate: Picture, picture: Picture) -> Picture:
    """The empty place as bright as the picture: these cameras expose anew for every white car."""
    brighter = float(np.median(picture[::8, ::8].astype(np.int16) - plate[::8, ::8]))
    step = np.full_like(plate, round(abs(brighter)))
    return np.asarray(cv2.add(plate, step) if brighter > 0 else cv2.subtract(plate, step), np.uint8)


def passing(picture: Picture, plate: Picture, different: int) -> Mask:
    """Where something is that does not belong to the place."""
    blue, green, red = cv2.split(cv2.absdiff(picture, as_lit(plate, picture)))
    apart = cv2.GaussianBlur(cv2.max(cv2.max(blue, green), red), (5, 5), 0)
    _, mask = cv2.threshold(apart, different, 255, cv2.THRESH_BINARY)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), np.uint8)


def _painted_over(picture: Picture, plate: Picture, mask: Mask) -> Picture:
    grown = cv2.dilate(mask, np.ones((13, 13), np.uint8))
    soft = cv2.GaussianBlur(grown, (0, 0), 3)[..., None].astype(np.uint16)
    return np.asarray((picture * (255 - soft) + plate * soft) // 255, np.uint8)


def _things(picture: Picture, mask: Mask, reel: Reel) -> Iterator[Moment]:
    """Vehicles are all but convex: their hull fills windows that are as grey as the road."""
    mask = mask.copy()
    mask[: round(reel.ground * mask.shape[0])] = 0
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for outline in outlines:
        if cv2.contourArea(outline) < _LEAST * mask.size:
            continue
        own = np.zeros_like(mask)
        cv2.fillConvexPoly(own, cv2.convexHull(outline), (255,))
        if reel.trim:
            around = np.ones((2 * reel.trim + 1, 2 * reel.trim + 1), np.uint8)
            own = np.asarray(cv2.erode(own, around), np.uint8)
            if not cv2.countNonZero(own):
                continue
        left, top, width, height = cv2.boundingRect(outline)
        box = (left, top, width, height)
        yield Moment(cut(picture, own), (left + width / 2, float(top + height)), box)


def _linked(seen: list[list[Moment]]) -> Iterator[Passage]:
    """Things of one picture that lie over things of the picture before belong together."""
    alive: list[tuple[int, list[Moment]]] = []
    for index, things in enumerate([*seen, []]):
        followed = []
        for thing in things:
            before = [way for way in alive if overlap(way[1][-1].box, thing.box) > 0.3]
            best = max(before, key=lambda way: overlap(way[1][-1].box, thing.box), default=None)
            if best is None:
                followed.append((index, [thing]))
            else:
                alive.remove(best)
                best[1].append(thing)
                followed.append(best)
        kept = {id(way[1]) for way in followed}
        yield from (
            Passage(first, tuple(way))
            for first, way in alive
            if id(way) not in kept and len(way) >= 8
        )
        alive = followed


def overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """Intersection over union of two boxes (left, top, width, height)."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    both = wide * tall
    return both / (one[2] * one[3] + other[2] * other[3] - both)


def swaying(calm: tuple[Picture, ...], index: int) -> Picture:
    """Pictures of an empty place to and fro, so that they never jump."""
    step = index % max(1, 2 * (len(calm) - 1))
    return calm[step if step < len(calm) else 2 * (len(calm) - 1) - step]
