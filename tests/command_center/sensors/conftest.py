"""The example town, and two sensors in it."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from command_center.town.importing import import_town
from tests.command_center.conftest import ground_of
from tests.command_center.example import CATALOGUE, START, WITH_SENSORS
from tests.command_center.light_fixtures import database_url, log_in

__all__ = ["database_url", "log_in"]


@pytest.fixture(autouse=True)
async def _sensors(app: FastAPI) -> None:
    async with ground_of(app).database.transaction() as session:
        await import_town(session, WITH_SENSORS, CATALOGUE, now=START, first_hash=lambda _: None)
