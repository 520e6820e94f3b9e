"""What a detector says of a place where something came to stand."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.detections import Detections
from detectors.rules.place import Place
from detectors.zone_mask import Mask
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

VEHICLES = ("car", "truck", "bus", "train", "boat")
TWO_WHEELERS = ("bicycle", "motorcycle")


def _coverage(place: Place, seen: Detections) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(N,) share of the place's pixels that each box covers."""
    height, width = place.mask.shape
    total = cv2.integral(np.minimum(place.mask, 1))
    x = np.clip(np.rint(seen.xyxy[:, [0, 2]] * width), 0, width).astype(int)
    y = np.clip(np.rint(seen.xyxy[:, [1, 3]] * height), 0, height).astype(int)
    inside = total[y[:, 1], x[:, 1]] - total[y[:, 0], x[:, 1]]
    inside = inside - total[y[:, 1], x[:, 0]] + total[y[:, 0], x[:, 0]]
    return np.asarray(inside / max(1, total[-1, -1]), np.float64)


def is_person(place: Place, seen: Detections | None) -> bool:
    """Whether people stand there, several of them together, and no vehicle with somebody in it."""
    if seen is None:
        return False
    people = seen.of("person").above(0.4)
    things = seen.of(*VEHICLES, *TWO_WHEELERS).above(0.4)
    return place.share(_in_any(people)) >= 0.5 and _best(place, things) < 0.5


def is_vehicle(place: Place, seen: Detections) -> bool:
    """Whether a vehicle covers most of it, whoever moves in it or beside it."""
    return _best(place, seen.of(*VEHICLES, *TWO_WHEELERS).above(0.4)) >= 0.5


def _in_any(seen: Detections) -> Mask:
    """The small pixels that lie in any of the boxes."""
    mask = np.zeros((GREY_HEIGHT, GREY_WIDTH), np.uint8)
    size = (GREY_WIDTH, GREY_HEIGHT, GREY_WIDTH, GREY_HEIGHT)
    for left, top, right, bottom in np.clip(np.rint(seen.xyxy * size), 0, size).astype(int):
        mask[top:bottom, left:right] = 255
    return mask


def _best(place: Place, seen: Detections) -> float:
    return float(_coverage(place, seen).max()) if len(seen) else 0.0


def name_of(place: Place, seen: Detections | None) -> tuple[str, float | None]:
    """What it is, and how sure the model is; without a model's word it is a thing."""
    if seen is not None:
        for label, names in (("vehicle", VEHICLES), ("two_wheeler", TWO_WHEELERS)):
            kind = seen.of(*names).above(0.35)
            covered = kind.where(_coverage(place, kind) >= 0.4) if len(kind) else kind
            if len(covered):
                return label, float(covered.confidence.max())
    return "thing", None
