"""Real walkers, cut one by one out of two clips: a step cycle each, and poses to stand in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tests.composer.cutout import Cutout, Mask, Picture
from tests.composer.footage import median, shared_clip
from tests.services import data_file

_CLIP, _TRUTH = "pets09_s2l1_vtest_480x360.avi", "pets09_s2l1_gt_768x576.txt"
_SCALE = 0.625
_SHORTEST = 46
"""Pixels; smaller people of that clip are blots."""
_CYCLE = 10
"""Pictures, at 10 a second: one double step."""

_LAWN = 6.0
"""Grey levels by which the ground is greener than grey; people cut on grass have a green rim."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """`steps` is one cycle of a walk to the right at 10 pictures a second; `poses` stand."""

    steps: tuple[Cutout, ...]
    poses: tuple[Cutout, ...]


@lru_cache(maxsize=1)
def real_people() -> tuple[Person, ...]:
    """People who walk alone for a second or more; none where the shared data is not at hand."""
    path, truth = shared_clip(_CLIP), data_file("clips", _TRUTH)
    if path is None or truth is None:
        return ()
    with av.open(str(path)) as container:
        pictures = [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for frame in container.decode(video=0)
        ]
    plate = median(pictures, 60)
    people = []
    for boxes in _alone(truth.read_text()):
        cut = [_cut(pictures[number], plate, box) for number, box in boxes]
        steps = [each for each in cut if each is not None]
        if len(steps) == len(cut):
            leftwards = boxes[-1][1][0] < boxes[0][1][0]
            turned = tuple(each.mirrored() if leftwards else each for each in steps)
            people.append(Person(turned, _poses(turned)))
    return tuple(people)


def _poses(steps: tuple[Cutout, ...]) -> tuple[Cutout, ...]:
    """Legs together: the narrowest of those that are cut about as whole as most are."""
    solid = [float(each.picture[..., 3].mean() * each.picture[..., 3].size) for each in steps]
    usual = float(np.median(solid))
    whole = [each for each, own in zip(steps, solid, strict=True) if 0.8 < own / usual < 1.2]
    return tuple(sorted(whole or steps, key=_width)[:4])


def _width(cutout: Cutout) -> int:
    """Columns in which there is anything."""
    return int(np.count_nonzero(cutout.picture[..., 3].max(axis=0) > 127))


def _alone(truth: str) -> list[list[tuple[int, Box]]]:
    """For each person the best stretch of one cycle in which nobody else is near."""
    every: dict[int, dict[int, Box]] = defaultdict(dict)
    for line in truth.split():
        number, who, *sides = (float(part) for part in line.split(",")[:6])
        left, top, width, height = (round(side * _SCALE) for side in sides)
        every[int(number) - 1][int(who)] = (left, top, width, height)
    stretches: dict[int, list[list[tuple[int, Box]]]] = defaultdict(list)
    for index in sorted(every):
        for person, box in every[index].items():
            others = (other for who, other in every[index].items() if who != person)
            inside = box[0] > 3 and box[0] + box[2] < 476 and box[1] + box[3] < 356
            if not inside or box[3] < _SHORTEST or any(_near(box, other) for other in others):
                continue
            ways = stretches[person]
            if ways and ways[-1][-1][0] == index - 1 and len(ways[-1]) < _CYCLE:
                ways[-1].append((index, box))
            else:
                ways.append([(index, box)])
    chosen = []
    for ways in stretches.values():
        whole = [way for way in ways if len(way) == _CYCLE and _strides(way)]
        # Two of each, far apart: the same person in another light.
        picked = sorted(whole, key=lambda way: -abs(way[-1][1][0] - way[0][1][0]))[:2]
        chosen.extend(picked)
    return chosen


def _near(one: Box, other: Box) -> bool:
    gap_x = max(one[0], other[0]) - min(one[0] + one[2], other[0] + other[2])
    gap_y = max(one[1], other[1]) - min(one[1] + one[3], other[1] + other[3])
    return gap_x < 5 and gap_y < 5


def _strides(way: list[tuple[int, Box]]) -> bool:
    """Walks across the picture, neither stands nor jumps."""
    steps = [after[1][0] - before[1][0] for before, after in pairwise(way)]
    return abs(sum(steps)) > 12 and max(map(abs, steps)) < 12


def _cut(picture: Picture, plate: Picture, box: Box) -> Cutout | None:
    left, top, width, height = box
    x0, y0, x1, y1 = left - 3, max(0, top - 3), left + width + 3, top + height + 3
    part, empty = picture[y0:y1, x0:x1], plate[y0:y1, x0:x1]
    greener = empty[..., 1].astype(np.int16) - np.maximum(empty[..., 0], empty[..., 2])
    if float(greener.mean()) > _LAWN:
        return None
    apart = cv2.GaussianBlur(cv2.absdiff(part, empty).max(axis=2), (3, 3), 0)
    _, mask = cv2.threshold(apart, 24, 255, cv2.THRESH_BINARY)
    mask[_shaded_ground(part, empty)] = 0
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    mask = _largest(np.asarray(closed, np.uint8))
    _, high, wide, tall = cv2.boundingRect(mask)
    if tall < 0.8 * height or wide < 0.15 * height or cv2.countNonZero(mask) < 0.3 * width * height:
        return None
    # The outermost pixel is half ground: at night it would shine as a rim.
    soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)), (0, 0), 0.8)
    anchor = (x1 - x0) / 2, float(high + tall)
    return Cutout(np.dstack((part, soft)), anchor, float(tall))


def _shaded_ground(part: Picture, empty: Picture) -> NDArray[np.bool_]:
    """Below the knee: the ground as it was but for the light, a shadow or a bright rim of it."""
    ratio = (part.astype(np.float32) + 4) / (empty.astype(np.float32) + 4)
    most, least = ratio.max(axis=2), ratio.min(axis=2)
    ground = (least > 0.5) & (most < 1.45) & (most - least < 0.14)
    ground[: round(0.72 * len(ground))] = False
    return np.asarray(ground, np.bool_)


def _largest(mask: Mask) -> Mask:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    own = np.zeros(mask.shape[:2], np.uint8)
    if outlines:
        cv2.drawContours(own, [max(outlines, key=cv2.contourArea)], -1, (255,), thickness=-1)
    return own
