"""Many cameras in one process: one thread reads them all, a few decode what is worth it."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

import cv2
import structlog

from configs.town import Camera
from ingest.clip import Clip, unpack_clip
from ingest.feed import Feed
from ingest.health import CameraState, Health
from ingest.histogram import STAGE_SECONDS, Histogram, merged
from ingest.open import Opener, PasswordOf, password_from_environment
from ingest.pace import Pace
from ingest.reconnect import ReconnectPolicy
from ingest.ring import GopRing
from ingest.scan import ScanJob, ScanQueue
from ingest.scanner import Scanner
from ingest.sink import FrameSink
from ingest.source import Drop
from ingest.stats import ShardStats, StageSeconds, camera_stats

TICK = 0.2
"""Seconds between bulk reads. A camera of 512 kb/s has then sent 13 kB, an eighth of the smallest
receive buffer that a kernel begins with: one system call a read."""
CONNECTING_TICK = 0.02
"""Seconds between reads of a camera that is still being asked for its stream."""
LOAD_WINDOW = 5.0
"""Seconds over which the decode threads' load is measured."""

log = structlog.get_logger("ingest")


class Shard:
    """Cameras that are read, kept for some seconds, decoded now and then, and shown to a sink.

    `ring_bytes` bounds the coded video of all cameras together. Every public method may be called
    from any thread.
    """

    def __init__(
        self,
        sink: FrameSink,
        *,
        ring_bytes: int = 256 << 20,
        decode_threads: int = 1,
        clock: Callable[[], float] = time.time,
        password_of: PasswordOf = password_from_environment,
        on_broken: Callable[[str], None] = lambda _why: None,
    ) -> None:
        """`on_broken` is called once, with the reason, when no camera can be read any more: the
        process should end then."""
        self._sink = sink
        self._on_broken = on_broken
        self._clock = clock
        self._ring = GopRing(ring_bytes)
        self._opener = Opener(password_of)
        self._queue: ScanQueue[tuple[Feed, ScanJob]] = ScanQueue(_count_superseded)
        self._scanners = [Scanner(self._ring, sink, clock) for _ in range(decode_threads)]
        self._feeds: dict[str, Feed] = {}
        self._removed: deque[Feed] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._read_seconds = 0.0
        self._read_histogram = Histogram(STAGE_SECONDS)
        self._books = threading.Lock()
        self._odd = False
        self._pace = Pace()
        self._chosen = 0
        self._arrived = 0
        """Cameras that came online at first try and were not spoken of yet: 700 lines at every
        start hid those that failed."""
        self._load_at = float("-inf")
        self._load_cpu = 0.0
        self._threads = [threading.Thread(target=self._read, name="ingest-read", daemon=True)]
        self._threads += [
            threading.Thread(target=self._decode, args=(s,), name="ingest-decode", daemon=True)
            for s in self._scanners
        ]

    def start(self) -> None:
        """Begin to read."""
        # A decode thread is one thread: OpenCV's own pool only wakes others for small pictures.
        cv2.setNumThreads(1)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Hang up on every camera and wait until nothing is given to the sink any more.

        `clip` still cuts from what was read up to then.
        """
        self._stopping = True
        self._wake.set()
        self._queue.close()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._opener.close()

    def add(self, camera: Camera) -> None:
        """Watch another camera. It appears in `health` at once.

        Raises:
            ValueError: a camera of this id is watched already.
        """
        if camera.id in self._feeds:
            raise ValueError(f"camera {camera.id} is watched already; use replace")
        self._feeds[camera.id] = self._new_feed(camera)
        self._wake.set()

    def replace(self, camera: Camera) -> None:
        """Take a camera's new configuration; it is reconnected only if its source changed."""
        feed = self._feeds.get(camera.id)
        if feed is not None and self.reads(camera):
            feed.reconfigure(camera)
            return
        self.remove(camera.id)
        self.add(camera)

    def reads(self, camera: Camera) -> bool:
        """Whether a camera of this id is read, from this source."""
        feed = self._feeds.get(camera.id)
        return feed is not None and _source_of(feed.camera) == _source_of(camera)

    def remove(self, camera_id: str) -> None:
        """Hang up on a camera and forget it; an unknown id is no error.

        The sink is told nothing of it any more when this returns.
        """
        feed = self._feeds.pop(camera_id, None)
        if feed is not None:
            feed.let_go()
            self._queue.forget(camera_id)
            self._removed.append(feed)
            self._wake.set()

    def clip(self, camera_id: str, start: float, end: float) -> Clip | None:
        """A copy of what the ring holds from the last keyframe at or before `start` to `end`.

        None where it holds nothing of that time. Times are Unix seconds.
        """
        feed = self._feeds.get(camera_id)
        found = self._ring.clip(feed.ring, start, end) if feed is not None else None
        if feed is None or found is None:
            return None
        stream, units = found
        return unpack_clip(stream, feed.info_of(stream), units)

    def request_burst(self, camera_id: str) -> None:
        """With the next scan of this camera, give its newest whole GOP to `burst_decoded`."""
        feed = self._feeds.get(camera_id)
        if feed is not None:
            feed.burst_wanted = True

    def health(self, camera_id: str) -> Health:
        """A camera's state.

        Raises:
            KeyError: no camera has this id.
        """
        return self._feeds[camera_id].health

    def stats(self) -> ShardStats:
        """What was done so far; the ledgers of every camera are even."""
        with self._books:
            cameras = {
                camera_id: camera_stats(feed.counters, feed.keyframes_decoded)
                for camera_id, feed in list(self._feeds.items())
            }
        stages = {"read": self._read_histogram.snapshot()}
        for stage in ("decode", "gate", "sink"):
            stages[stage] = merged(scanner.stages[stage] for scanner in self._scanners)
        return ShardStats(
            cameras,
            self._cpu(),
            self._ring.size,
            self._ring.limit,
            stages,
            merged(scanner.interval for scanner in self._scanners),
            merged(scanner.lag for scanner in self._scanners),
            len(self._queue),
        )

    def _cpu(self) -> StageSeconds:
        stages = [scanner.cpu for scanner in self._scanners]
        return StageSeconds(
            self._read_seconds,
            sum(stage.decode for stage in stages),
            sum(stage.gate for stage in stages),
            sum(stage.sink for stage in stages),
        )

    def _new_feed(self, camera: Camera) -> Feed:
        return Feed(
            camera,
            open_source=self._opener.open,
            policy=ReconnectPolicy(random.random),
            health_changed=self._health_changed,
            now=self._clock(),
        )

    def _read(self) -> None:
        """The reader thread. When it stops, the ring stays: clips may still be cut from it."""
        try:
            self._read_until_stopped()
        except Exception as error:
            log.critical("reader_died", what_was_done="no camera is read any more", exc_info=error)
            self._on_broken(f"the reader thread died: {type(error).__name__}")
        finally:
            self._hang_up()
            for feed in list(self._feeds.values()):
                feed.close()

    def _read_until_stopped(self) -> None:
        """Every camera each tick or every other, those in a hurry more often."""
        all_due = self._clock()
        while not self._stopping:
            self._hang_up()
            started, now = time.thread_time(), self._clock()
            everything = now >= all_due or all_due - now > 2 * TICK
            if everything:
                all_due = now + TICK
                self._measure_load(now)
                self._say_arrived()
            pause = self._read_once(now, everything=everything)
            used = time.thread_time() - started
            self._read_seconds += used
            self._read_histogram.add(used)
            self._wake.wait(min(max(all_due - self._clock(), 0.0), pause))
            self._wake.clear()

    def _read_once(self, now: float, *, everything: bool) -> float:
        """Read what is due; the seconds after which somebody is due again."""
        pause = TICK
        self._odd ^= everything
        for index, feed in enumerate(list(self._feeds.values())):
            source = feed.source
            hurried = source is not None and not source.settled
            if hurried or everything:
                # Half of those that can wait are read at each tick.
                if source is not None and index & 1 == self._odd and not hurried and source.patient:
                    continue
                self._poll_or_fail(feed, now)
                if feed.hurried:
                    pause = CONNECTING_TICK
        return pause

    def _hang_up(self) -> None:
        while self._removed:
            feed = self._removed.popleft()
            feed.close()
            self._ring.forget(feed.ring)

    def _poll_or_fail(self, feed: Feed, now: float) -> None:
        try:
            with self._books:
                self._poll(feed, now)
        except Exception as error:  # noqa: BLE001 - one camera's fault must not end the thread
            feed.broke(error, now)

    def _poll(self, feed: Feed, now: float) -> None:
        source = feed.source
        if source is not None and source.lossless and self._queue.holds(feed.camera.id):
            return
        units = feed.poll(now)
        source = feed.source
        if not units or source is None or source.stream is None:
            return
        self._ring.append(feed.ring, source.stream, units)
        unit = feed.plan.choose(units, eager=self._pace.eager)
        if unit is not None:
            self._chosen += 1
            self._queue.put(feed.camera.id, (feed, ScanJob(source.stream, unit)))

    def _measure_load(self, now: float) -> None:
        if now < self._load_at + LOAD_WINDOW:
            return
        cpu = self._cpu()
        used = cpu.decode + cpu.gate + cpu.sink
        self._pace.judge(
            now,
            load=(used - self._load_cpu) / (now - self._load_at) / len(self._scanners),
            chosen=self._chosen,
            offered=sum(feed.plan.take_offered() for feed in list(self._feeds.values())),
            lag=max(scanner.take_worst_lag() for scanner in self._scanners),
        )
        self._load_at, self._load_cpu, self._chosen = now, used, 0

    def _decode(self, scanner: Scanner) -> None:
        """A decode thread."""
        while (taken := self._queue.take()) is not None:
            camera_id, (feed, job) = taken
            try:
                scanner.scan(feed, job)
            except Exception as error:  # noqa: BLE001 - one camera's picture must not end the thread
                scanner.failed(feed, error)
            finally:
                self._queue.done(camera_id)

    def _say_arrived(self) -> None:
        """One line for all that came online at first try, when none is being tried any more."""
        feeds = list(self._feeds.values())
        connecting = (feed for feed in feeds if feed.health.state is CameraState.CONNECTING)
        if self._arrived and not any(connecting):
            log.info("cameras_online", cameras=self._arrived, of=len(feeds))
            self._arrived = 0

    def _health_changed(self, health: Health, before: Health) -> None:
        if health.state is before.state:
            pass  # another reason for the same is for the health page, not for the log
        elif health.state is CameraState.ONLINE:
            if before.state is CameraState.CONNECTING:
                self._arrived += 1
            else:
                log.info("camera_online", camera=health.camera_id)
        elif health.state is not CameraState.CONNECTING:
            log.warning(
                "camera_failed", camera=health.camera_id, state=health.state, reason=health.reason
            )
        try:
            self._sink.health_changed(health)
        except Exception as error:
            log.exception("sink_failed", camera=health.camera_id, exc_info=error)


def _source_of(camera: Camera) -> tuple[object, ...]:
    """What of a camera's configuration its connection depends on."""
    return (camera.url, camera.transport, camera.username, camera.password_env, camera.enabled)


def _count_superseded(job: tuple[Feed, ScanJob]) -> None:
    job[0].counters.drops[Drop.SUPERSEDED] += 1
