"""A camera that connects and is lost again, over and over: one trouble, not fifty.

A weak radio link, a power supply at its limit or a camera that serves one viewer too few ends the
connection every few seconds. Each loss by itself is what happens on any day.
"""

from __future__ import annotations

from collections import deque

LOSSES = 4
"""Connections lost within `WINDOW` that make a camera flap. A switch that restarts costs one, a
camera's own update two."""
WINDOW = 180.0
"""Seconds. A camera that closes every 5 s is called flapping after 20 s."""
CALM = 60.0
"""Seconds with pictures and without a loss after which it does not flap any more: longer than
`WINDOW / LOSSES`, so that it is not called so again at once."""
GONE = 30.0
"""Seconds without any picture after which a flapping camera is plainly offline."""


class Flapping:
    """The moments of a camera's last losses, Unix seconds."""

    __slots__ = ("_losses", "since")

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=LOSSES)
        self.since: float | None = None
        """When the first of the losses was that made it flap; None while it does not."""

    def lost(self, now: float) -> None:
        """A connection that had shown pictures ended."""
        self._losses.append(now)
        if self.since is None and len(self._losses) == LOSSES and now - self._losses[0] <= WINDOW:
            self.since = self._losses[0]

    def calm(self, now: float, last_picture: float) -> None:
        """Let time pass: a camera that holds, or that is gone, flaps no more."""
        if self.since is None:
            return
        if now - self._losses[-1] >= CALM or now - last_picture >= GONE:
            self.since = None
            self._losses.clear()
