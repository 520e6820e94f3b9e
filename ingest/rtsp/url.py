"""RTSP addresses, and how a track's control address is joined to its presentation's."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORT = 554
"""RFC 2326 §3.2."""
DEFAULT_TLS_PORT = 322
"""RFC 7826 §4.2."""


@dataclass(frozen=True, slots=True)
class RtspUrl:
    """Where a stream lies. `text` is the address as it is sent, without any credentials."""

    text: str
    host: str
    port: int
    tls: bool


def parse_url(text: str) -> RtspUrl:
    """Read rtsp://host[:port]/path or rtsps://…; credentials in it are left out of `text`.

    Raises:
        ValueError: what is wrong with the address.
    """
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("the address holds a space or a control character")
    parts = urlsplit(text)
    if parts.scheme.lower() not in {"rtsp", "rtsps"}:
        raise ValueError(f"the address begins with {parts.scheme or 'nothing'!r}, not with rtsp://")
    if not parts.hostname:
        raise ValueError("the address names no host")
    tls = parts.scheme.lower() == "rtsps"
    port = parts.port or (DEFAULT_TLS_PORT if tls else DEFAULT_PORT)
    place = parts.netloc.rpartition("@")[2]
    clean = parts._replace(netloc=place, fragment="").geturl()
    return RtspUrl(clean, parts.hostname, port, tls)


def join_control(base: str, control: str | None) -> str:
    """The address of a track (RFC 2326 C.1.1).

    `*` and nothing mean the base itself. A relative control is put behind the base, even where
    the base's path does not end in a slash: that is what cameras mean, whatever RFC 1808 says.
    """
    if not control or control == "*":
        return base
    if control.lower().startswith(("rtsp://", "rtsps://")):
        return control
    if control.startswith("/"):
        scheme, _, rest = base.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{control}"
    return f"{base}{control}" if base.endswith("/") else f"{base}/{control}"
