"""Flicker: how often each small pixel's brightness turns round, from the pictures of one GOP.

Turbulent diffusion flames flicker at 1 to 15 Hz whatever they burn (Töreyin et al. 2006 saw it as
zero crossings at 10 Hz and more; outdoors and at 15 pictures a second less of it is left). What
merely moves through brightens and darkens a pixel once or twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.frame import Frame

LEAST_SWING = 12.0
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
    first = frames[0].grey.astype(np.float32)
    high, low = first.copy(), first.copy()
    heading = np.zeros_like(first)
    turns = np.zeros_like(first)
    for frame in frames[1:]:
        grey = frame.grey.astype(np.float32)
        np.maximum(high, grey, out=high)
        np.minimum(low, grey, out=low)
        falls = (high - grey >= LEAST_SWING) & (heading >= 0)
        rises = (grey - low >= LEAST_SWING) & (heading <= 0)
        turned = falls | rises
        turns += turned & (heading != 0)
        np.copyto(heading, np.where(falls, np.float32(-1.0), np.float32(1.0)), where=turned)
        np.copyto(high, grey, where=turned)
        np.copyto(low, grey, where=turned)
    return np.asarray(turns / np.float32(seconds), np.float32)
