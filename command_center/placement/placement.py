"""What a placement is: cameras in, running shards out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from configs.town import Camera
from detectors.town_wide import TownWide


@dataclass(frozen=True, slots=True)
class ShardHealth:
    """How a shard's process is. `restarts` counts since the placement started."""

    name: str
    running: bool
    pid: int | None
    cameras: int
    restarts: int
    last_exit: str = ""
    """Why it ended last, in words; empty if it never did."""


class Placement(Protocol):
    """Spreads cameras over shards and keeps the shards running. Any thread may call."""

    def start(self, cameras: Iterable[Camera], town: TownWide) -> None:
        """Start every shard with its cameras; returns at once."""

    def put(self, camera: Camera) -> None:
        """Watch a camera, new or as it is described now; no other camera is disturbed."""

    def remove(self, camera_id: str) -> None:
        """Forget a camera; an unknown id is no error."""

    def follow(self, town: TownWide) -> None:
        """Have every shard go by these settings of the town; no camera is connected to anew."""

    def health(self) -> tuple[ShardHealth, ...]:
        """How every shard is, by name."""

    def stop(self) -> None:
        """Stop every shard and wait until all have ended."""
