"""Lighter fixtures for the closed loop: one database, and people who need no password.

A folder whose `conftest.py` imports them from here runs on SQLite; a test of it marked `ON_BOTH`
(races above all) runs on PostgreSQL as well. A new database of PostgreSQL costs a second, a
log-in by password 100 ms of argon2, and a browser's session would end when a test turns the
clock by days.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from command_center.people import tokens
from tests.command_center.conftest import LogIn, browser, ground_of
from tests.command_center.postgres import new_database

ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database: SQLite, or what `ON_BOTH` says."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return new_database(request.getfixturevalue("postgres"))
    return f"sqlite+aiosqlite:///{tmp_path / 'fenghuo.db'}"


@pytest.fixture
async def log_in(app: FastAPI) -> AsyncIterator[LogIn]:
    """`await log_in("operator")`: the operator's field app, with a bearer token of 90 days."""
    async with AsyncExitStack() as stack:

        async def as_person(login: str) -> httpx.AsyncClient:
            ground = ground_of(app)
            async with ground.database.transaction() as session:
                _, secret = await tokens.make(session, login, "test", ground.clock())
            client = await stack.enter_async_context(browser(app))
            client.headers["Authorization"] = f"Bearer {secret}"
            return client

        yield as_person
