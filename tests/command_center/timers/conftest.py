from __future__ import annotations

from collections.abc import Coroutine, Sequence

import httpx
import pytest
from fastapi import FastAPI

from command_center.state import Ground
from command_center.timers import loop, service
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.light_fixtures import database_url, log_in
from tests.command_center.timers.scene import Fire

__all__ = ["database_url", "log_in"]


@pytest.fixture(autouse=True)
def _timers_fire_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app runs without its timer loop: a test turns the clock and fires what is due."""

    def none(_ground: Ground) -> Sequence[Coroutine[object, object, None]]:
        return ()

    monkeypatch.setattr(loop, "loops", none)


@pytest.fixture
def pass_time(app: FastAPI, clock: TurnedClock) -> Fire:
    """Turn the clock, then fire what is due: time passes with the command center running."""

    async def forward(**parts: float) -> None:
        clock.forward(**parts)
        await service.catch_up(ground_of(app).database, clock())

    return forward


@pytest.fixture
async def operator(log_in: LogIn) -> httpx.AsyncClient:
    return await log_in("operator")
