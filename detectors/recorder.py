"""The recorder: an event has happened once it is written down; what the disk refuses waits here.

A rule tells an episode once and moves on, so an event that cannot be written now must not be
forgotten: it waits in memory, and all later ones behind it, so that their order stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

import structlog

from detectors.event import Event
from detectors.outbox import OutboxError

log = structlog.get_logger(__name__)

MOST_UNWRITTEN = 1000
"""Events that may wait in memory, some two kilobytes each: a bad day of a shard's cameras."""


class Recorder:
    """Writes events down in the order in which they come. Any thread may call."""

    def __init__(self, write: Callable[[Event], None]) -> None:
        """`write` has the event on disk when it returns, or raises OutboxError."""
        self._write = write
        self._unwritten: deque[Event] = deque()
        self._written = self._lost = 0
        self._losing = False
        self._lock = Lock()

    @property
    def written(self) -> int:
        return self._written

    @property
    def unwritten(self) -> int:
        """Events that wait in memory now."""
        return len(self._unwritten)

    @property
    def lost(self) -> int:
        """Events that were dropped because too many waited."""
        return self._lost

    def record(self, event: Event) -> bool:
        """Whether the event is on disk now; else it is tried again by `retry`, with no evidence:
        pictures are too large to wait in memory."""
        with self._lock:
            if not self._unwritten:
                try:
                    self._put_down(event)
                    return True
                except OutboxError as error:
                    _say_unwritable(event, error)
            self._let_wait(event)
            return False

    def retry(self) -> None:
        """Write what waits, as far as the disk takes it; about once a second."""
        with self._lock:
            if not self._unwritten:
                return
            try:
                while self._unwritten:
                    self._put_down(self._unwritten[0])
                    self._unwritten.popleft()
            except OutboxError:
                return
            self._losing = False
            log.warning("events.written_again", lost_since_start=self._lost)

    def _put_down(self, event: Event) -> None:
        self._write(event)
        self._written += 1
        log.info(
            "event.recorded",
            **event.data.named,
            zone=event.data.zone_id,
            event_type=event.data.event_type,
            phase=event.data.phase.value,
            event_id=str(event.id),
        )

    def _let_wait(self, event: Event) -> None:
        data = event.data.model_copy(update={"evidence": ()})
        self._unwritten.append(event.model_copy(update={"data": data}))
        if len(self._unwritten) > MOST_UNWRITTEN:
            self._lose(self._unwritten.popleft())

    def _lose(self, event: Event) -> None:
        if not self._losing:
            log.critical(
                "events.lost",
                **event.data.named,
                event_type=event.data.event_type,
                reason=f"{MOST_UNWRITTEN} younger events wait for the disk already",
            )
        self._losing = True
        self._lost += 1


def _say_unwritable(event: Event, error: OutboxError) -> None:
    log.critical(
        "events.not_written",
        **event.data.named,
        event_type=event.data.event_type,
        error=str(error),
        what_was_done="events wait in memory, and are lost if this process ends before",
        what_to_do="free the disk on which data_dir lies",
    )
