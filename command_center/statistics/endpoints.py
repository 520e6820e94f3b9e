"""How well it goes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.state import Now, Reading
from command_center.statistics import service
from command_center.statistics.schemas import OfPeriod, Today

router = APIRouter(tags=["statistics"])


@router.get("/statistics/today", summary="Today's figures", responses=errors(401, 403, 503))
async def statistics_today(
    _caller: Annotated[Person, require(Permission.SEE_STATISTICS)], session: Reading, now: Now
) -> Today:
    """Since midnight in the town's time zone."""
    return await service.today(session, now)


@router.get("/statistics", summary="Figures of some days", responses=errors(401, 403, 422, 503))
async def statistics_of_period(
    _caller: Annotated[Person, require(Permission.SEE_STATISTICS)],
    session: Reading,
    *,
    first: date,
    last: date,
    unit: Annotated[str | None, Query(pattern="^[0-9]{12}$", description="a unit's code")] = None,
) -> OfPeriod:
    """Of the days from `first` to `last`, both included, in the town's time zone: of the whole town
    or of one unit with all below it."""
    return await service.of_period(session, first, last, unit)
