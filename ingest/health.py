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
    FLAPPING = "flapping"
    """Connects and is lost again, over and over; its pictures are looked at while they come."""
    FROZEN = "frozen"
    """Pictures come, and all are the same."""
    BLACK = "black"
    """Pictures come and show nothing: covered, painted over, or dark."""
    BLURRED = "blurred"
    MOVED = "moved"
    """It looks somewhere else than it usually does."""


PRECEDENCE = (
    CameraState.DISABLED,
    CameraState.UNAUTHORISED,
    CameraState.UNSUPPORTED,
    CameraState.STALLED,
    CameraState.FLAPPING,
    CameraState.OFFLINE,
    CameraState.CONNECTING,
    CameraState.FROZEN,
    CameraState.BLACK,
    CameraState.MOVED,
    CameraState.BLURRED,
    CameraState.ONLINE,
)
"""Of several that are true the first is said: a connection's trouble hides the picture's, since
pictures that do not come cannot be judged; that a camera flaps says more than that it is away just
now; a picture that stands still or shows nothing hides what could be said of it. A state says
nothing about those behind it, and denies those before it."""

PICTURE_STATES = frozenset(
    {CameraState.FROZEN, CameraState.BLACK, CameraState.MOVED, CameraState.BLURRED}
)
"""What is wrong with the picture of a camera that sends."""


@dataclass(frozen=True, slots=True)
class Health:
    """A camera's state since a moment (Unix seconds); `reason` says in words what to do."""

    camera_id: str
    state: CameraState
    since: float
    reason: str = ""
