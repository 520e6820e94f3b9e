from __future__ import annotations

from collections.abc import Coroutine, Sequence

import pytest

from command_center.state import Ground
from command_center.timers import loop
from tests.command_center.light_fixtures import database_url, log_in

__all__ = ["database_url", "log_in"]


@pytest.fixture(autouse=True)
def _timers_fire_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app runs without its timer loop: a test turns the clock and fires what is due."""

    def none(_ground: Ground) -> Sequence[Coroutine[object, object, None]]:
        return ()

    monkeypatch.setattr(loop, "loops", none)
