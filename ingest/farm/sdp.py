"""The session description (RFC 4566) that a farm camera answers DESCRIBE with."""

from __future__ import annotations

from base64 import b64encode

from ingest.farm.packetise import PAYLOAD_TYPE
from ingest.media import CLOCK_RATE, Codec, StreamInfo

CONTROL = "trackID=0"


def describe(info: StreamInfo, name: str) -> str:
    """SDP with the parameter sets in it, so that a client can open its decoder at once."""
    encoding = "H264" if info.codec is Codec.H264 else "H265"
    return "\r\n".join(
        (
            "v=0",
            "o=- 0 0 IN IP4 0.0.0.0",
            f"s={name}",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=rtpmap:{PAYLOAD_TYPE} {encoding}/{CLOCK_RATE}",
            f"a=fmtp:{PAYLOAD_TYPE} {_format_parameters(info)}",
            f"a=control:{CONTROL}",
            "",
        )
    )


def describe_unsupported(name: str) -> str:
    """SDP of a camera that sends motion JPEG (RFC 2435), which Fenghuo does not take."""
    return "\r\n".join(
        (
            "v=0",
            "o=- 0 0 IN IP4 0.0.0.0",
            f"s={name}",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "m=video 0 RTP/AVP 26",
            f"a=rtpmap:26 JPEG/{CLOCK_RATE}",
            f"a=control:{CONTROL}",
            "",
        )
    )


def _format_parameters(info: StreamInfo) -> str:
    sets = [b64encode(unit).decode("ascii") for unit in info.parameter_sets]
    if info.codec is Codec.H264:
        profile = info.parameter_sets[0][1:4].hex().upper()
        joined = ",".join(sets)
        return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={joined}"
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    return ";".join(f"{name}={value}" for name, value in zip(names, sets, strict=True))
