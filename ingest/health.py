"""What state a camera is in, since when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CameraState(StrEnum):
    CONNECTING = "connecting"
    ONLINE = "online"
    STALLED = "stalled"
    """Connected, but nothing arrives."""
    OFFLINE = "offline"
    UNAUTHORISED = "unauthorised"
    UNSUPPORTED = "unsupported"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Health:
    """A camera's state since a moment (Unix seconds); `reason` says in words what to do."""

    camera_id: str
    state: CameraState
    since: float
    reason: str = ""
