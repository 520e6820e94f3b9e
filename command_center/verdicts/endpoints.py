"""How often each rule is right, as operators judged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime

from command_center.looking_back import begin_of, since_query
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.state import Now, Reading, TheGround
from command_center.verdicts import service
from command_center.verdicts.schemas import Verdicts
from configs.values import Identifier

router = APIRouter(tags=["statistics"])


@router.get("/verdicts", summary="How often each rule was right", responses=errors(401, 403, 422))
async def list_verdicts(
    *,
    _caller: Annotated[Person, require(Permission.SEE_STATISTICS)],
    session: Reading,
    now: Now,
    ground: TheGround,
    since: Annotated[AwareDatetime | None, since_query("30 days ago")] = None,
    camera: Identifier | None = None,
) -> Verdicts:
    """By camera, zone, event type and version of the configuration: what operators found to be
    real and false, with its interval, and why. A camera that is wrong too often is proposed for
    tuning; nothing is changed by itself."""
    kept = ground.settings.retention
    begin = begin_of(since, usual=now - service.A_MONTH, now=now, kept=kept)
    if begin >= now:
        raise Problem(422, "since must lie in the past", field="since")
    return await service.verdicts(session, since=begin, until=now, camera_id=camera)
