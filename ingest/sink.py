"""The door between ingest and whoever looks at the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health


class FrameSink(Protocol):
    """Takes what a shard finds. Called from decode threads; one camera never from two at once."""

    def scanned(self, frame: Frame, activity: Activity) -> None:
        """A picture was decoded and gated. Must not block: hand long work to another thread."""

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        """The pictures of a whole GOP, in order, as `Shard.request_burst` asked for.

        Called just before `scanned`, from the same thread. Must not block.
        """

    def health_changed(self, health: Health) -> None:
        """A camera entered another state, or is in it for another reason. Never repeated."""
