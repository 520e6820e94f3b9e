"""The town on the wire is the town in the database, also once it was asked for before."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from command_center.town.importing import import_town
from command_center.town.schemas import TownBody
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import CATALOGUE, START, TOWN, grid
from tests.command_center.light_fixtures import database_url, log_in

__all__ = ["database_url", "log_in"]

pytestmark = pytest.mark.anyio


async def test_a_changed_town_is_shown_at_once(app: FastAPI, log_in: LogIn) -> None:
    worker = await log_in("worker")

    async def codes() -> set[str]:
        answer = await worker.get("/town")
        assert answer.headers["Content-Type"] == "application/json"
        shown = TownBody.model_validate_json(answer.content)
        return {feature.properties.code for feature in shown.grids.features}

    assert await codes() == await codes() == {"east", "west"}
    wider = TOWN.model_copy(update={"grids": (*TOWN.grids, grid("north", 122.06))})
    async with ground_of(app).database.transaction() as session:
        await import_town(session, wider, CATALOGUE, now=START, first_hash=lambda _: None)
    assert await codes() == {"east", "west", "north"}
