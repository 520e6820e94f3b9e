"""Who a caller is, behind a proxy and without one."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from command_center.placement.serve import server_config
from configs.settings import Settings

pytestmark = pytest.mark.anyio


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    client = Request(scope).client
    await PlainTextResponse(client.host if client else "")(scope, receive, send)


@pytest.mark.parametrize(
    ("trusted", "caller", "seen"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.1", "203.0.113.9"),
        ("192.0.2.1, 172.16.0.0/12", "172.18.0.1", "203.0.113.9"),
    ],
)
async def test_only_a_named_proxy_speaks_for_others(trusted: str, caller: str, seen: str) -> None:
    config = server_config(who, Settings(trusted_proxies=trusted))
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(caller, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://town.test") as client:
        answer = await client.get("/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.text == seen
