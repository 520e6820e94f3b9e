"""A shard's process: cameras in, events out, until it is told to stop.

Started with `python -m detectors.worker`, its configuration on standard input (`WorkerConfig`).
It ends on SIGTERM, when its standard input ends (whoever started it has died, in whichever way),
when a younger start of the same shard has taken over, or when it cannot read cameras any more.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum, auto
from types import FrameType

import structlog
from pydantic import ValidationError

from configs.logs import configure_logs
from configs.town import Camera
from detectors.bus import Bus, CameraReport, Heartbeat
from detectors.camera_health import TICK
from detectors.delivery import Delivery
from detectors.event import Event
from detectors.evidence import EvidenceMaker
from detectors.heap import give_memory_back
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
from detectors.meter import CAMERAS_EVERY, SumOfCameras, shard_metrics
from detectors.metrics import ShardMetrics
from detectors.nearby import NearbyClips
from detectors.outbox import Outbox, OutboxError
from detectors.pipeline import Pipeline
from detectors.rack import ModelRack
from detectors.stills import Stills
from detectors.watched import Sight
from detectors.worker_config import COMMANDS, PutCamera, PutTown, RemoveCamera, Told, WorkerConfig
from ingest.health import Health
from ingest.shard import Shard
from models.store import ModelStore

log = structlog.get_logger(__name__)


class Worker:
    """Everything that runs in a shard's process, put together."""

    def __init__(
        self,
        config: WorkerConfig,
        bus: Bus,
        *,
        clock: Callable[[], float],
        on_fenced: Callable[[str], None],
        on_broken: Callable[[str], None],
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_fenced`, `on_broken`: called with the reason when this process must end. `alive`:
        called again and again while it does not hang."""
        self._config = config
        self._bus = bus
        self._clock = clock
        self._beats = 0
        self._news = threading.Event()
        self._started_at = self._changed_at = clock()
        self._sum = SumOfCameras()
        self.outbox = Outbox(config.data_dir / "outbox.db", clock=clock)
        self.delivery = Delivery(self.outbox, bus, clock=clock, on_fenced=on_fenced)
        self.heart = Heart(
            self._beat,
            epoch=lambda: self.delivery.epoch,
            on_fenced=on_fenced,
            has_news=self.has_news,
            alive=alive,
        )
        self._rack = ModelRack(ModelStore(config.models_dir), hardware=config.hardware)
        self._evidence = EvidenceMaker(
            self.outbox.append_evidence, clock=clock, people_in=self._rack.people_in
        )
        self._nearby = NearbyClips(self._evidence)
        self._stills = Stills(bus, epoch=lambda: self.delivery.epoch or 0, clock=clock)
        self.pipeline = Pipeline(
            config.shard,
            record=self._record,
            evidence=self._evidence,
            models=self._rack.models,
            epoch=lambda: self.delivery.epoch or 0,
            clock=clock,
            town=config.town,
            seen=self._seen,
            state_changed=self._news.set,
            with_shadows=True,
        )
        self.shard = Shard(
            self.pipeline,
            ring_bytes=config.ring_bytes,
            decode_threads=config.decode_threads,
            clock=clock,
            on_broken=on_broken,
        )
        self.pipeline.attach(self.shard)

    def start(self) -> None:
        self.delivery.start()
        self._evidence.start()
        self._stills.start()
        for camera in self._config.cameras:
            self.put(camera)
        self.shard.start()

    def stop(self) -> None:
        """Let go of the cameras, finish the evidence in hand, and deliver what is quick."""
        self.shard.stop()
        self._stills.stop()
        self._evidence.stop()
        self._rack.stop()
        self.delivery.stop()
        self.outbox.close()

    def put(self, camera: Camera) -> None:
        """Watch a camera, new or changed; no other is disturbed, whatever is wrong with it."""
        try:
            self._rack.load(camera.models, beside=camera.models_in_shadow)
            if not self.shard.reads(camera):
                # What its old source showed last must not be the new one's first background.
                self.shard.remove(camera.id)
            self.pipeline.replace(camera)
            self._nearby.put(camera)
            self.shard.replace(camera)
        except Exception as error:
            log.error("camera.not_watched", camera=camera.id, exc_info=error)
        else:
            self._changed_at = self._clock()

    def remove(self, camera_id: str) -> None:
        self.shard.remove(camera_id)
        self._nearby.remove(camera_id)
        self.pipeline.remove(camera_id)
        self._changed_at = self._clock()

    def has_news(self) -> bool:
        """Whether a camera's state has changed since this was asked last."""
        if not self._news.is_set():
            return False
        self._news.clear()
        return True

    def tidy(self) -> None:
        """What is to be done every minute: forget what is old, load models that have come."""
        self._rack.look_again()
        try:
            self.outbox.prune()
        except OutboxError as error:
            log.error("outbox.prune_failed", error=str(error))

    def _seen(self, camera: Camera, sight: Sight) -> None:
        self._stills.offer(camera, sight)
        self._nearby.offer(camera, sight)

    def _record(self, event: Event) -> None:
        self.outbox.append(event)
        self.delivery.ring()

    def _beat(self, epoch: int) -> None:
        answer = self._bus.beat(self._heartbeat(epoch))
        self._stills.want(answer.stills_wanted)
        self._nearby.want(answer.clips_wanted)

    def _heartbeat(self, epoch: int) -> Heartbeat:
        broken = {
            rule.camera_id: f"rule {rule.rule} in zone {rule.zone_id} fails: {rule.error}"
            for rule in self.pipeline.broken_rules()
        }
        return Heartbeat(
            epoch=epoch,
            cameras=tuple(
                _report(health, broken.get(health.camera_id, ""))
                for health in self.pipeline.health()
            ),
            clips_missing=self._nearby.missing(),
            missing_models=self._rack.missing,
            metrics=self._metrics(),
        )

    def _metrics(self) -> ShardMetrics:
        ingest = self.shard.stats()
        tells_of_cameras = self._beats % CAMERAS_EVERY == 0
        self._beats += 1
        return shard_metrics(
            started_at=self._started_at,
            changed_at=self._changed_at,
            ingest=ingest,
            sum_of_cameras=self._sum.add_up(ingest.cameras),
            seen=self.pipeline.stats(),
            kept=self.outbox.counts(),
            told=self.delivery.stats(),
            detectors=self._rack.stats(),
            scanned_at=self.pipeline.scanned_at() if tells_of_cameras else None,
        )


def _report(health: Health, broken: str) -> CameraReport:
    reason = "; ".join(part for part in (health.reason, broken) if part)
    return CameraReport(
        id=health.camera_id,
        state=health.state,
        since=datetime.fromtimestamp(health.since, UTC),
        reason=reason[:LONGEST_REASON],
    )


class _End(Enum):
    """Why a worker ends."""

    ASKED = auto()
    FENCED = auto()
    BROKEN = auto()


_STATUS = {_End.ASKED: 0, _End.FENCED: EXIT_FENCED, _End.BROKEN: EXIT_BROKEN}

_Heard = Told | _End


def run(config: WorkerConfig, told: queue.SimpleQueue[_Heard]) -> int:
    """Run a worker until `told` says to end; the exit status."""
    bus = HttpBus(config.command_center, config.shard, config.token)
    try:
        worker = Worker(
            config,
            bus,
            clock=time.time,
            on_fenced=lambda _why: told.put(_End.FENCED),
            on_broken=lambda _why: told.put(_End.BROKEN),
            alive=sign_of_life(),
        )
    except OutboxError as error:
        log.error("worker.not_started", error=str(error))
        bus.close()
        return EXIT_BROKEN
    worker.heart.start()
    worker.start()
    log.info("worker.started", cameras=len(config.cameras), pid=os.getpid())
    end = _obey(worker, told)
    log.info("worker.stopping", why=end.name.lower())
    worker.heart.stop()
    worker.stop()
    bus.close()
    return _STATUS[end]


def _obey(worker: Worker, told: queue.SimpleQueue[_Heard]) -> _End:
    tidy_at = time.monotonic() + TIDY
    while True:
        try:
            match told.get(timeout=TICK):
                case _End() as end:
                    return end
                case PutCamera(camera=camera):
                    worker.put(camera)
                case RemoveCamera(camera_id=camera_id):
                    worker.remove(camera_id)
                case PutTown(town=town):
                    worker.pipeline.follow(town)
        except queue.Empty:
            worker.pipeline.tick()
        if time.monotonic() >= tidy_at:
            worker.tidy()
            tidy_at = time.monotonic() + TIDY


def _listen(lines: Iterator[bytes], told: queue.SimpleQueue[_Heard]) -> None:
    """Take commands until the pipe ends; then whoever gave them is gone."""
    for line in lines:
        try:
            told.put(COMMANDS.validate_json(line))
        except ValidationError as error:
            log.error("worker.command_not_understood", error=faults_of(error))
    told.put(_End.ASKED)


def main() -> int:
    """The process. Returns its exit status: 2 for a bad configuration, 75 when fenced off, 70 when
    its cameras cannot be read any more."""
    give_memory_back()
    told: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
    lines = lines_of(sys.stdin.fileno())

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.put(_End.ASKED)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    first = next(lines, None)
    if first is None:  # whoever started us died before it told us anything
        return 0
    try:
        config = WorkerConfig.model_validate_json(first)
    except ValidationError as error:
        sys.stderr.write(f"the worker's configuration is wrong: {faults_of(error)}\n")
        return EXIT_BAD_CONFIG
    configure_logs(config, shard=config.shard)
    allow_many_files()
    threading.Thread(target=_listen, args=(lines, told), name="commands", daemon=True).start()
    return run(config, told)


if __name__ == "__main__":
    sys.exit(main())
