"""A camera behind our own RTSP client: its sockets, read in bulk, never waited for."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Sequence
from functools import partial

from ingest.failure import SourceError, offline, unsupported
from ingest.rtp.blindness import Blindness, Remedy
from ingest.rtp.packet import FRAME_HEADER, MAGIC, RTP_HEADER, payloads
from ingest.rtp.parameters import described
from ingest.rtp.payload import NalUnit, PayloadFormat
from ingest.rtp.rtcp import keyframe_request
from ingest.rtp.walker import Walker
from ingest.rtsp.auth import Credentials
from ingest.rtsp.connection import KERNEL, Connection, Network, Resolve, in_words
from ingest.rtsp.interleaved import Interleaved
from ingest.rtsp.message import MessageError
from ingest.rtsp.sdp import VideoTrack
from ingest.rtsp.session import RedirectError, Session, Step
from ingest.rtsp.udp import FIRST_PACKET_TIMEOUT, RECEIVE_BUFFER, UdpReceiver
from ingest.rtsp.url import RtspUrl, parse_url
from ingest.source import SourceCounters, Stream, WireUnit

CONNECT_TIMEOUT = 10.0
"""Seconds for everything up to the first packet; cameras on a radio link need 2 to 4."""
SILENCE_TIMEOUT = 30.0
"""Seconds without a byte after which the connection is made anew. Half-open connections (a camera
that lost power) never end by themselves."""
MAX_REDIRECTS = 3

PATIENT_BYTES = 32 << 10
"""Bytes of one read, a quarter of the receive buffer that a kernel begins with. A camera that had
no more ready may be left alone for two ticks; one that had, because of a keyframe or a high rate,
is read at every tick, so that its sender never waits for us."""

READ_BUFFER = 4 << 20
"""Bytes of the one buffer that all sources of a reader thread share: more than a kernel keeps."""


class RtspSource:
    """One connection to one camera, from the look-up of its name to its last packet.

    With `udp` its packets come on ports of their own. It is made anew from within when a lost
    packet would leave the camera blind for long.
    """

    lossless = False

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials | None,
        counters: SourceCounters,
        buffer: bytearray,
        resolve: Resolve,
        now: float,
        udp: bool = False,
        network: Network = KERNEL,
    ) -> None:
        self.stream: Stream | None = None
        self.trouble = ""
        self._credentials = credentials
        self._counters = counters
        self._buffer = memoryview(buffer)
        self._resolve = resolve
        self._network = network
        self._deadline = now + CONNECT_TIMEOUT
        self._last_byte = now
        self._over_udp = udp
        self._udp: UdpReceiver | None = None
        self._playing_since: float | None = None
        self._blindness = Blindness()
        self._redirects = 0
        self._got = 0
        self._ended: SourceError | None = None
        self._begin(_parsed(url))

    def read(self, now: float) -> Sequence[WireUnit]:
        if self._ended is not None:
            raise self._ended
        units: list[WireUnit] = []
        try:
            self._exchange(now, units)
        except SourceError as error:
            if not units:
                raise
            # What came before the end is good; the end is told with the next call.
            self._ended = error
        return units

    def _exchange(self, now: float, units: list[WireUnit]) -> None:
        try:
            if self._connects():
                self._session.keep_alive(now)
                self._send()
                self._receive(now, units)
                walker = self._incoming.walker
                if self._udp is not None and walker is not None:
                    self._receive_packets(self._udp, walker, now, units)
                self._send()
                self._look(units, now)
        except RedirectError as redirect:
            self._follow(redirect.url)
        except MessageError as error:
            raise offline(f"what answers at this address does not speak RTSP: {error}") from None
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message or "it cannot be verified"
            raise offline(
                f"the camera's certificate is not trusted ({reason}); "
                "name a file with it in SSL_CERT_FILE"
            ) from None
        except OSError as error:
            raise offline(in_words(error)) from None
        if not units:
            self._check_time(now)

    @property
    def settled(self) -> bool:
        return self._session.step is Step.PLAYING

    @property
    def patient(self) -> bool:
        return self._got <= PATIENT_BYTES and self._udp is None

    def close(self) -> None:
        self._incoming.close()
        try:
            farewell = self._session.farewell()
            if farewell and self._connection.ready:
                self._connection.send(farewell)
        except OSError:
            pass
        finally:
            self._drop_sockets()

    def _drop_sockets(self) -> None:
        """Hang up without a word."""
        self._connection.close()
        if self._udp is not None:
            self._udp.close()
            self._udp = None

    def _begin(self, url: RtspUrl) -> None:
        self._url = url
        if self._over_udp and url.tls:
            raise unsupported("rtsps:// protects no UDP packets; use transport: tcp")
        self._session = Session(self._url.text, self._credentials, partial(secrets.token_hex, 8))
        self._session.start()
        self._incoming = Interleaved(self._session, self._buffer, self._counters, self._open_track)
        self._connection = Connection(url, self._resolve, self._network, self._counters)

    def _connects(self) -> bool:
        """Take the connection one step on where it does not stand yet; whether it does."""
        if self._connection.ready:
            return True
        self._connection.advance()
        if self._connection.ready and self._over_udp:
            self._udp = UdpReceiver(*self._connection.ports(RECEIVE_BUFFER), self._counters)
            self._session.udp_port = self._udp.port
        return self._connection.ready

    def _send(self) -> None:
        outgoing = self._session.outgoing
        if outgoing:
            del outgoing[: self._connection.send(outgoing)]

    def _receive(self, now: float, units: list[WireUnit]) -> None:
        """Take everything that the kernel has, behind what was left of the last time."""
        got = self._connection.receive(self._incoming.room())
        if got is None:
            self._got = 0
            return
        self._got = got
        if got == 0:
            raise offline("the camera closed the connection")
        self._last_byte = now
        self._counters.received_bytes += got
        self._incoming.take(got, now, units)

    def _open_track(self, track: VideoTrack) -> Walker:
        channel = self._session.channel
        if self._udp is not None:
            self._udp.aim(self._connection.peer, self._session.udp)
        info = described(track.codec, track.parameter_sets)
        self.stream = Stream(info, partial(_unwrap, track.payload_format, channel))
        return Walker(track.payload_format, channel, self._counters)

    def _follow(self, location: str) -> None:
        self._redirects += 1
        if self._redirects > MAX_REDIRECTS:
            raise offline(f"the camera redirects more than {MAX_REDIRECTS} times")
        if not location:
            raise offline("the camera redirects without saying where to")
        self._drop_sockets()
        self._incoming.close()
        target = _parsed(location)
        if self._url.tls and not target.tls:
            raise offline(
                "the camera redirects from rtsps:// to rtsp://, where anybody could read its "
                "password and its pictures; write that address as its url if it is meant"
            )
        if target.host != self._url.host:
            # A password is for the host that it was set for.
            self._credentials = None
        self._begin(target)

    def _receive_packets(
        self, udp: UdpReceiver, walker: Walker, now: float, units: list[WireUnit]
    ) -> None:
        """Take what came by UDP, laid out as if it had come within the connection."""
        end = udp.read(self._buffer, self._session.channel, now)
        walker.walk(self._buffer, 0, end, now, units)
        udp.report(now)

    def _look(self, units: list[WireUnit], now: float) -> None:
        """See whether pictures can be decoded; ask for a keyframe or begin anew where not."""
        if not units:
            return
        self._blindness.see(units, now)
        self.trouble = self._blindness.reason(now)
        match self._blindness.remedy(now):
            case Remedy.ASK if self._udp is not None:
                self._udp.ask_for_keyframe()
            case Remedy.ASK:
                self._ask_for_keyframe(units[-1].wire)
            case Remedy.RENEW:
                self._renew(now)

    def _ask_for_keyframe(self, wire: bytes) -> None:
        """Send a loss indication to the camera whose packets these are."""
        channel = self._session.channel
        if wire[1] == channel and len(wire) >= FRAME_HEADER + RTP_HEADER:
            camera = int.from_bytes(wire[12:16])
            packet = keyframe_request(camera ^ 1, camera)
            head = bytes((MAGIC, channel + 1)) + len(packet).to_bytes(2)
            self._session.outgoing += head + packet

    def _renew(self, now: float) -> None:
        """Make the connection anew: the camera begins it with a keyframe."""
        self.close()
        self._playing_since = None
        self._deadline, self._last_byte = now + CONNECT_TIMEOUT, now
        self._begin(self._url)

    def _check_time(self, now: float) -> None:
        if self.stream is None or self._session.step is not Step.PLAYING:
            if now >= self._deadline:
                waiting = (
                    f"its answer to {self._session.step.name}" if self._connection.ready else "it"
                )
                raise offline(f"waited {CONNECT_TIMEOUT:.0f} s for {waiting}; is the camera on?")
            return
        if self._udp is not None:
            self._check_packets(self._udp, now)
        elif now - self._last_byte >= SILENCE_TIMEOUT:
            raise offline(f"nothing came for {SILENCE_TIMEOUT:.0f} s")

    def _check_packets(self, udp: UdpReceiver, now: float) -> None:
        """With UDP the answers to keep-alives say nothing about pictures."""
        if self._playing_since is None:
            self._playing_since = now
        if udp.heard_at is None and now - self._playing_since >= FIRST_PACKET_TIMEOUT:
            raise offline(
                f"no UDP packet came within {FIRST_PACKET_TIMEOUT:.0f} s (a firewall, or another "
                "network between?); use transport: tcp"
            )
        if udp.heard_at is not None and now - udp.heard_at >= SILENCE_TIMEOUT:
            raise offline(f"no UDP packet came for {SILENCE_TIMEOUT:.0f} s")


def _parsed(url: str) -> RtspUrl:
    try:
        return parse_url(url)
    except ValueError as error:
        raise offline(f"{error}; check the camera's url") from None


def _unwrap(payload_format: PayloadFormat, channel: int, wire: bytes) -> list[NalUnit]:
    return payload_format.unpack(payloads(wire, channel))
