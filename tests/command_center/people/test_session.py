"""Logging in and out, renewal and expiry, over HTTP."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from command_center.people.log_in import PER_ADDRESS, PER_LOGIN
from command_center.people.permissions import permissions_of
from configs.town import Role
from tests.command_center.conftest import LogIn, browser
from tests.command_center.example import PASSWORD, TurnedClock
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

WRONG = {"login": "operator", "password": "wrong"}
RIGHT = {"login": "operator", "password": PASSWORD}


@ON_BOTH
async def test_log_in_tells_who_and_what_may_be_done(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/session", json=RIGHT)
    body = answer.json()
    assert answer.status_code == 200
    assert body["person"]["login"] == "operator"
    assert body["person"]["name"] == {"zh": "Operator", "en": "Operator"}
    assert body["permissions"] == sorted(permissions_of([Role.OPERATOR]))
    assert (await visitor.get("/session")).json() == body


async def test_the_cookie_is_out_of_reach_of_scripts(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/session", json=RIGHT)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "the tests' address is http"


@pytest.mark.parametrize(
    "body", [WRONG, {"login": "nobody", "password": PASSWORD}, {"login": "", "password": ""}]
)
async def test_wrong_answers_do_not_say_what_was_wrong(
    visitor: httpx.AsyncClient, body: dict[str, str]
) -> None:
    answer = await visitor.post("/session", json=body)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "login or password is wrong"
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_password_is_never_repeated(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/session", json={"login": ["s3cret-value"], "password": {"x": 1}})
    assert answer.status_code == 422
    assert "s3cret-value" not in answer.text


async def test_no_session_no_answer(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/session")).status_code == 401
    visitor.cookies.set("fenghuo_session", "invented")
    assert (await visitor.get("/session")).status_code == 401


async def test_logging_out_ends_the_session_itself(log_in: LogIn) -> None:
    client = await log_in("operator")
    token = client.cookies["fenghuo_session"]
    assert (await client.delete("/session")).status_code == 204
    client.cookies.set("fenghuo_session", token)
    assert (await client.get("/session")).status_code == 401


@ON_BOTH
async def test_a_session_lives_as_long_as_it_is_used(log_in: LogIn, clock: TurnedClock) -> None:
    client = await log_in("operator")
    for _ in range(5):
        clock.forward(hours=11)
        assert (await client.get("/session")).status_code == 200
    clock.forward(hours=12, seconds=1)
    assert (await client.get("/session")).status_code == 401


async def test_no_session_lives_for_ever(log_in: LogIn, clock: TurnedClock) -> None:
    client = await log_in("operator")
    for _ in range(29):
        for _ in range(3):
            clock.forward(hours=8)
            assert (await client.get("/session")).status_code == 200
    clock.forward(hours=11)
    assert (await client.get("/session")).status_code == 200
    clock.forward(hours=11)
    assert (await client.get("/session")).status_code == 200
    clock.forward(hours=2)
    assert (await client.get("/session")).status_code == 401


async def test_unsafe_methods_need_the_csrf_header(log_in: LogIn) -> None:
    client = await log_in("operator")
    token = client.headers.pop("X-CSRF-Token")
    assert (await client.get("/tokens")).status_code == 200
    assert (await client.post("/tokens", json={"label": "x"})).status_code == 403
    other = (await log_in("lead")).headers["X-CSRF-Token"]
    for header, status in ((other, 403), ("", 403), (token, 201)):
        answer = await client.post("/tokens", json={"label": "x"}, headers={"X-CSRF-Token": header})
        assert answer.status_code == status


async def test_guessing_a_login_is_stopped_even_with_the_right_password(
    visitor: httpx.AsyncClient, clock: TurnedClock
) -> None:
    guesses = [visitor.post("/session", json=WRONG) for _ in range(PER_LOGIN + 5)]
    statuses = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert statuses.count(401) == PER_LOGIN
    refused = await visitor.post("/session", json=RIGHT)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 15 * 60 + 1
    assert (await visitor.post("/session", json={**RIGHT, "login": "lead"})).status_code == 200
    clock.forward(minutes=15)
    assert (await visitor.post("/session", json=RIGHT)).status_code == 200


async def test_guessing_logins_from_one_address_is_stopped(visitor: httpx.AsyncClient) -> None:
    for number in range(PER_ADDRESS):
        body = {"login": f"invented{number}", "password": "x"}
        assert (await visitor.post("/session", json=body)).status_code == 401
    assert (await visitor.post("/session", json=RIGHT)).status_code == 429


@ON_BOTH
async def test_a_new_password_ends_what_the_old_one_opened(app: FastAPI, log_in: LogIn) -> None:
    here, elsewhere = await log_in("operator"), await log_in("operator")
    made = await here.post("/tokens", json={"label": "phone"})
    new = {"current": PASSWORD, "new": "another-long-password"}
    assert (await here.put("/session/password", json={**new, "current": "x"})).status_code == 401
    assert (await here.put("/session/password", json={**new, "new": "short"})).status_code == 422
    assert (await here.put("/session/password", json=new)).status_code == 204
    assert (await here.get("/session")).status_code == 200
    assert (await elsewhere.get("/session")).status_code == 401
    async with browser(app) as client:
        bearer = {"Authorization": f"Bearer {made.json()['token']}"}
        assert (await client.get("/session", headers=bearer)).status_code == 401
        assert (await client.post("/session", json=RIGHT)).status_code == 401
        body = {"login": "operator", "password": "another-long-password"}
        assert (await client.post("/session", json=body)).status_code == 200


async def test_an_administrator_gives_a_new_password(app: FastAPI, log_in: LogIn) -> None:
    worker, admin = await log_in("worker"), await log_in("admin")
    assert (await worker.post("/people/admin/password")).status_code == 403
    assert (await admin.post("/people/nobody/password")).status_code == 404
    given = (await admin.post("/people/worker/password")).json()["password"]
    assert (await worker.get("/session")).status_code == 401
    async with browser(app) as client:
        body = {"login": "worker", "password": given}
        assert (await client.post("/session", json=body)).status_code == 200
