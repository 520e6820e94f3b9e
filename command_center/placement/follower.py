"""What administrators do to cameras while everything runs, carried to the shards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import structlog

from command_center.placement.placement import Placement
from command_center.placement.wanted import NotToldError
from configs.town import Camera

log = structlog.get_logger(__name__)

PERIOD = 2.0
"""Seconds between two questions: as fresh as the states on the wall, which come with heartbeats."""
PATIENCE = 6.0
"""Seconds to wait for the question in hand, which takes 5 at most. A shard that is frozen, its pipe
full, may hold the thread for longer: until it is killed, which comes next."""


class Follower:
    """Applies to a placement the difference between what is wanted and what it watches.

    While the command center cannot be asked, the shards go on with what they have.
    """

    def __init__(
        self,
        placement: Placement,
        ask: Callable[[], Iterable[Camera]],
        *,
        begun_with: Iterable[Camera],
    ) -> None:
        """`ask` is `WantedCameras.ask`; `begun_with` is what the placement was started with."""
        self._placement = placement
        self._ask = ask
        self._placed = {camera.id: camera for camera in begun_with}
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
        """Ask once and apply what changed; a failure is said once, and its end."""
        try:
            wanted = {camera.id: camera for camera in self._ask()}
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
        self._apply(wanted)

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
