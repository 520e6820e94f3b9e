"""Shards as processes of this machine."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from command_center.placement.child import Child
from command_center.placement.life import Silence
from command_center.placement.placement import ShardHealth
from command_center.placement.rendezvous import owner
from configs.settings import Settings
from configs.town import Camera
from detectors.town_wide import TownWide
from detectors.worker_config import PutCamera, PutTown, RemoveCamera, Told, WorkerConfig

PATIENCE = 20.0
"""Seconds that a shard may take to stop: it writes the clips in hand (10 s at most) and ends the
delivery in hand (10 s at most)."""


class LocalPlacement:
    """K processes, each brought back when it dies, each with the cameras that hash to it."""

    def __init__(self, settings: Settings, *, decode_threads: int = 1) -> None:
        self._settings = settings
        self._town = TownWide()
        self._decode_threads = decode_threads
        self._token = settings.token_of_machines()
        self._names = tuple(f"shard-{index}" for index in range(settings.shards))
        self._cameras: dict[str, dict[str, Camera]] = {name: {} for name in self._names}
        self._lock = threading.Lock()
        self._children = {name: self._child(name) for name in self._names}

    def start(self, cameras: Iterable[Camera], town: TownWide) -> None:
        self._town = town
        for camera in cameras:
            self._cameras[owner(camera.id, self._names)][camera.id] = camera
        for child in self._children.values():
            child.start()

    def put(self, camera: Camera) -> None:
        shard = owner(camera.id, self._names)
        with self._lock:
            self._cameras[shard][camera.id] = camera
        self._children[shard].say(_line(PutCamera(camera=camera)))

    def remove(self, camera_id: str) -> None:
        shard = owner(camera_id, self._names)
        with self._lock:
            known = self._cameras[shard].pop(camera_id, None)
        if known is not None:
            self._children[shard].say(_line(RemoveCamera(camera_id=camera_id)))

    def follow(self, town: TownWide) -> None:
        with self._lock:
            self._town = town
        for child in self._children.values():
            child.say(_line(PutTown(town=town)))

    def health(self) -> tuple[ShardHealth, ...]:
        return tuple(
            child.health(len(self._cameras[name])) for name, child in self._children.items()
        )

    def stop(self) -> None:
        for child in self._children.values():
            child.ask_to_stop()
        for child in self._children.values():
            child.wait(PATIENCE)

    def _child(self, name: str) -> Child:
        return Child(
            name,
            [sys.executable, "-m", "detectors.worker"],
            opening=lambda: self._opening(name),
            silence=Silence,
        )

    def _opening(self, name: str) -> bytes:
        with self._lock:
            return _line(self._config(name, tuple(self._cameras[name].values())))

    def _config(self, name: str, cameras: tuple[Camera, ...]) -> WorkerConfig:
        settings = self._settings
        return WorkerConfig(
            shard=name,
            cameras=cameras,
            command_center=f"http://{reachable(settings.host)}:{settings.port}",
            token=self._token,
            data_dir=Path(settings.data_dir).resolve() / "shards" / name,
            models_dir=settings.models.resolve(),
            hardware=settings.hardware,
            ring_bytes=settings.ring_bytes,
            decode_threads=self._decode_threads,
            town=self._town,
            log_format=settings.log_format,
            log_level=settings.log_level,
        )


def reachable(host: str) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _line(told: WorkerConfig | Told) -> bytes:
    return told.model_dump_json().encode() + b"\n"
