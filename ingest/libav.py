"""A camera behind FFmpeg's RTSP client: a thread each, for cameras that ours cannot talk to.

FFmpeg's demuxer wakes once a packet, which costs ten times what our own client does; a process
bears about 150 such threads (measured). Hence only on request: `transport: libav`.
"""

from __future__ import annotations

import errno
import queue
import ssl
import threading
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

import av

from ingest.demux import Demuxed, DemuxThread, Ended, coded_pictures
from ingest.failure import SourceError, offline
from ingest.rtp.clock import StreamClock
from ingest.rtsp.auth import Credentials
from ingest.source import Drop, SourceCounters, Stream, WireUnit

CONNECT_TIMEOUT = 15.0
"""Seconds up to the first packet: FFmpeg's own 10 for the socket and some for its probing."""

MAX_THREADS = 150
"""In a process, threads included that have still to notice that they are not wanted: with more of
them the interpreter's lock leaves nobody enough (measured)."""

_THREAD = "ingest-libav"
_OPTIONS = {
    "rtsp_transport": "tcp+udp",
    "rtsp_flags": "prefer_tcp",
    "timeout": "10000000",
    "analyzeduration": "0",
    "fpsprobesize": "0",
}
"""`timeout` is in microseconds and FFmpeg's own; PyAV's takes the GIL at every poll and halves
the throughput of a process. Without probing a connection takes 0.2 s instead of 5."""

_DISTRUST = "FFmpeg could not go on; is the camera's certificate trusted? Name it in SSL_CERT_FILE"
"""FFmpeg calls a certificate that it refuses an input/output error, like a broken handshake."""


class LibavSource:
    """One connection of FFmpeg's."""

    lossless = False
    trouble = ""

    def __init__(
        self, url: str, *, credentials: Credentials | None, counters: SourceCounters, now: float
    ) -> None:
        """Start to connect.

        Raises:
            SourceError: OFFLINE where the process has as many such cameras as it can bear.
        """
        if sum(thread.name == _THREAD for thread in threading.enumerate()) >= MAX_THREADS:
            raise offline(
                f"{MAX_THREADS} cameras of this process use transport: libav; "
                "use tcp or udp, or more shards"
            )
        self.stream: Stream | None = None
        self._counters = counters
        counters.connections += 1
        self._clock = StreamClock()
        self._deadline = now + CONNECT_TIMEOUT
        self._address = _with_credentials(url, credentials)
        self._thread = DemuxThread(self._run, name=_THREAD, lossless=False)
        self._dropped = 0
        self._ended: SourceError | None = None

    @property
    def settled(self) -> bool:
        return True

    @property
    def patient(self) -> bool:
        return False

    def read(self, now: float) -> Sequence[WireUnit]:
        if self._ended is not None:
            raise self._ended
        units: list[WireUnit] = []
        while True:
            try:
                item = self._thread.inbox.get_nowait()
            except queue.Empty:
                break
            if isinstance(item, Ended):
                self._ended = item.why
                break
            if isinstance(item, Stream):
                self.stream = item
            else:
                units.append(self._unit(item, now))
        self._count_dropped()
        if self._ended is not None and not units:
            raise self._ended
        if self.stream is None and now >= self._deadline:
            raise offline(f"FFmpeg found no stream within {CONNECT_TIMEOUT:.0f} s")
        return units

    def close(self) -> None:
        self._thread.close()

    def _run(self) -> Iterator[Stream | Demuxed]:
        try:
            container = av.open(self._address, "r", options=_OPTIONS | _trust(self._address))
        except av.FFmpegError as error:
            if error.errno == errno.EIO and _is_tls(self._address):
                raise offline(_DISTRUST) from None
            raise
        with container:
            yield from coded_pictures(container)

    def _unit(self, picture: Demuxed, now: float) -> WireUnit:
        self._counters.received_bytes += len(picture.data)
        self._counters.units += 1
        extended = self._clock.extend(picture.timestamp & 0xFFFFFFFF)
        captured_at = self._clock.captured_at(extended, now)
        return WireUnit(picture.data, picture.keyframe, extended, captured_at)

    def _count_dropped(self) -> None:
        """What the thread had to leave out since the last call."""
        dropped = self._thread.dropped
        if dropped > self._dropped:
            self._counters.units += dropped - self._dropped
            self._counters.drops[Drop.INBOX_FULL] += dropped - self._dropped
            self._dropped = dropped


def _trust(url: str) -> dict[str, str]:
    """Without these FFmpeg sends a password to whoever answers: it looks at no certificate."""
    if not _is_tls(url):
        return {}
    known = ssl.get_default_verify_paths().cafile
    return {"tls_verify": "1"} | ({"ca_file": known} if known else {})


def _is_tls(url: str) -> bool:
    return urlsplit(url).scheme.lower() == "rtsps"


def _with_credentials(url: str, credentials: Credentials | None) -> str:
    """The address as FFmpeg wants it, the login within; it goes nowhere but to `av.open`."""
    if credentials is None:
        return url
    parts = urlsplit(url)
    login = f"{quote(credentials.username, safe='')}:{quote(credentials.password, safe='')}"
    return parts._replace(netloc=f"{login}@{parts.netloc}").geturl()
