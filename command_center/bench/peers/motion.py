"""The motion step of every peer: as small as ours, so that what differs is how pictures come."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SIZE = (160, 90)
_THRESHOLD = 30
"""Grey levels, as Frigate's motion detector has it by default."""
_MEMORY = 0.2
"""Weight of a new picture in the running average that stands for the background."""


class Motion:
    """Regions that differ from a running average, one camera's."""

    def __init__(self) -> None:
        self._average: NDArray[np.float32] | None = None

    def look(self, grey: NDArray[np.uint8]) -> int:
        """How many regions of a grey picture, of any size, move."""
        small = cv2.resize(grey, _SIZE, interpolation=cv2.INTER_LINEAR)
        if self._average is None:
            self._average = np.asarray(small, np.float32)
            return 0
        difference = cv2.absdiff(small, cv2.convertScaleAbs(self._average))
        _, changed = cv2.threshold(difference, _THRESHOLD, 255, cv2.THRESH_BINARY)
        cv2.accumulateWeighted(small, self._average, _MEMORY)
        regions, _ = cv2.findContours(changed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        return len(regions)
