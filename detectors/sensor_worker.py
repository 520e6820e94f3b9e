"""The sensors' process: readings in, events out, until it is told to stop.

Started with `python -m detectors.sensor_worker`, its configuration on standard input
(`SensorWorkerConfig`). A process of its own, so that a broker's trouble harms no camera. It ends as
a shard does: on SIGTERM, when its standard input ends, or when a younger start has taken over.
"""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import structlog
from pydantic import ValidationError

from configs.logs import configure_logs
from configs.sensors import PushSource
from configs.settings import kept_secret
from detectors import bus
from detectors.bus import Heartbeat
from detectors.delivery import Delivery
from detectors.event import Event
from detectors.heartbeat import Heart
from detectors.http_bus import HttpBus
from detectors.lifecycle import (
    EXIT_BAD_CONFIG,
    EXIT_BROKEN,
    EXIT_FENCED,
    LONGEST_REASON,
    TIDY,
    allow_many_files,
    faults_of,
    lines_of,
    sign_of_life,
)
from detectors.metrics import FindingTotals, SensorTotals, ShardMetrics
from detectors.outbox import Outbox, OutboxError
from detectors.process import process_use
from detectors.sensor_worker_config import SensorWorkerConfig
from detectors.sensors.memory import MemoryStore, MemoryStoreError
from detectors.sensors.pipeline import SensorPipeline, SensorReport
from detectors.sensors.pushed import Fetcher
from ingest.sensors.mqtt import MqttSubscriber, by_broker

log = structlog.get_logger(__name__)

TICK = 0.5
"""Seconds between two steps of the rules: what a dwell may be late."""


class SensorWorker:
    """Everything that runs in the sensors' process, put together."""

    def __init__(
        self,
        config: SensorWorkerConfig,
        bus: HttpBus,
        *,
        clock: Callable[[], float],
        on_fenced: Callable[[str], None],
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_fenced` is called with the reason when this process must end; `alive` again and
        again while it does not hang."""
        self._bus = bus
        self._started_at = clock()
        self.outbox = Outbox(config.data_dir / "outbox.db", clock=clock)
        self._memory = MemoryStore(config.data_dir / "memory.db", now=self._started_at)
        self.delivery = Delivery(self.outbox, bus, clock=clock, on_fenced=on_fenced)
        self.heart = Heart(
            self._beat, epoch=lambda: self.delivery.epoch, on_fenced=on_fenced, alive=alive
        )
        self.pipeline = SensorPipeline(
            config.shard,
            config.sensors,
            record=self._record,
            epoch=lambda: self.delivery.epoch or 0,
            clock=clock,
            catalogue_version=config.catalogue_version,
            remembered=self._memory.load([sensor.id for sensor in config.sensors]),
            remember=self._memory.save,
        )
        identity = kept_secret(config.data_dir / "mqtt-client")
        self._brokers = [
            MqttSubscriber(broker, sensors, self.pipeline, identity=identity, clock=clock)
            for broker, sensors in by_broker(config.sensors).items()
        ]
        self._fetcher = Fetcher(
            bus,
            self.pipeline,
            epoch=lambda: self.delivery.epoch,
            on_fenced=on_fenced,
            clock=clock,
        )
        self._fetches = any(isinstance(s.source, PushSource) for s in config.sensors)

    def start(self) -> None:
        self.delivery.start()
        for broker in self._brokers:
            broker.start()
        if self._fetches:
            self._fetcher.start()

    def stop(self) -> None:
        """Let go of the brokers, and deliver what is quick."""
        for broker in self._brokers:
            broker.stop()
        if self._fetches:
            self._fetcher.stop()
        self.pipeline.settled()
        self.delivery.stop()
        self._memory.close()
        self.outbox.close()

    def tidy(self) -> None:
        """What is to be done every minute: forget what is old."""
        try:
            self.outbox.prune()
        except OutboxError as error:
            log.error("outbox.prune_failed", error=str(error))

    def _record(self, event: Event) -> None:
        self.outbox.append(event)
        self.delivery.ring()

    def _beat(self, epoch: int) -> None:
        self._bus.beat(self._heartbeat(epoch))

    def _heartbeat(self, epoch: int) -> Heartbeat:
        return Heartbeat(
            epoch=epoch,
            cameras=(),
            sensors=tuple(_report(report) for report in self.pipeline.reports()),
            metrics=self._metrics(),
        )

    def _metrics(self) -> ShardMetrics:
        seen, kept, told = self.pipeline.stats(), self.outbox.counts(), self.delivery.stats()
        return ShardMetrics(
            process=process_use(self._started_at),
            findings=FindingTotals(
                events=seen.events,
                events_unwritten=seen.events_unwritten,
                events_lost=seen.events_lost,
                outbox_pending=kept.pending,
                outbox_dead=kept.dead,
                outbox_bytes=kept.bytes,
                delivered=told.delivered,
                delivery_retries=told.retries,
            ),
            sensors=SensorTotals(
                readings=seen.readings,
                unknown=seen.unknown,
                by_order=seen.by_order,
                refused=seen.by_refusal,
            ),
        )


def _report(report: SensorReport) -> bus.SensorReport:
    health, newest = report.health, report.newest
    return bus.SensorReport(
        id=health.sensor_id,
        state=health.state,
        since=datetime.fromtimestamp(health.since, UTC),
        reason=health.reason[:LONGEST_REASON],
        value=newest.value if newest is not None else None,
        at=datetime.fromtimestamp(newest.at, UTC) if newest is not None else None,
    )


def run(config: SensorWorkerConfig, ends: queue.SimpleQueue[int]) -> int:
    """Run until `ends` gives an exit status; that status."""
    http = HttpBus(config.command_center, config.shard, config.token)
    try:
        worker = SensorWorker(
            config,
            http,
            clock=time.time,
            on_fenced=lambda _why: ends.put(EXIT_FENCED),
            alive=sign_of_life(),
        )
    except (OutboxError, MemoryStoreError) as error:
        log.error("worker.not_started", error=str(error))
        http.close()
        return EXIT_BROKEN
    worker.heart.start()
    worker.start()
    log.info("worker.started", sensors=len(config.sensors))
    status = _tick_until(worker, ends)
    log.info("worker.stopping", status=status)
    worker.heart.stop()
    worker.stop()
    http.close()
    return status


def _tick_until(worker: SensorWorker, ends: queue.SimpleQueue[int]) -> int:
    tidy_at = time.monotonic() + TIDY
    while True:
        try:
            return ends.get(timeout=TICK)
        except queue.Empty:
            worker.pipeline.tick()
        if time.monotonic() >= tidy_at:
            worker.tidy()
            tidy_at = time.monotonic() + TIDY


def main() -> int:
    """The process. Returns its exit status: 2 for a bad configuration, 75 when fenced off, 70
    when what it must keep cannot be kept."""
    ends: queue.SimpleQueue[int] = queue.SimpleQueue()
    told = lines_of(sys.stdin.fileno())

    def stop(_signal: int, _frame: FrameType | None) -> None:
        ends.put(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    first = next(told, None)
    if first is None:  # whoever started us died before it told us anything
        return 0
    try:
        config = SensorWorkerConfig.model_validate_json(first)
    except ValidationError as error:
        sys.stderr.write(f"the sensors' configuration is wrong: {faults_of(error)}\n")
        return EXIT_BAD_CONFIG
    configure_logs(config, shard=config.shard)
    allow_many_files()

    def until_the_starter_dies() -> None:
        for _ in told:
            log.error("worker.command_not_understood")
        ends.put(0)

    threading.Thread(target=until_the_starter_dies, name="commands", daemon=True).start()
    return run(config, ends)


if __name__ == "__main__":
    sys.exit(main())
