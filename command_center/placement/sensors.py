"""The process that all sensors of a town share."""

from __future__ import annotations

import sys
from pathlib import Path

from command_center.placement.child import Child
from command_center.placement.life import Silence
from command_center.placement.local import reachable
from configs.load import catalogue_of
from configs.settings import Settings
from configs.town import Town
from detectors.sensor_worker_config import SENSOR_SHARD, SensorWorkerConfig


def sensor_process(settings: Settings, town: Town) -> Child:
    """It is told its sensors on its standard input, at every start."""
    config = SensorWorkerConfig(
        sensors=town.sensors,
        command_center=f"http://{reachable(settings.host)}:{settings.port}",
        token=settings.token_of_machines(),
        data_dir=Path(settings.data_dir).resolve() / "shards" / SENSOR_SHARD,
        catalogue_version=catalogue_of(town).version,
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
