"""Bearer tokens of people."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.people.tables import LoginSession, Token
from command_center.people.tokens import MOST_PER_PERSON
from tests.command_center.conftest import LogIn, browser, ground_of
from tests.command_center.example import MACHINE_TOKEN, TurnedClock
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


async def make(client: httpx.AsyncClient, label: str = "phone") -> httpx.Response:
    return await client.post("/tokens", json={"label": label})


async def test_a_token_is_its_owner_without_cookie_or_csrf(app: FastAPI, log_in: LogIn) -> None:
    made = (await make(await log_in("worker"))).json()
    async with browser(app) as phone:
        phone.headers["Authorization"] = f"Bearer {made['token']}"
        session = (await phone.get("/session")).json()
        assert session["person"]["login"] == "worker"
        assert session["csrf_token"] is None
        assert (await make(phone, "second")).status_code == 201
        labels = [item["label"] for item in (await phone.get("/tokens")).json()["items"]]
    assert labels == ["second", "phone"]


@ON_BOTH
async def test_tokens_end_by_time_and_by_hand(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    owner, other = await log_in("worker"), await log_in("lead")
    first, second = (await make(owner)).json(), (await make(owner)).json()
    assert (await other.delete(f"/tokens/{first['id']}")).status_code == 404
    assert (await owner.delete(f"/tokens/{first['id']}")).status_code == 204
    async with browser(app) as phone:
        phone.headers["Authorization"] = f"Bearer {first['token']}"
        assert (await phone.get("/session")).status_code == 401
        phone.headers["Authorization"] = f"Bearer {second['token']}"
        assert (await phone.get("/session")).status_code == 200
        clock.forward(days=90)
        assert (await phone.get("/session")).status_code == 401


async def test_nobody_has_tokens_without_end(log_in: LogIn) -> None:
    client = await log_in("worker")
    made = [(await make(client)).status_code for _ in range(MOST_PER_PERSON + 1)]
    assert made == [201] * MOST_PER_PERSON + [409]


async def test_the_database_holds_no_token(app: FastAPI, log_in: LogIn) -> None:
    client = await log_in("worker")
    value = (await make(client)).json()["token"]
    cookie = client.cookies["fenghuo_session"]
    async with ground_of(app).database.reading() as session:
        kept = [t.token_hash for t in await session.scalars(select(Token))]
        kept += [s.token_hash for s in await session.scalars(select(LoginSession))]
    assert len(kept) == 2
    assert not {value, cookie} & set(kept)


async def test_a_machine_is_nobody_and_nobody_is_a_machine(
    shard: httpx.AsyncClient, log_in: LogIn, visitor: httpx.AsyncClient
) -> None:
    assert (await shard.get("/session")).status_code == 401
    assert (await shard.post("/shards/s/epoch")).status_code == 200
    made = (await make(await log_in("admin"))).json()
    for scheme, token in (
        ("Bearer", made["token"]),
        ("Bearer", MACHINE_TOKEN[:-1]),
        ("Bearer", ""),
        ("Basic", MACHINE_TOKEN),
    ):
        visitor.headers["Authorization"] = f"{scheme} {token}"
        answer = await visitor.post("/shards/s/epoch")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
