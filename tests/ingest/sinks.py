"""A sink that remembers, and a way to wait for what it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from configs.town import Camera
from configs.values import Name, Position
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import CameraState, Health

PATIENCE = 20.0
"""Seconds that a test waits for what must happen; on an idle machine it takes one or two."""


class RecordingSink:
    """Keeps everything that it is given."""

    def __init__(self) -> None:
        self.frames: dict[str, list[Frame]] = {}
        self.activities: dict[str, list[Activity]] = {}
        self.bursts: dict[str, list[Sequence[Frame]]] = {}
        self.healths: list[Health] = []
        self._changed = threading.Condition()

    def scanned(self, frame: Frame, activity: Activity) -> None:
        with self._changed:
            self.frames.setdefault(frame.camera_id, []).append(frame)
            self.activities.setdefault(frame.camera_id, []).append(activity)
            self._changed.notify_all()

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        with self._changed:
            self.bursts.setdefault(camera_id, []).append(frames)
            self._changed.notify_all()

    def health_changed(self, health: Health) -> None:
        with self._changed:
            self.healths.append(health)
            self._changed.notify_all()

    def forget_all_but(self, camera_id: str) -> None:
        """Lose what was told of other cameras."""
        with self._changed:
            self.healths = [h for h in self.healths if h.camera_id == camera_id]
            for known in (self.frames, self.activities, self.bursts):
                for other in set(known) - {camera_id}:
                    del known[other]

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Until `condition` holds, looked at whenever something was told."""
        with self._changed:
            if not self._changed.wait_for(condition, PATIENCE):
                raise AssertionError(f"{what} did not happen; told: {self.healths}")

    def wait_frames(self, camera_id: str, count: int) -> list[Frame]:
        """The first pictures of a camera."""
        found = self.frames.setdefault(camera_id, [])
        self.wait(lambda: len(found) >= count, f"{count} pictures of {camera_id}")
        return found

    def wait_state(self, camera_id: str, state: CameraState) -> Health:
        """The newest health of a camera once it is in `state`."""

        def last() -> Health | None:
            return next((h for h in reversed(self.healths) if h.camera_id == camera_id), None)

        def reached() -> bool:
            health = last()
            return health is not None and health.state is state

        self.wait(reached, f"{camera_id} {state}")
        health = last()
        assert health is not None
        return health


def camera(camera_id: str, url: str, **fields: Any) -> Camera:
    """A camera with nothing but what the test cares for."""
    position = Position(lon=120.0, lat=30.0)
    name = Name(zh=camera_id, en=camera_id)
    return Camera.model_validate(
        {"id": camera_id, "name": name, "url": url, "position": position, **fields}
    )
