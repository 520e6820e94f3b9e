"""How well it goes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.state import Now, Reading
from command_center.statistics import service
from command_center.statistics.schemas import Today

router = APIRouter(tags=["statistics"])


@router.get("/statistics/today", summary="Today's figures", responses=errors(401, 403, 503))
async def statistics_today(
    _caller: Annotated[Person, require(Permission.SEE_STATISTICS)], session: Reading, now: Now
) -> Today:
    """Since midnight in the town's time zone."""
    return await service.today(session, now)
