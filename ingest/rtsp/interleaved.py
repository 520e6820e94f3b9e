"""What comes over one RTSP connection: messages, and packets between them (RFC 2326 §10.12)."""

from __future__ import annotations

from collections.abc import Callable

from ingest.rtp.packet import FRAME_HEADER, MAGIC, RTP_HEADER
from ingest.rtp.walker import Walker
from ingest.rtsp.message import MAX_BODY, MAX_HEAD, MessageError, parse
from ingest.rtsp.sdp import VideoTrack
from ingest.rtsp.session import Session, Step
from ingest.source import Drop, SourceCounters, WireUnit

MAX_MESSAGES = 1000
"""RTSP messages in one read; a camera that keeps alive sends one in many reads."""
MAX_GARBAGE = 64 * 1024
"""Bytes that belong to no frame and no message before a connection is given up."""

_WINDOW = 2048
"""Bytes in which a message or the next frame is looked for first: copying more for each of many
small ones would keep the reader thread from its other cameras."""


class Interleaved:
    """Tells the two apart, and gives messages to the session and packets to the walker."""

    def __init__(
        self,
        session: Session,
        buffer: memoryview,
        counters: SourceCounters,
        open_track: Callable[[VideoTrack], Walker],
    ) -> None:
        """`buffer` may be shared with other connections: between two reads nothing of this one is
        in it. `open_track` is called once, when the session knows its track."""
        self.walker: Walker | None = None
        self._session = session
        self._buffer = buffer
        self._counters = counters
        self._open_track = open_track
        self._rest = b""
        self._garbage = 0
        self._lost = False
        self._messages = 0

    def room(self) -> memoryview:
        """Where to put what comes next: behind what was left of the last time."""
        end = len(self._rest)
        self._buffer[:end] = self._rest
        return self._buffer[end:]

    def take(self, got: int, now: float, units: list[WireUnit]) -> None:
        """Use the bytes that were put into `room`; pictures are added to `units`.

        Raises:
            MessageError: this is not RTSP, or mixed with too much that is not.
            RedirectError: the camera names another address.
            SourceError: the camera refuses.
        """
        end = len(self._rest) + got
        position = self._consume(end, now, units)
        self._rest = bytes(self._buffer[position:end])

    def close(self) -> None:
        """Count what was begun and will not be ended."""
        if self.walker is not None:
            self.walker.close()
            self.walker = None

    def _consume(self, end: int, now: float, units: list[WireUnit]) -> int:
        """Walk frames and messages in turn; the position of the first byte not used yet."""
        buffer, position = self._buffer, 0
        self._messages = 0
        while position < end:
            if self._lost:
                position += self._skip_garbage(position, end)
                if self._lost and end - position < 2:
                    return position
            elif buffer[position] == MAGIC:
                start, walker = position, self.walker
                if walker is None:
                    position = self._pass_by(position, end)
                else:
                    position = walker.walk(buffer, position, end, now, units)
                if position == start or (position < end and buffer[position] == MAGIC):
                    return position
            else:
                taken = self._read_message(position, end)
                if taken == 0:
                    return position
                position += taken
        return position

    def _pass_by(self, position: int, end: int) -> int:
        """Step over packets before the answer to SETUP: they belong to nobody."""
        while end - position >= FRAME_HEADER and self._buffer[position] == MAGIC:
            length = self._buffer[position + 2] << 8 | self._buffer[position + 3]
            if end - position < FRAME_HEADER + length:
                break
            position += FRAME_HEADER + length
            if length >= RTP_HEADER:
                self._counters.drop_packets(Drop.UNANNOUNCED)
        return position

    def _read_message(self, position: int, end: int) -> int:
        """Handle the RTSP message at a position; the bytes that it took, 0 while incomplete."""
        try:
            for window in (_WINDOW, MAX_HEAD + MAX_BODY):
                text = bytes(self._buffer[position : min(end, position + window)])
                blank = len(text) - len(text.lstrip(b"\r\n"))
                if blank:
                    return blank
                found = parse(text)
                if found is not None or position + window >= end:
                    break
        except MessageError:
            if self.walker is None:
                raise
            self._lost = True
            self.walker.damage(Drop.GARBAGE)
            return self._skip_garbage(position, end)
        if found is None:
            return 0
        self._messages += 1
        if self._messages > MAX_MESSAGES:
            raise MessageError(f"more than {MAX_MESSAGES} messages at once")
        message, taken = found
        self._session.handle(message)
        if self.walker is None and self._session.step is Step.PLAY and self._session.track:
            self.walker = self._open_track(self._session.track)
        return taken

    def _skip_garbage(self, position: int, end: int) -> int:
        """Between packets lies something else: the bytes up to the next frame of ours, as far as
        they have come."""
        text = bytes(self._buffer[position : min(end, position + _WINDOW)])
        found = text.find(bytes((MAGIC, self._session.channel)))
        self._lost = found < 0
        # A `$` at the end may be half of what is looked for.
        skipped = found if found >= 0 else len(text) - text.endswith(b"$")
        self._garbage += skipped
        if self._garbage > MAX_GARBAGE:
            raise MessageError("its packets are mixed with nonsense")
        return skipped
