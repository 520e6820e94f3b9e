"""The process that all sensors of a town share."""

from __future__ import annotations

import sys
from pathlib import Path

import structlog

from command_center.placement.child import Child
from command_center.placement.life import Silence
from command_center.placement.local import reachable
from command_center.placement.placement import ShardHealth
from configs.sensors import Sensor
from configs.settings import Settings
from detectors.sensor_worker_config import SENSOR_SHARD, SensorWorkerConfig

PATIENCE = 10.0
"""Seconds that it may take to stop: it ends the delivery in hand."""

log = structlog.get_logger(__name__)


class SensorProcess:
    """Runs while there are sensors; started anew when they change, which takes a second, and no
    camera is touched. Used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: tuple[tuple[Sensor, ...], str] = ((), "")
        self._child: Child | None = None

    def follow(self, sensors: tuple[Sensor, ...], catalogue_version: str) -> None:
        """Have these sensors be watched; nothing happens if they are already."""
        told = (sensors, catalogue_version)
        if told == self._told:
            return
        self._told = told
        self.stop()
        if sensors:
            log.info("sensors.put", sensors=len(sensors))
            self._child = _child(self._settings, sensors, catalogue_version)
            self._child.start()

    def stop(self) -> None:
        self.ask_to_stop()
        if self._child is not None:
            self._child.wait(PATIENCE)
            self._child = None

    def ask_to_stop(self) -> None:
        if self._child is not None:
            self._child.ask_to_stop()

    def health(self) -> tuple[ShardHealth, ...]:
        """Of its process, if there is one."""
        child = self._child
        return () if child is None else (child.health(),)


def _child(settings: Settings, sensors: tuple[Sensor, ...], catalogue_version: str) -> Child:
    """It is told its sensors on its standard input, at every start."""
    config = SensorWorkerConfig(
        sensors=sensors,
        command_center=f"http://{reachable(settings.host)}:{settings.port}",
        token=settings.token_of_machines(),
        data_dir=Path(settings.data_dir).resolve() / "shards" / SENSOR_SHARD,
        catalogue_version=catalogue_version,
        log_format=settings.log_format,
        log_level=settings.log_level,
    )
    opening = config.model_dump_json().encode() + b"\n"
    return Child(
        SENSOR_SHARD,
        [sys.executable, "-m", "detectors.sensor_worker"],
        opening=lambda: opening,
        silence=Silence,
    )
