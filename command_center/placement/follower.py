"""What changes while everything runs, by hand or in the town file, carried to the processes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from command_center.placement.placement import Placement
from command_center.placement.sensors import SensorProcess
from command_center.placement.wanted import NotToldError, Wanted
from configs.town import Camera

log = structlog.get_logger(__name__)

PERIOD = 2.0
"""Seconds between two questions: as fresh as the states on the wall, which come with heartbeats."""
PATIENCE = 16.0
"""Seconds to wait for the question in hand, which takes 5 at most, and the end of the sensors'
process that it may ask for, 10."""


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
        """`ask` is `WantedCameras.ask`; `begun_with` is what the placement was started with."""
        self._placement = placement
        self._sensors = sensors
        self._ask = ask
        self._placed = {camera.id: camera for camera in begun_with.cameras}
        self._town = begun_with.town
        self._told = True
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cameras", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Change nothing any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def look(self) -> None:
        """Ask once and apply what changed; a failure is said once, and its end. Between two steps
        it gives up when it is to stop: what is being stopped must not be started again."""
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
            return
        if not self._told:
            log.info("cameras.told_again")
        self._told = True
        if self._stopping.is_set():
            return
        self._apply({camera.id: camera for camera in wanted.cameras})
        if wanted.town != self._town and not self._stopping.is_set():
            self._town = wanted.town
            log.info("town.put", **wanted.town.model_dump())
            self._placement.follow(wanted.town)
        if not self._stopping.is_set():
            self._sensors.follow(wanted.sensors, wanted.town.catalogue_version)

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
        while not self._stopping.wait(PERIOD):
            self.look()
