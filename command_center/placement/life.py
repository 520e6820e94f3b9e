"""How a supervisor notices that a process hangs: alive for the system, and doing nothing.

A child gets the writing end of a pipe and writes to it with every look at its heartbeat, whether
the command center can be reached or not. Files and the network would do as well until the disk is
full or the line is cut, which are no reasons to end a process that works.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager

from detectors.heartbeat import HEARTBEAT

SILENCE = 30 * HEARTBEAT
"""Seconds without a sign of life before a process is ended. It gives one every half second; three
times what the command center waits is longer than a model takes to load, or a machine to swap."""
START_SILENCE = 300.0
"""Seconds until the first. A start took 40 s on a machine that ran tests besides."""
LOOK = 1.0
"""Seconds of waiting for a sign at once."""


class Silence:
    """How long a process has been silent, in time during which it was listened to.

    Time between two looks does not count: a machine that slept, or a supervisor that was stopped
    itself, has heard nothing because it did not listen.
    """

    def __init__(self, patience: float = SILENCE, at_start: float = START_SILENCE) -> None:
        """Seconds of silence that are borne, once it gave a sign and before."""
        self._patience = patience
        self._borne = max(at_start, patience)
        self.seconds = 0.0

    def heard(self) -> None:
        self._borne, self.seconds = self._patience, 0.0

    def listened(self, seconds: float) -> bool:
        """Note that nothing came for so many seconds more; whether that is too long."""
        self.seconds += seconds
        return self.seconds >= self._borne


class SignsOfLife:
    """The pipe of one process's signs."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)  # a process must not wait for who listens

    @contextmanager
    def given_away(self) -> Iterator[int]:
        """The descriptor that the process gets; closed here afterwards, or its end never shows."""
        try:
            yield self._writing
        finally:
            os.close(self._writing)

    def listen(self, silence: Silence, look: float = LOOK) -> bool:
        """Until the process has ended (False), or has been silent for too long (True)."""
        while True:
            if select.select([self._reading], [], [], look)[0]:
                if not os.read(self._reading, 1 << 16):
                    return False
                silence.heard()
            elif silence.listened(look):
                return True

    def close(self) -> None:
        os.close(self._reading)
