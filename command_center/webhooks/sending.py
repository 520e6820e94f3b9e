"""One try to deliver one message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx

from command_center.webhooks.guard import WEBHOOKS, Network, RefusedError, pin

TIMEOUT = 10.0
"""Seconds for all of a try. Standard Webhooks has 15 to 30; a slow receiver holds up others."""

GONE = 410
_DONE = range(200, 300)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try. `failure` is in words, without the address."""

    status: int | None
    failure: str = ""
    wait: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.status in _DONE


async def send(
    client: httpx.AsyncClient,
    url: str,
    headers: dict[str, str],
    body: bytes,
    networks: Sequence[Network],
    *,
    setting: str = WEBHOOKS,
) -> Outcome:
    """Never raises for what a receiver, a network or a name server does."""
    try:
        async with asyncio.timeout(TIMEOUT):
            return await _send(client, url, headers, body, networks, setting=setting)
    except TimeoutError:
        return Outcome(None, f"no answer within {TIMEOUT:g} s")
    except RefusedError as error:
        return Outcome(None, str(error)[:200])
    except OSError as error:
        return Outcome(None, f"its name leads nowhere: {type(error).__name__}")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return Outcome(None, type(error).__name__)


async def _send(
    client: httpx.AsyncClient,
    url: str,
    headers: dict[str, str],
    body: bytes,
    networks: Sequence[Network],
    *,
    setting: str,
) -> Outcome:
    pinned = await pin(url, networks, setting)
    request = client.build_request(
        "POST",
        pinned.url,
        content=body,
        headers={**headers, "Host": pinned.host_header},
        extensions={"sni_hostname": pinned.server_name},
    )
    # The answer's body is left unread: nobody needs it, and it may never end.
    answer = await client.send(request, stream=True)
    try:
        status = answer.status_code
        if status in _DONE:
            return Outcome(status)
        return Outcome(status, f"HTTP {status}", _asked(answer.headers.get("Retry-After", "")))
    finally:
        await answer.aclose()


def _asked(retry_after: str) -> timedelta | None:
    return timedelta(seconds=int(retry_after)) if retry_after.isdecimal() else None


def new_client() -> httpx.AsyncClient:
    """Follows no redirect, which would lead past the guard; takes no proxy of the environment."""
    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        timeout=TIMEOUT,
        headers={"User-Agent": "fenghuo"},
    )
