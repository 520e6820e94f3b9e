"""Who is sent where, without a browser."""

from __future__ import annotations

import httpx
import pytest

from tests.command_center.conftest import LogIn

pytestmark = pytest.mark.anyio


def _site(client: httpx.AsyncClient) -> str:
    return str(client.base_url).removesuffix("/api/v1/")


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/", "/login?next=%2F"),
        ("/phone", "/login?next=%2Fphone"),
        ("/shadows", "/login?next=%2Fshadows"),
        ("/places", "/login?next=%2Fplaces"),
        ("/connections", "/login?next=%2Fconnections"),
        ("/channels", "/login?next=%2Fchannels"),
    ],
)
async def test_nobody_is_sent_to_log_in(visitor: httpx.AsyncClient, path: str, where: str) -> None:
    answer = await visitor.get(_site(visitor) + path)
    assert (answer.status_code, answer.headers["Location"]) == (303, where)


@pytest.mark.parametrize("path", ["/login", "/report"])
async def test_anybody_may_log_in_or_report(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(_site(visitor) + path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_the_demos_logins_are_no_part_of_a_real_town(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get(_site(visitor) + "/login")
    assert 'data-demo="no"' in answer.text


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("operator", "/", 200),
        ("worker", "/", 303),
        ("worker", "/phone", 200),
        ("engineer", "/shadows", 200),
        ("operator", "/shadows", 303),
        ("engineer", "/places", 200),
        ("operator", "/places", 303),
        ("engineer", "/connections", 200),
        ("admin", "/connections", 200),
        ("operator", "/connections", 303),
        ("worker", "/channels", 200),
        ("operator", "/channels", 200),
        ("auditor", "/channels", 303),
    ],
)
async def test_everybody_gets_the_page_that_is_theirs(
    log_in: LogIn, login: str, path: str, status: int
) -> None:
    client = await log_in(login)
    assert (await client.get(_site(client) + path)).status_code == status


async def test_static_files_are_asked_for_anew(visitor: httpx.AsyncClient) -> None:
    first = await visitor.get(_site(visitor) + "/static/js/dom.js")
    assert first.headers["Cache-Control"] == "no-cache"
    again = await visitor.get(
        _site(visitor) + "/static/js/dom.js", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
