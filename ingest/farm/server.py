"""The farm: one thread that is many RTSP cameras."""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType

from ingest.farm.camera import FarmCamera
from ingest.farm.clip import Progress
from ingest.farm.connection import Connection
from ingest.farm.faults import Fault
from ingest.farm.feed import Feed
from ingest.farm.outage import Outage, fall_silent, hear_again, listen, reset_when_closed
from ingest.farm.sources import SourceShelf
from ingest.farm.viewer import Counters

SESSION_TIMEOUT = 60.0
"""Seconds without a sign of life after which a session is closed: RFC 2326 §12.37's default."""

_SHORTEST_SLEEP = 0.005
"""Seconds. Pictures that fall due within it are sent in one go: 200 wake-ups a second at most."""

_LONGEST_SLEEP = 0.05
"""Seconds. Bounds how late a fault begins, and how late a clock that a test moves is seen."""

_GRACE = 5.0
"""Seconds after an outage in which no session is closed for its silence."""

_CONNECTIONS = 4096
"""More at once are refused: the farm is for hundreds of cameras."""


@dataclass(frozen=True, slots=True)
class CameraStats:
    """A camera's viewers now, what it has sent and dropped so far, and how often it was begun to
    be watched: one who stays connected counts once."""

    name: str
    clients: int
    counters: Counters
    faults: tuple[str, ...]
    sessions: int = 0


class Farm:
    """Serves cameras at `rtsp://host:port/name` from `start()` to `stop()`, in its own thread.

    `start_at` is the moment of the first picture of every camera and the zero of every fault's
    `at`, Unix seconds; without it a camera begins when it is first played and faults count from
    `start()`. `cache` keeps clips that had to be encoded. `clock` is asked for the time, always.
    """

    def __init__(
        self,
        cameras: Sequence[FarmCamera],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        start_at: float | None = None,
        cache: Path | None = None,
        session_timeout: float = SESSION_TIMEOUT,
        clock: Callable[[], float] = time.time,
        progress: Progress = lambda _name, _part: None,
    ) -> None:
        names = [camera.name for camera in cameras]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"camera names must differ: {', '.join(sorted(doubled))}")
        self._cameras = tuple(cameras)
        self._address = (host, port)
        self._start_at = start_at
        self._session_timeout = session_timeout
        self._clock = clock
        self._shelf = SourceShelf(cache=cache, progress=progress, clock=clock)
        self._feeds: dict[str, Feed] = {}
        self._zero = 0.0
        self._selector = selectors.DefaultSelector()
        self._port: int | None = None
        self._listener: socket.socket | None = None
        self._outage: Outage | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._connections: set[Connection] = set()
        self._due: list[tuple[float, int, Feed]] = []
        self._scheduled: set[Feed] = set()
        self._order = itertools.count()
        self._orders: deque[Callable[[], None]] = deque()
        self._next_expiry = 0.0

    def __enter__(self) -> Farm:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Prepare every camera's pictures, then listen.

        Raises:
            ClipError: a clip cannot be played, or a source is neither a file nor a scene.
            OSError: the port is taken.
        """
        self._feeds = {
            camera.name: Feed(camera, self._shelf.source_for(camera)) for camera in self._cameras
        }
        self._listen()
        self._zero = self._start_at if self._start_at is not None else self._clock()
        if self._start_at is not None:
            for feed in self._feeds.values():
                feed.begin(self._start_at)
        self._thread = threading.Thread(target=self._run, name="farm", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and the port. Safe to call twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for feed in self._feeds.values():
            feed.source.close()

    @property
    def port(self) -> int:
        """The port that the farm listens on; known once it has started."""
        if self._port is None:
            raise RuntimeError("the farm has not been started")
        return self._port

    def url(self, name: str) -> str:
        """The camera's address, without credentials."""
        self._feed(name)
        return f"rtsp://{self._address[0]}:{self.port}/{name}"

    def fault(self, name: str, fault: Fault) -> None:
        """Let a fault begin `fault.at` seconds from now. May be called from any thread."""
        elapsed = self._clock() - self._zero
        timed = replace(fault, at=elapsed + fault.at)
        self._orders.append(partial(self._feed(name).add_fault, timed))

    def recover(self, name: str) -> None:
        """End all faults of a camera, those to come included. May be called from any thread."""
        self._orders.append(self._feed(name).clear_faults)

    def cut(self, outage: Outage) -> None:
        """Cut the network off from all cameras, until `restore`. May be called from any thread."""
        self._orders.append(partial(self._cut, outage))

    def restore(self) -> None:
        """Mend the network; no error where it is whole. May be called from any thread."""
        self._orders.append(self._restore)

    def stats(self) -> tuple[CameraStats, ...]:
        """Figures of every camera. May be called from any thread."""
        return tuple(
            CameraStats(
                name, len(feed.viewers), feed.totals(), tuple(sorted(feed.kinds)), feed.sessions
            )
            for name, feed in self._feeds.items()
        )

    def _feed(self, name: str) -> Feed:
        if name not in self._feeds:
            raise KeyError(f"the farm has no camera {name!r}")
        return self._feeds[name]

    def _listen(self) -> None:
        host, port = self._address
        listener = listen(host, self._port or port)
        self._selector.register(listener, selectors.EVENT_READ)
        self._listener, self._port = listener, int(listener.getsockname()[1])

    def _hear_no_more(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _cut(self, outage: Outage) -> None:
        self._restore()
        self._outage = outage
        if outage is Outage.SILENT and self._listener is not None:
            fall_silent(self._listener)
            return
        self._hear_no_more()
        for connection in self._connections:
            reset_when_closed(connection.sock)
            connection.hang_up()
        self._reap()

    def _restore(self) -> None:
        outage, self._outage = self._outage, None
        if outage is Outage.RESET:
            self._listen()
        elif outage is Outage.SILENT and self._listener is not None:
            hear_again(self._listener)
            # What clients said meanwhile is read before anybody is called silent.
            self._next_expiry = self._clock() + _GRACE

    def _run(self) -> None:
        while not self._stopping.is_set():
            now = self._clock()
            while self._orders:
                self._orders.popleft()()
            if self._outage is not None:
                self._stopping.wait(_LONGEST_SLEEP)
                continue
            for feed in self._feeds.values():
                feed.refresh_faults(now - self._zero)
            self._play_due(now)
            self._expire(now)
            self._reap()
            for key, events in self._selector.select(self._sleep()):
                self._serve(key.data, events)
        self._close_all()

    def _serve(self, connection: Connection | None, events: int) -> None:
        if connection is None:
            self._accept()
            return
        if events & selectors.EVENT_WRITE and connection.open:
            connection.writable()
        if events & selectors.EVENT_READ and connection.open:
            connection.readable(self._clock())

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return  # the client has gone again, or the process has no file descriptor left
        if len(self._connections) >= _CONNECTIONS:
            sock.close()
            return
        connection = Connection(
            sock,
            self._feeds,
            wants_write=self._watch_writes,
            playing=self._schedule,
            timeout=self._session_timeout,
            now=self._clock(),
        )
        self._connections.add(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _watch_writes(self, connection: Connection, wanted: bool) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
        self._selector.modify(connection.sock, events, connection)

    def _schedule(self, feed: Feed) -> None:
        if feed not in self._scheduled:
            self._scheduled.add(feed)
            heapq.heappush(self._due, (0.0, next(self._order), feed))

    def _play_due(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, order, feed = self._due[0]
            following = feed.play(now)
            if following is None:
                heapq.heappop(self._due)
                self._scheduled.discard(feed)
            else:
                heapq.heapreplace(self._due, (following, order, feed))

    def _sleep(self) -> float:
        until = self._due[0][0] - self._clock() if self._due else _LONGEST_SLEEP
        return min(_LONGEST_SLEEP, max(_SHORTEST_SLEEP, until))

    def _expire(self, now: float) -> None:
        if now < self._next_expiry:
            return
        self._next_expiry = now + 1.0
        for connection in self._connections:
            connection.expire(now)

    def _reap(self) -> None:
        """Close the connections that were hung up."""
        for connection in [one for one in self._connections if not one.open]:
            self._connections.discard(connection)
            self._selector.unregister(connection.sock)
            connection.sock.close()

    def _close_all(self) -> None:
        for connection in self._connections:
            connection.hang_up()
        self._reap()
        self._hear_no_more()
        self._selector.close()
