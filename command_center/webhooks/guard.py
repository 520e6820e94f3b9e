"""Which addresses may be told anything: none inside, unless the settings say so.

Whoever may enter an address could else have this machine ask its neighbours (databases, cameras, a
cloud's metadata service), for it stands where no stranger does. A name is resolved once and the
request goes to the very address that was looked at: a name server that answers differently a
moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEBHOOKS = "FENGHUO_WEBHOOK_NETWORKS"
"""The setting that names networks inside to which webhooks may be sent."""

_NAT64 = ip_network("64:ff9b::/96")


class RefusedError(Exception):
    """An address that nothing is sent to; the text says why and names no secret."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """Where a request goes: the address in `url`'s place, the name in the header and for TLS."""

    url: str
    host_header: str
    server_name: str


def check_url(url: str) -> None:
    """What can be said of an address without asking anybody.

    Raises:
        RefusedError: it is no plain http(s) address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedError(f"url cannot be read: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RefusedError("url must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise RefusedError("url must hold no user and no password; the signature says who sends")
    if parts.fragment or port == 0 or any(c.isspace() or ord(c) < 32 for c in url):
        raise RefusedError("url must hold no #, no blank and no port 0")


def networks_of(setting: str) -> tuple[Network, ...]:
    """The networks that a setting names, by commas."""
    return tuple(ip_network(part) for part in setting.split(",") if part)


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether something may be sent there: to the internet, and to the networks of the settings."""
    if any(address in network for network in networks):
        return True
    inner = _embedded(address)
    if inner is not None and not is_allowed(inner, networks):
        return False
    return (inner or address).is_global and not address.is_multicast


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


async def pin(url: str, networks: Sequence[Network], setting: str = WEBHOOKS) -> Pinned:
    """Look up the name, and choose an address that something may be sent to. `setting` is where an
    administrator names the networks.

    Raises:
        RefusedError: there is none; or it is plain http to the internet.
        OSError: the name has no address.
    """
    check_url(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    allowed = [a for a in await _addresses(host, port) if is_allowed(a, networks)]
    if not allowed:
        raise RefusedError(f"{host} lies inside; an administrator can allow it in {setting}")
    address = allowed[0]
    if parts.scheme == "http" and not any(address in network for network in networks):
        raise RefusedError(f"url must begin with https:// outside of {setting}")
    bare = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    netloc = bare if parts.port is None else f"{bare}:{port}"
    return Pinned(parts._replace(netloc=netloc).geturl(), parts.netloc, host)


async def _addresses(host: str, port: int) -> list[Address]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
