"""What changes while everything runs, by hand or in the town file, carried to the processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from command_center.placement.placement import Placement
from command_center.placement.sensors import SensorProcess
from command_center.placement.wanted import NotToldError, Wanted
from configs.town import Camera

log = structlog.get_logger(__name__)

PERIOD = 2.0
"""Seconds between two questions: as fresh as the states on the wall, which come with heartbeats. So
long each of them waits for a change of the town file."""
PATIENCE = 16.0
"""Seconds to wait for the question in hand, which takes 5 at most, or for the end of the sensors'
process that its answer may ask for, 10."""


class Follower:
    """Applies to a placement the difference between what is wanted and what it watches.

    While the command center cannot be asked, the shards go on with what they have.
    """

    def __init__(
        self,
        placement: Placement,
        sensors: SensorProcess,
        ask: Callable[[], Wanted],
        *,
        begun_with: Wanted,
    ) -> None:
        """`ask` is `WantedCameras.ask`, which waits for PERIOD at most; `begun_with` is what the
        placement was started with."""
        self._placement = placement
        self._sensors = sensors
        self._ask = ask
        self._placed = {camera.id: camera for camera in begun_with.cameras}
        self._wanted = begun_with
        self._told = True
        self._stopping = threading.Event()
        self._applying = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="cameras", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Change nothing any more. A question may be left, whose answer comes to nothing."""
        self._stopping.set()
        if self._applying.acquire(timeout=PATIENCE):
            self._applying.release()

    def wait(self) -> None:
        """After `stop`: until the question in hand is answered."""
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def look(self) -> bool:
        """Ask once and apply what changed, and say whether anything did; a failure is said once,
        and its end."""
        try:
            wanted = self._ask()
        except NotToldError as error:
            if self._told:
                log.warning(
                    "cameras.not_told",
                    reason=str(error),
                    what_was_done="the shards go on with the cameras that they have",
                )
            self._told = False
            return False
        if not self._told:
            log.info("cameras.told_again")
        self._told = True
        with self._applying:
            return self._follow(wanted)

    def _follow(self, wanted: Wanted) -> bool:
        """Between two steps it gives up when it is to stop: what is being stopped must not be
        started again."""
        if self._stopping.is_set():
            return False
        changed = wanted != self._wanted
        self._apply({camera.id: camera for camera in wanted.cameras})
        if wanted.town != self._wanted.town and not self._stopping.is_set():
            log.info("town.put", **wanted.town.model_dump())
            self._placement.follow(wanted.town)
        if not self._stopping.is_set():
            self._sensors.follow(wanted.sensors, wanted.town.catalogue_version)
        self._wanted = wanted
        return changed

    def _apply(self, wanted: dict[str, Camera]) -> None:
        for camera_id in self._placed.keys() - wanted.keys():
            log.info("camera.removed", camera=camera_id)
            self._placement.remove(camera_id)
        for camera_id, camera in wanted.items():
            if self._placed.get(camera_id) != camera:
                log.info("camera.put", camera=camera_id, new=camera_id not in self._placed)
                self._placement.put(camera)
        self._placed = wanted

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            began = time.monotonic()
            changed = self.look()
            # An answer that came at once, and is none or what was known, is not asked for at once.
            pause = 0.0 if changed else max(0.0, PERIOD - (time.monotonic() - began))
