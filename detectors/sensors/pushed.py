"""Readings that gateways pushed to the command center, fetched from there in order.

The command center keeps each until it is told that we have dealt with it, so that none is lost when
either side dies; one that comes twice is a duplicate to the sensor's memory. Dealt with means that
what it led to is on disk: while the disk refuses, the same readings are asked for again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

import structlog
from pydantic import BaseModel, ConfigDict

from detectors.bus import BusDownError, FencedError, RefusedError, TryLaterError
from detectors.delivery import Backoff
from detectors.outbox import OutboxError
from detectors.sensors.pipeline import SensorPipeline
from ingest.sensors.complaints import Complaints
from ingest.sensors.reading import Quality, Reading

log = structlog.get_logger(__name__)

WAIT = 2.0
"""Seconds that the command center may keep a question open while nothing comes: less than it waits
for open connections when it stops (3 s), or it would end in the middle of an answer."""


class PushedReading(BaseModel):
    """One of the readings that wait. `seq` grows in the order of their coming."""

    model_config = ConfigDict(frozen=True)

    seq: int
    sensor_id: str
    value: float
    unit: str
    at: datetime
    quality: Quality


class PushedReadings(BaseModel):
    model_config = ConfigDict(frozen=True)

    items: tuple[PushedReading, ...] = ()


class ReadingBus(Protocol):
    """Where pushed readings come from."""

    def next_readings(self, epoch: int, done: Collection[int], wait: float) -> PushedReadings:
        """The oldest that wait, of which `done` (their `seq`) are dealt with; waits up to `wait`
        seconds for the first. Raises the four exceptions of `detectors.bus`."""


class Fetcher:
    """Fetches for ever, in a thread of its own. Drive it with `fetch` or let `start` do that."""

    def __init__(
        self,
        bus: ReadingBus,
        pipeline: SensorPipeline,
        *,
        epoch: Callable[[], int | None],
        on_fenced: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._bus = bus
        self._pipeline = pipeline
        self._epoch = epoch
        self._on_fenced = on_fenced
        self._clock = clock
        self._done: list[int] = []
        self._failing = Complaints()
        self._backoff = Backoff()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pushed readings", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = WAIT + 1.0) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(patience)

    def fetch(self, wait: float = WAIT) -> int:
        """Fetch once and deal with what came; how many that were.

        Raises:
            BusDownError, TryLaterError, RefusedError, FencedError
            OutboxError: what came could not be written down; it comes again.
        """
        epoch = self._epoch()
        if epoch is None:
            raise BusDownError("the shard has no epoch yet")
        items = self._bus.next_readings(epoch, self._done, wait).items
        self._done = []
        for item in items:
            self._take(item)
        if not self._pipeline.settled():
            raise OutboxError("the disk refuses what pushed readings led to")
        self._done = [item.seq for item in items]
        return len(items)

    def _take(self, item: PushedReading) -> None:
        try:
            self._pipeline.arrived(
                Reading(item.sensor_id, item.value, item.unit, item.at.timestamp(), item.quality)
            )
        except Exception as error:  # else it would come back for ever, and all others behind it
            if self._failing.begins(item.sensor_id, self._clock()):
                log.error("reading.failed", sensor=item.sensor_id, exc_info=error)
        else:
            if self._failing.ends(item.sensor_id):
                log.info("reading.works_again", sensor=item.sensor_id)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.fetch()
            except FencedError as error:
                self._on_fenced(str(error))
                return
            except (BusDownError, TryLaterError, RefusedError, OutboxError) as error:
                self._failed(str(error))
            except Exception as error:  # noqa: BLE001 whatever one answer holds, others follow
                self._failed(f"{type(error).__name__}: {error}")
            else:
                if self._backoff.failures:
                    log.info("pushed_readings.fetched_again")
                self._backoff.failures = 0

    def _failed(self, reason: str) -> None:
        if self._backoff.failures == 1:  # the first may be the start's, before there is an epoch
            log.warning("pushed_readings.not_fetched", reason=reason, what_was_done="tried again")
        self._stopping.wait(min(self._backoff.wait(), 5.0))
