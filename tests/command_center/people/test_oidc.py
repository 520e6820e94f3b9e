"""Logging in at a real OpenID provider, and what happens when it, or a browser, is not honest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from command_center.people.oidc_tables import OidcLogIn, OidcSubject
from command_center.people.tables import Person
from command_center.steady_clock import SteadyClock
from command_center.town.edit_tables import EditLine
from configs.settings import Settings
from tests.command_center.conftest import LogIn, browser, ground_of
from tests.command_center.example import MACHINE_TOKEN, TurnedClock
from tests.command_center.light_fixtures import ON_BOTH
from tests.command_center.people.provider import (
    CLIENT,
    SECRET,
    SUBJECT,
    SmallProvider,
    small_provider,
)

pytestmark = pytest.mark.anyio

START = "/session/oidc/start"
CALLBACK = "/session/oidc/callback"


@pytest.fixture
def provider(clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallProvider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with small_provider() as found:
        found.now = clock().timestamp()
        yield found


@pytest.fixture
def settings(database_url: str, tmp_path: Path, provider: SmallProvider) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        machine_token=SecretStr(MACHINE_TOKEN),
        public_url="http://town.test",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
    )


async def bind(log_in: LogIn, login: str = "worker", subject: str = SUBJECT) -> httpx.Response:
    admin = await log_in("admin")
    return await admin.put(f"/people/{login}/oidc", json={"subject": subject})


async def go(
    client: httpx.AsyncClient, provider: SmallProvider, then: str = "/phone"
) -> httpx.Response:
    """There and back."""
    sent = await client.get(START, params={"next": then})
    assert sent.status_code == 303, sent.text
    assert sent.headers["Location"].startswith(f"{provider.issuer}/authorize?")
    return await client.get(CALLBACK, params=provider.authorize(sent.headers["Location"]))


def refused(answer: httpx.Response, why: str) -> None:
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?oidc={why}")
    assert "fenghuo_session" not in answer.cookies


async def test_a_machine_whose_clock_was_set_right_lets_people_in(
    app: FastAPI,
    visitor: httpx.AsyncClient,
    log_in: LogIn,
    provider: SmallProvider,
    clock: TurnedClock,
) -> None:
    """The command center goes by elapsed time until it is started anew; the provider does not."""
    await bind(log_in)
    steady = SteadyClock(wall=clock, elapsed=lambda: 0.0)
    app.state.ground = replace(ground_of(app), clock=steady)
    clock.forward(hours=1)
    assert steady() == clock() - timedelta(hours=1)
    provider.now = clock().timestamp()
    assert (await go(visitor, provider)).headers["Location"] == "/phone"


@ON_BOTH
async def test_somebody_logs_in_and_works(
    app: FastAPI,
    visitor: httpx.AsyncClient,
    log_in: LogIn,
    provider: SmallProvider,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (await bind(log_in)).status_code == 204
    answer = await go(visitor, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/phone")
    me = (await visitor.get("/session")).json()
    assert me["person"]["login"] == "worker"
    assert me["csrf_token"]
    logged = capsys.readouterr()
    for secret in (*provider.tokens, SECRET, "access-token", "code-0"):
        assert secret not in logged.out + logged.err
    async with ground_of(app).database.reading() as session:
        assert list(await session.scalars(select(OidcLogIn))) == []
        (line,) = await session.scalars(select(EditLine))
        assert (line.kind, line.key, line.by, line.after) == (
            "oidc_subject", "worker", "admin", SUBJECT,
        )  # fmt: skip


async def test_whoever_is_nobody_here_is_not_let_in(
    app: FastAPI, visitor: httpx.AsyncClient, log_in: LogIn, provider: SmallProvider
) -> None:
    refused(await go(visitor, provider), "unknown")
    await bind(log_in)
    async with ground_of(app).database.transaction() as session:
        (await session.get_one(Person, "worker")).active = False
    refused(await go(visitor, provider), "unknown")
    assert (await visitor.get("/session")).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "another-program"},
        {"aud": [CLIENT, "another-program"]},
        {"azp": "another-program"},
        {"nonce": "of another log-in"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
async def test_a_token_that_is_not_for_this_log_in_is_refused(
    visitor: httpx.AsyncClient, log_in: LogIn, provider: SmallProvider, claims: dict[str, Any]
) -> None:
    await bind(log_in)
    provider.claims = claims
    refused(await go(visitor, provider), "refused")


async def test_a_forged_signature_is_refused_and_new_keys_are_fetched(
    visitor: httpx.AsyncClient, log_in: LogIn, provider: SmallProvider
) -> None:
    await bind(log_in)
    assert (await go(visitor, provider)).headers["Location"] == "/phone"
    provider.signed_with = RSAKey.generate_key(2048, {"kid": "one"})
    refused(await go(visitor, provider), "refused")
    provider.signed_with = OctKey.import_key("the client's secret, or a public key, as one of HMAC")
    provider.algorithm = "HS256"
    refused(await go(visitor, provider), "refused")
    provider.signed_with, provider.algorithm = None, "RS256"
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})  # the provider has changed its keys
    assert (await go(visitor, provider)).headers["Location"] == "/phone"


async def test_a_state_is_good_once_for_ten_minutes_and_in_its_browser(
    app: FastAPI,
    visitor: httpx.AsyncClient,
    log_in: LogIn,
    provider: SmallProvider,
    clock: TurnedClock,
) -> None:
    await bind(log_in)
    sent = await visitor.get(START)
    back = provider.authorize(sent.headers["Location"])
    async with browser(app) as another:
        refused(await another.get(CALLBACK, params=back), "expired")
    refused(await visitor.get(CALLBACK, params=back), "expired")  # it was tried, and is gone
    sent = await visitor.get(START)
    back = provider.authorize(sent.headers["Location"])
    clock.forward(minutes=11)
    refused(await visitor.get(CALLBACK, params=back), "expired")
    refused(await visitor.get(CALLBACK, params={"code": "x", "state": "invented"}), "expired")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"error": "access_denied", "state": "s"}, "denied"),
        ({"error": "server_error", "state": "s"}, "refused"),
        ({}, "refused"),
    ],
)
async def test_what_the_provider_says_instead_of_a_code(
    visitor: httpx.AsyncClient, query: dict[str, str], why: str
) -> None:
    refused(await visitor.get(CALLBACK, params=query), why)


async def test_a_code_is_not_taken_twice_and_a_stolen_one_needs_the_verifier(
    visitor: httpx.AsyncClient, log_in: LogIn, provider: SmallProvider
) -> None:
    await bind(log_in)
    first = provider.authorize((await visitor.get(START)).headers["Location"])
    second = provider.authorize((await visitor.get(START)).headers["Location"])
    # Somebody else's code with one's own state: the verifier does not fit its challenge.
    refused(
        await visitor.get(CALLBACK, params={"code": first["code"], "state": second["state"]}),
        "refused",
    )


@pytest.mark.parametrize(
    ("then", "where"),
    [
        ("/places", "/places"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
    ],
)
async def test_only_a_path_of_this_server_is_followed(
    visitor: httpx.AsyncClient, log_in: LogIn, provider: SmallProvider, then: str, where: str
) -> None:
    await bind(log_in)
    assert (await go(visitor, provider, then)).headers["Location"] == where


async def test_a_provider_that_is_away_or_another_is_said(
    visitor: httpx.AsyncClient, provider: SmallProvider
) -> None:
    provider.claimed_issuer = "https://elsewhere.test"
    refused(await visitor.get(START), "unavailable")


async def test_a_subject_is_one_person_and_a_person_one_subject(
    app: FastAPI, log_in: LogIn, visitor: httpx.AsyncClient, provider: SmallProvider
) -> None:
    assert (await bind(log_in)).status_code == 204
    assert (await bind(log_in)).status_code == 204  # once more is no change
    assert (await bind(log_in, "chief")).status_code == 409
    assert (await bind(log_in, "ghost")).status_code == 404
    assert (await bind(log_in, "worker", "another-subject")).status_code == 204
    refused(await go(visitor, provider), "unknown")
    admin = await log_in("admin")
    assert (await admin.delete("/people/worker/oidc")).status_code == 204
    assert (await admin.delete("/people/worker/oidc")).status_code == 404
    async with ground_of(app).database.reading() as session:
        assert list(await session.scalars(select(OidcSubject))) == []
    for login in ("lead", "worker", "engineer"):
        client = await log_in(login)
        answer = await client.put("/people/worker/oidc", json={"subject": "mine"})
        assert answer.status_code == 403


async def test_a_claim_binds_at_the_first_log_in_and_never_again(
    app: FastAPI, visitor: httpx.AsyncClient, provider: SmallProvider
) -> None:
    ground_of(app).oidc._claim = "preferred_username"
    assert (await go(visitor, provider)).headers["Location"] == "/phone"
    provider.claims = {"sub": "newcomer"}  # the name was given to another there
    async with browser(app) as another:
        refused(await go(another, provider), "unknown")
    provider.claims = {"preferred_username": "admin"}  # a name that somebody chose himself there
    async with browser(app) as again:
        await go(again, provider)
        assert (await again.get("/session")).json()["person"]["login"] == "worker"


def test_an_issuer_is_https_but_on_this_machine() -> None:
    with pytest.raises(ValidationError, match="https"):
        Settings(oidc_issuer="http://idp.example")
    assert Settings(oidc_issuer="http://127.0.0.1:8080").oidc_issuer is not None
