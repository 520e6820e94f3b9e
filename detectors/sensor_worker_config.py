"""What the sensors' process is told: one JSON document on its standard input."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from configs.sensors import Sensor
from configs.values import Identifier

SENSOR_SHARD = "sensors"
"""The name under which the sensors' process registers, beside `shard-0` and the others."""


class SensorWorkerConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    shard: Identifier = SENSOR_SHARD
    sensors: tuple[Sensor, ...] = ()
    command_center: str = Field(pattern=r"^https?://", description="its URL, without /api/v1")
    token: SecretStr
    data_dir: Path = Field(description="the process's own folder: its outbox lies there")
    catalogue_version: str = ""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_serializer("token", when_used="json")
    def _tell_the_worker(self, token: SecretStr) -> str:
        return token.get_secret_value()
