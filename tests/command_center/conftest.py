"""A running command center on SQLite and on PostgreSQL, spoken to over HTTP."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr
from sqlalchemy import make_url

from command_center.app import create_app
from command_center.database import Database
from command_center.migrations import upgrade
from command_center.migrations.schema import METADATA
from command_center.people import secrets
from command_center.people.secrets import hash_password
from command_center.state import Ground
from command_center.town.importing import import_town
from configs.settings import Settings
from configs.town import Town
from tests.command_center.example import (
    CATALOGUE,
    MACHINE_TOKEN,
    PASSWORD,
    START,
    TOWN,
    TurnedClock,
)
from tests.command_center.postgres import new_database, postgres_server

LogIn = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """argon2 is slow on purpose: here with its least cost, 1 ms instead of 50 to 300."""
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_PASSWORDS", quick)
        patch.setattr(secrets, "_NOBODY", quick.hash("nobody"))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    with postgres_server() as socket:
        yield socket


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'fenghuo.db'}"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with all tables and nothing in them."""
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield found
    await found.close()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        machine_token=SecretStr(MACHINE_TOKEN),
    )


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with the example town, to be copied: making it takes 0.3 s of a core."""
    file = tmp_path_factory.mktemp("filled") / "fenghuo.db"
    asyncio.run(fill(f"sqlite+aiosqlite:///{file}"))
    return file


async def fill(url: str, town: Town = TOWN) -> None:
    database = Database(url)
    await upgrade(database)
    hashed = hash_password(PASSWORD)
    async with database.transaction() as session:
        await import_town(session, town, CATALOGUE, now=START, first_hash=lambda _: hashed)
    await database.close()


@pytest.fixture
async def app(settings: Settings, clock: TurnedClock, filled: Path) -> AsyncIterator[FastAPI]:
    """The app with its background jobs, and the example town in its database."""
    url = make_url(settings.database)
    if url.drivername == "sqlite+aiosqlite":
        shutil.copy(filled, str(url.database))
    else:
        await fill(settings.database)
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        yield app


def ground_of(app: FastAPI) -> Ground:
    return cast("Ground", app.state.ground)


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has logged in with."""
    async with browser(app) as client:
        yield client


@pytest.fixture
async def log_in(app: FastAPI) -> AsyncIterator[LogIn]:
    """`await log_in("operator")`: a browser of the operator, with cookie and CSRF header."""
    async with AsyncExitStack() as stack:

        async def as_person(login: str) -> httpx.AsyncClient:
            client = await stack.enter_async_context(browser(app))
            answer = await client.post("/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            return client

        yield as_person


@pytest.fixture
async def shard(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A machine with the machine token."""
    async with browser(app) as client:
        client.headers["Authorization"] = f"Bearer {MACHINE_TOKEN}"
        yield client


def browser(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://town.test/api/v1")
