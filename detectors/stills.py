"""Stills of the cameras that somebody looks at just now: made on demand, sent, and forgotten.

The command center's answer to a heartbeat says which cameras are wanted. Of each of them the newest
scan waits here, in place of an older one, until this thread comes round to it: a slow line or many
wanted cameras make stills rarer, never later, and neither rules nor evidence wait for them. While
nobody looks nothing is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray

from configs.town import Camera
from detectors.bus import BusDownError, FencedError, RefusedError, StillBus, TryLaterError
from detectors.snapshot import render
from detectors.watched import Sight

log = structlog.get_logger(__name__)

PAUSE = 0.1
"""Seconds between two stills: ten a second, at 2.5 ms each (1080p: 5.4 ms), are 3 to 5 % of a core;
forty tiles on a wall get a new one every four seconds."""
WIDTH = 640
"""Pixels at most: a tile on the wall is 200 wide, the larger view 960."""
STALE = 10.0
"""Seconds after which a wish that no heartbeat renewed is over: the command center is away."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    camera: Camera
    sight: Sight


class Stills:
    """Takes scans, gives pictures. `want` and `offer` return at once, from any thread."""

    def __init__(
        self, bus: StillBus, *, epoch: Callable[[], int], clock: Callable[[], float]
    ) -> None:
        self._bus = bus
        self._epoch = epoch
        self._clock = clock
        self._wanted: frozenset[str] = frozenset()
        self._until = float("-inf")
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._failing = False
        self._thread: threading.Thread | None = None

    def want(self, camera_ids: Collection[str]) -> None:
        """The cameras that somebody looks at now, and no others."""
        wanted = frozenset(camera_ids)
        with self._lock:
            self._wanted, self._until = wanted, self._clock() + STALE
            self._waiting = {name: one for name, one in self._waiting.items() if name in wanted}

    def offer(self, camera: Camera, sight: Sight) -> None:
        """A scan of a camera; kept if it is wanted, in place of the one before."""
        if camera.id not in self._wanted:
            return
        with self._lock:
            if self._clock() < self._until:
                self._waiting[camera.id] = _Waiting(camera, sight)
                self._bell.set()

    def send_one(self) -> bool:
        """Make and send the still that has waited longest; False if none waits."""
        with self._lock:
            if not self._waiting:
                self._bell.clear()
                return False
            # A newer scan took its predecessor's place in the row, so nobody is passed over.
            waiting = self._waiting.pop(next(iter(self._waiting)))
        try:
            self._send(waiting)
        except (BusDownError, TryLaterError, RefusedError, FencedError) as error:
            self._has_failed(waiting.camera.id, str(error))
        except Exception as error:  # noqa: BLE001 one camera's picture must not end all others'
            self._has_failed(waiting.camera.id, f"{type(error).__name__}: {error}")
        else:
            if self._failing:
                log.info("still.works_again", camera=waiting.camera.id)
            self._failing = False
        return True

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="stills", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """End; what waits is forgotten."""
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.wait()
            self.send_one()
            self._stopping.wait(PAUSE)

    def _send(self, waiting: _Waiting) -> None:
        jpeg = still_of(waiting.camera, waiting.sight)
        taken = datetime.fromtimestamp(waiting.sight.frame.captured_at, UTC)
        self._bus.show_still(waiting.camera.id, self._epoch(), taken, jpeg)

    def _has_failed(self, camera_id: str, reason: str) -> None:
        if not self._failing:
            log.warning("still.failed", camera=camera_id, reason=reason)
        self._failing = True


def still_of(camera: Camera, sight: Sight) -> bytes:
    """A JPEG of a scan, 640 wide at most, with nothing framed.

    Hidden is wherever somebody could be, and whom a detector saw that looked at this scan anyway:
    none is asked for a still, which would take its time from the rules, and a tile whose blurring
    changed with every scan would flicker.
    """
    suspected = sight.place.suspected() if sight.place is not None else None
    jpeg, _ = render(
        _small(sight.frame.bgr()),
        (),
        sight.people(),
        suspected,
        camera.privacy_masks,
        blur=camera.blur_people,
    )
    return jpeg


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if width <= WIDTH:
        return picture
    size = WIDTH, max(1, round(height * WIDTH / width))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
