"""Flicker: how often each small pixel's brightness turns round, from the pictures of one GOP.

Turbulent diffusion flames flicker at 1 to 15 Hz whatever they burn (Töreyin et al. 2006 saw it as
zero crossings at 10 Hz and more; outdoors and at 15 pictures a second less of it is left). What
merely moves through brightens and darkens a pixel once or twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.background import NOTHING
from detectors.zone_mask import Mask
from ingest.frame import Frame, Grey

LEAST_SWING = 12
"""Grey levels between two turns: 95 % of still pixels change by less than 7 between keyframes."""
MOST_FRAMES = 45
"""Three seconds at 15 a second; a longer GOP tells no more and costs time."""
LEAST_FRAMES = 6


def turns_per_second(frames: Sequence[Frame]) -> NDArray[np.float32] | None:
    """(90, 160) turns a second, each of at least LEAST_SWING; None when there is too little."""
    frames = frames[-MOST_FRAMES:]
    seconds = frames[-1].captured_at - frames[0].captured_at if frames else 0.0
    if len(frames) < LEAST_FRAMES or seconds <= 0.0:
        return None
    high = low = frames[0].grey
    up: Mask = NOTHING
    down: Mask = NOTHING
    turns: Mask = NOTHING
    for frame in frames[1:]:
        grey = frame.grey
        high = np.asarray(cv2.max(high, grey), np.uint8)
        low = np.asarray(cv2.min(low, grey), np.uint8)
        falls = _swings(high, grey) & ~down
        rises = _swings(grey, low) & ~(up | falls)
        turned = falls | rises
        turns = turns + (turned & (up | down) & np.uint8(1))
        up, down = rises | (up & ~turned), falls | (down & ~turned)
        high = np.asarray(cv2.copyTo(grey, turned, high), np.uint8)
        low = np.asarray(cv2.copyTo(grey, turned, low), np.uint8)
    return np.asarray(turns / np.float32(seconds), np.float32)


def _swings(high: Grey, low: Grey) -> Mask:
    apart = cv2.subtract(high, low)
    return np.asarray(cv2.threshold(apart, LEAST_SWING - 1, 255, cv2.THRESH_BINARY)[1], np.uint8)
