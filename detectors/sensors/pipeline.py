"""All sensors of a town: readings go in, events that are safely written down come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

import structlog

from configs.catalogue import Source
from configs.sensors import Sensor
from detectors.config_version import config_version
from detectors.event import Event, EventData
from detectors.event_id import EventIds
from detectors.recorder import Recorder
from detectors.sensors.memory import MemoryStoreError, SensorMemory
from detectors.sensors.watch import Found, WatchedSensor
from ingest.sensors.complaints import Complaints
from ingest.sensors.health import AWAY, SensorHealth, SensorState
from ingest.sensors.ordering import Order
from ingest.sensors.reading import Reading, RefusedReadingError

log = structlog.get_logger(__name__)


def _forget(_memories: Sequence[SensorMemory]) -> None:
    pass


@dataclass(frozen=True, slots=True)
class SensorReport:
    """How a sensor is, and the newest that it said."""

    health: SensorHealth
    newest: Reading | None


@dataclass(frozen=True, slots=True)
class SensorStats:
    """Since the start, over all sensors; `events_unwritten` now."""

    readings: int
    by_order: dict[Order, int]
    by_refusal: dict[str, int]
    unknown: int
    """Readings of sensors that the town file does not name."""
    events: int
    events_unwritten: int
    events_lost: int


class SensorPipeline:
    """A SensorSink for all sensors. Any thread may call any method."""

    def __init__(
        self,
        shard: str,
        sensors: Sequence[Sensor],
        *,
        record: Callable[[Event], None],
        epoch: Callable[[], int],
        clock: Callable[[], float],
        catalogue_version: str = "",
        remembered: Mapping[str, SensorMemory] | None = None,
        remember: Callable[[Sequence[SensorMemory]], None] = _forget,
    ) -> None:
        """`record` must have the event on disk when it returns (Outbox.append), `remember` what
        it is given (MemoryStore.save); `remembered` is what the process before this one knew."""
        self._shard = shard
        self._recorder = Recorder(record)
        self._epoch = epoch
        self._clock = clock
        self._catalogue_version = catalogue_version
        self._ids = EventIds(clock)
        self._lock = Lock()
        now = clock()
        known = remembered or {}
        self._remember = remember
        self._forgetful = False
        self._refusals = Complaints()
        self._sensors = {s.id: WatchedSensor(s, now, known.get(s.id)) for s in sensors}
        self._said = {sensor.id: SensorState.WAITING for sensor in sensors}
        self._unknown = 0

    def arrived(self, reading: Reading, *, live: bool = True) -> None:
        with self._lock:
            watched = self._sensors.get(reading.sensor_id)
            if watched is None or not watched.sensor.enabled:
                self._unknown += 1
                return
            self._tell(watched, watched.arrived(reading, self._clock(), live=live))
            if self._refusals.ends(reading.sensor_id):
                log.info("reading.accepted_again", sensor=reading.sensor_id)

    def refused(self, sensor_id: str, error: RefusedReadingError) -> None:
        with self._lock:
            watched = self._sensors.get(sensor_id)
            if watched is None:
                self._unknown += 1
                return
            watched.refused(error)
            if self._refusals.begins(sensor_id, self._clock()):
                log.warning(
                    "reading.refused",
                    sensor=sensor_id,
                    reason=str(error),
                    what_was_done="it is not used, nor are others like it",
                )

    def available(self, sensor_id: str, *, there: bool) -> None:
        with self._lock:
            if sensor_id in self._sensors:
                self._sensors[sensor_id].available(there, self._clock())

    def linked(self, sensor_ids: Collection[str], trouble: str) -> None:
        with self._lock:
            for sensor_id in sensor_ids:
                if sensor_id in self._sensors:
                    self._sensors[sensor_id].link(trouble)

    def tick(self) -> None:
        """Let time pass, about once a second: dwells, silences, events that wait for the disk."""
        self._recorder.retry()
        with self._lock:
            now = self._clock()
            for watched in self._sensors.values():
                self._tell(watched, watched.tick(now))
                self._log_change(watched.health)
        self.settled()

    def settled(self) -> bool:
        """Write down what changed; whether all events and all memory are on disk now."""
        with self._lock:
            # Events first: a memory of an episode that nobody was told of would hide it for ever.
            if self._recorder.unwritten:
                return False
            changed = [one for one in self._sensors.values() if one.changed]
            if not changed:
                return True
            now = self._clock()
            try:
                self._remember([one.memory(now) for one in changed])
            except MemoryStoreError as error:
                if not self._forgetful:
                    log.critical(
                        "sensors.not_remembered",
                        error=str(error),
                        what_was_done="nothing is acknowledged; what comes is kept in memory",
                        what_to_do="free the disk on which data_dir lies",
                    )
                self._forgetful = True
                return False
            for one in changed:
                one.changed = False
            if self._forgetful:
                log.warning("sensors.remembered_again")
            self._forgetful = False
            return True

    def reports(self) -> tuple[SensorReport, ...]:
        """How every sensor is."""
        with self._lock:
            return tuple(SensorReport(w.health, w.newest) for w in self._sensors.values())

    def stats(self) -> SensorStats:
        with self._lock:
            orders: Counter[Order] = Counter()
            refusals: Counter[str] = Counter()
            for watched in self._sensors.values():
                orders.update(watched.orders)
                refusals.update(watched.refusals)
            return SensorStats(
                readings=orders.total() + refusals.total() + self._unknown,
                by_order=dict(orders),
                by_refusal=dict(refusals),
                unknown=self._unknown,
                events=self._recorder.written,
                events_unwritten=self._recorder.unwritten,
                events_lost=self._recorder.lost,
            )

    def _tell(self, watched: WatchedSensor, found: Sequence[Found]) -> None:
        for one in found:
            self._recorder.record(self._event(watched.sensor, one))

    def _log_change(self, health: SensorHealth) -> None:
        before = self._said[health.sensor_id]
        if health.state is before:
            return
        self._said[health.sensor_id] = health.state
        if health.state in AWAY:
            log.warning(
                "sensor.away", sensor=health.sensor_id, state=health.state, reason=health.reason
            )
        elif before in AWAY:
            log.info("sensor.back", sensor=health.sensor_id)

    def _event(self, sensor: Sensor, found: Found) -> Event:
        finding = found.finding
        return Event(
            id=self._ids.next(),
            source=f"/shards/{self._shard}/sensors/{sensor.id}",
            time=datetime.fromtimestamp(found.at, UTC),
            subject=f"{sensor.id}/-",
            shard=self._shard,
            epoch=self._epoch(),
            data=EventData(
                event_type=finding.event,
                phase=finding.phase,
                episode_id=finding.episode_id,
                source=Source.SENSOR,
                sensor_id=sensor.id,
                position=sensor.position,
                started_at=datetime.fromtimestamp(finding.started_at, UTC),
                confidence=finding.confidence,
                method=finding.method,
                note=finding.note,
                measured=finding.measured,
                config_version=config_version(sensor, self._catalogue_version),
            ),
        )
