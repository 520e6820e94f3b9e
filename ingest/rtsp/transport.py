"""The Transport header (RFC 2326 §12.39): what is asked of a camera, and what it answers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

OVER_TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


@dataclass(frozen=True, slots=True)
class UdpAnswer:
    """Where a camera sends from: its port for RTP, None where it does not say, and the address
    that it names, if it is a numeric one. RTCP is one port higher. `ssrc` is the number that its
    packets bear."""

    server_port: int | None = None
    source: str | None = None
    ssrc: int | None = None


def over_udp(port: int) -> str:
    """What to ask for to have RTP sent to `port` and RTCP to the next."""
    return f"RTP/AVP;unicast;client_port={port}-{port + 1}"


def is_tcp(transport: str) -> bool:
    """Whether the answer says that packets come within the RTSP connection."""
    text = transport.lower()
    return "tcp" in text or "interleaved" in text


def channel_of(transport: str) -> int:
    """The video channel of an answer, 0 where it names none."""
    first = _number(_parameters(transport).get("interleaved"))
    return 0 if first is None else min(first, 254)


def udp_answer(transport: str) -> UdpAnswer:
    """The camera's side of an answer."""
    parameters = _parameters(transport)
    port = _number(parameters.get("server_port"))
    if port is not None and not 0 < port < 0xFFFF:
        port = None
    source = parameters.get("source", "")
    try:
        numeric = str(ipaddress.ip_address(source))
    except ValueError:
        numeric = None
    return UdpAnswer(port, numeric, _hexadecimal(parameters.get("ssrc", "")))


def _parameters(transport: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in transport.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _hexadecimal(value: str) -> int | None:
    """A number of eight hexadecimal digits; some cameras leave leading zeros out."""
    plain = value.isascii() and value.isalnum() and len(value) <= 8
    try:
        return int(value, 16) if plain else None
    except ValueError:
        return None


def _number(value: str | None) -> int | None:
    """The first number of a value such as `5000-5001`."""
    first = (value or "").partition("-")[0].strip()
    return int(first[:9]) if first.isascii() and first.isdigit() else None
