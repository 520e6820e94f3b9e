"""What a shard's process is told on its standard input: first its configuration, then changes.

One JSON document a line. Nothing of it stands on the command line or in the environment, where
other users of the machine could read the token.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, field_serializer

from configs.hardware import HardwareOfModels
from configs.town import Camera
from configs.values import Identifier
from detectors.town_wide import TownWide


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkerConfig(_Line):
    """The first line."""

    shard: Identifier
    cameras: tuple[Camera, ...] = ()
    command_center: str = Field(pattern=r"^https?://", description="its URL, without /api/v1")
    token: SecretStr
    data_dir: Path = Field(description="the shard's own folder: its outbox lies there")
    models_dir: Path
    hardware: HardwareOfModels = HardwareOfModels()
    ring_bytes: Annotated[int, Field(ge=1 << 20)] = 256 << 20
    decode_threads: Annotated[int, Field(ge=1, le=64)] = 1
    town: TownWide = TownWide()
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_serializer("token", when_used="json")
    def _tell_the_worker(self, token: SecretStr) -> str:
        return token.get_secret_value()


class PutCamera(_Line):
    """Watch a camera, new or as it is described now."""

    do: Literal["put"] = "put"
    camera: Camera


class RemoveCamera(_Line):
    """Forget a camera."""

    do: Literal["remove"] = "remove"
    camera_id: Identifier


class PutTown(_Line):
    """Go by these settings of the whole town from now on."""

    do: Literal["town"] = "town"
    town: TownWide


Told = PutCamera | RemoveCamera | PutTown
COMMANDS: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="do")])
