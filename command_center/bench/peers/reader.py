"""What every peer has in common: a thread a camera that counts the pictures it looked at."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from command_center.bench.peers.motion import Motion


class Reader(threading.Thread, ABC):
    """Reads one camera until it is told to stop, and looks for motion in every picture."""

    def __init__(self, url: str, lasting: float) -> None:
        """`lasting`: seconds after which nobody needs it any more, whatever has happened."""
        super().__init__(daemon=True)
        self.url = url
        self.lasting = lasting
        self.pictures = 0
        self.motion = Motion()
        self.ended = threading.Event()

    @property
    def child(self) -> int | None:
        """The process that works for this thread, if there is one, by pid."""
        return None

    def run(self) -> None:
        # A stream that could not be opened, or ended, is tried again: so would a user's program.
        while not self.ended.is_set():
            self.read()
            self.ended.wait(0.5)

    @abstractmethod
    def read(self) -> None:
        """Read until the stream ends or `ended` is set."""

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self.ended.set()
