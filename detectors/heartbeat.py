"""When a process of this room says that it lives, and what becomes of a failure to.

A failure is said once and its end once more, whatever it is: a process that works and is called
silent would be started anew.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import structlog

from detectors.bus import BusDownError, FencedError
from detectors.outbox import OutboxError

HEARTBEAT = 2.0
"""Seconds between heartbeats: ten may be lost before the command center, which waits 20 s, calls
the shard silent."""
SOONEST = 0.5
"""Seconds at least between two heartbeats. One is sent early when a camera's state has changed:
after a restart of 350 cameras the wall was five seconds behind the shard."""
UNREGISTERED = 0.2
"""Seconds between two looks whether there is an epoch to beat under: after a restart the wall shows
what is true soon."""

log = structlog.get_logger(__name__)


class Heart:
    """Sends heartbeats; driven with `step`, or by a thread of its own from `start` to `stop`."""

    def __init__(
        self,
        send: Callable[[int], None],
        *,
        epoch: Callable[[], int | None],
        on_fenced: Callable[[str], None],
        has_news: Callable[[], bool] = lambda: False,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """`send` sends one heartbeat under an epoch; `epoch` is None while this start is not
        registered, and nothing is sent. `has_news`: whether there is reason not to wait, since it
        was asked last. `alive` is called after every look, also when nothing could be sent.
        `on_fenced` is called with the reason when a younger start has taken over.
        """
        self._send = send
        self._epoch = epoch
        self._on_fenced = on_fenced
        self._has_news = has_news
        self._alive = alive
        self._due = -math.inf
        self._well = True
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def step(self, now: float) -> float:
        """Beat if it is time; seconds until the next look. `now` is any clock's that never goes
        back."""
        epoch = self._epoch()
        if epoch is None:
            return UNREGISTERED
        if self._has_news() or now >= self._due:
            self._due = now + HEARTBEAT
            self._beat(epoch)
        return SOONEST

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send none after the one in hand; returns at once."""
        self._stopping.set()

    def _beat(self, epoch: int) -> None:
        try:
            self._send(epoch)
        except FencedError as error:
            self._on_fenced(str(error))
        except (BusDownError, OutboxError) as error:
            if self._well:
                log.warning("heartbeat.failed", reason=str(error))
            self._well = False
        except Exception as error:
            if self._well:
                log.error("heartbeat.broken", what_was_done="tried again", exc_info=error)
            self._well = False
        else:
            if not self._well:
                log.info("heartbeat.works_again")
            self._well = True

    def _run(self) -> None:
        wait = 0.0
        while not self._stopping.wait(wait):
            wait = self.step(time.monotonic())
            self._alive()
