"""Session descriptions (RFC 8866): the one video track that a camera offers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.failure import unsupported
from ingest.media import CLOCK_RATE, Codec
from ingest.rtp import h264, h265
from ingest.rtp.payload import PayloadFormat

MAX_PARAMETER_SET = 4096
"""Bytes. The longest seen is below 200; more is not a parameter set."""
MOST_ATTRIBUTES = 256
"""Of one medium. Real ones have about ten; for each payload type all of them are looked at."""

_STATIC = {26: "JPEG", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}
"""Payload types with a fixed meaning (RFC 3551 table 5)."""
_FORMATS: Mapping[str, PayloadFormat] = {
    "H264": h264.FORMAT,
    "H265": h265.FORMAT,
    "HEVC": h265.FORMAT,
}


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """A track that can be taken. `control` is as the SDP writes it; sets have no start code."""

    payload_format: PayloadFormat
    payload_type: int
    control: str | None
    parameter_sets: tuple[bytes, ...]

    @property
    def codec(self) -> Codec:
        return self.payload_format.codec


@dataclass(slots=True)
class _Media:
    kind: str
    payload_types: tuple[int, ...]
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)

    def of_type(self, name: str, payload_type: int) -> str | None:
        """An attribute's value for one payload type, such as its rtpmap."""
        for key, value in self.attributes:
            number, _, rest = value.partition(" ")
            if key == name and number.strip() == str(payload_type):
                return rest.strip()
        return None

    def encoding(self, payload_type: int) -> tuple[str, int]:
        """Name in capitals and clock rate of a payload type."""
        mapped = self.of_type("rtpmap", payload_type)
        if mapped is None:
            return _STATIC.get(payload_type, f"payload type {payload_type}"), CLOCK_RATE
        name, _, rate = mapped.partition("/")
        digits = rate.split("/")[0].strip()
        known = len(digits) < 10 and digits.isascii() and digits.isdigit()
        clock = int(digits) if known else CLOCK_RATE
        return name.strip().upper(), clock


def video_track(body: bytes) -> VideoTrack:
    """The first video track of an SDP that is H.264 or H.265.

    Raises:
        SourceError: UNSUPPORTED, naming what the camera sends instead.
    """
    found: list[str] = []
    for media in _media(body.decode("utf-8", "replace")):
        if media.kind != "video":
            continue
        for payload_type in media.payload_types:
            name, clock = media.encoding(payload_type)
            payload_format = _FORMATS.get(name)
            if payload_format is not None and clock == CLOCK_RATE:
                return _track(media, payload_type, payload_format)
            found.append(name)
    if not found:
        raise unsupported("the stream has no video; check the path of its url")
    raise unsupported(
        f"the camera sends {', '.join(dict.fromkeys(found))}; set it to H.264 or H.265"
    )


def _media(text: str) -> list[_Media]:
    sections: list[_Media] = []
    for line in text.splitlines():
        key, _, value = line.strip().partition("=")
        if key == "m":
            words = value.split()
            sections.append(_Media(words[0].lower() if words else "", _payload_types(words[3:])))
        elif key == "a" and sections and len(sections[-1].attributes) < MOST_ATTRIBUTES:
            name, _, rest = value.partition(":")
            sections[-1].attributes.append((name.strip().lower(), rest.strip()))
    return sections


def _payload_types(words: list[str]) -> tuple[int, ...]:
    """The payload types (7 bits, RFC 3550 §5.1) of a media line, each once."""
    numbers = (int(w) for w in words if len(w) <= 3 and w.isascii() and w.isdigit())
    return tuple(dict.fromkeys(number for number in numbers if number < 128))


def _track(media: _Media, payload_type: int, payload_format: PayloadFormat) -> VideoTrack:
    parameters = _parameters(media.of_type("fmtp", payload_type) or "")
    if payload_format.codec is Codec.H264:
        if parameters.get("packetization-mode", "0") not in {"0", "1"}:
            raise unsupported("H.264 in interleaved packetization (mode 2); set the camera to 1")
        names = ["sprop-parameter-sets"]
    else:
        if parameters.get("sprop-max-don-diff", "0") != "0":
            raise unsupported("H.265 with decoding order numbers; switch them off in the camera")
        names = ["sprop-vps", "sprop-sps", "sprop-pps"]
    sets = tuple(nal for name in names for nal in _nal_units(parameters.get(name, "")))
    return VideoTrack(payload_format, payload_type, media.value("control"), sets)


def _parameters(fmtp: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in fmtp.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _nal_units(value: str) -> list[bytes]:
    """The base64 NAL units of a list; what cannot be read is left to the stream to say."""
    nals = []
    for text in value.split(","):
        try:
            nal = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        if 0 < len(nal) <= MAX_PARAMETER_SET:
            nals.append(nal.removeprefix(b"\0\0\0\1"))
    return [nal for nal in nals if nal]
