"""Lay a picture into a model's input, and carry its boxes back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.engine.protocol import Picture
from models.card import Fit, ModelInput


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in the input: its offset and its size there, in input pixels."""

    left: int
    top: int
    width: int
    height: int

    def to_fractions(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, 4) input pixels to fractions of the picture, clipped to 0…1."""
        offset = np.array([self.left, self.top] * 2, np.float32)
        size = np.array([self.width, self.height] * 2, np.float32)
        fractions: NDArray[np.float32] = np.clip((xyxy - offset) / size, 0.0, 1.0)
        return fractions


def placement(height: int, width: int, wanted: ModelInput) -> Placement:
    """Where a picture of height × width goes; a letterbox keeps its proportions.

    Rounding follows what the weights were trained with: YOLOX cuts to whole pixels and Ultralytics
    rounds them, so that the boxes are not half a pixel off.
    """
    if wanted.fit is Fit.STRETCH:
        return Placement(0, 0, wanted.width, wanted.height)
    ratio = min(wanted.width / width, wanted.height / height)
    if wanted.fit is Fit.LETTERBOX_TOPLEFT:
        return Placement(0, 0, max(1, int(width * ratio)), max(1, int(height * ratio)))
    inner_width, inner_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    left, top = (wanted.width - inner_width) // 2, (wanted.height - inner_height) // 2
    return Placement(left, top, inner_width, inner_height)


def to_tensor(picture: Picture, wanted: ModelInput) -> tuple[NDArray[np.float32], Placement]:
    """The input (1, 3, height, width) float32 of one picture, and where the picture lies in it."""
    place = placement(picture.shape[0], picture.shape[1], wanted)
    inner = cv2.resize(picture, (place.width, place.height), interpolation=cv2.INTER_LINEAR)
    if (place.width, place.height) != (wanted.width, wanted.height):
        canvas = np.full((wanted.height, wanted.width, 3), wanted.pad, np.uint8)
        canvas[place.top : place.top + place.height, place.left : place.left + place.width] = inner
        inner = canvas
    tensor = cv2.dnn.blobFromImage(
        inner,
        scalefactor=wanted.scale,
        mean=_before_scale(wanted),
        swapRB=wanted.channels == "rgb",
    )
    if wanted.std != (1.0, 1.0, 1.0):
        tensor = tensor / np.array(wanted.std, np.float32).reshape(1, 3, 1, 1)
    return np.asarray(tensor, np.float32), place


def _before_scale(wanted: ModelInput) -> tuple[float, float, float]:
    """OpenCV takes the mean away before it scales; a card's mean counts after scaling."""
    red, green, blue = wanted.mean
    return red / wanted.scale, green / wanted.scale, blue / wanted.scale
