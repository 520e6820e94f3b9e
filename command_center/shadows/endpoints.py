"""For whoever tunes: what a rule on trial would have told, and what only one of the two saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.audit.service import has_looked, record_access
from command_center.audit.tables import Access
from command_center.events import repository as events
from command_center.evidence.media import MediaType
from command_center.looking_back import begin_of, since_query
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.shadows import repository, service
from command_center.shadows.comparison import Place
from command_center.shadows.schemas import Comparisons
from command_center.state import Now, Reading, TheDatabase, TheEvidence, TheGround
from command_center.stills.service import LOGGED_EVERY
from configs.values import Identifier
from detectors.event import EvidenceKind

router = APIRouter(tags=["shadows"])

A_WEEK = timedelta(days=7)
Engineer = Annotated[Person, require(Permission.SEE_SHADOWS)]


@router.get("/shadows", summary="Shadows beside their rules", responses=errors(401, 403, 422))
async def list_shadows(
    *,
    _caller: Engineer,
    session: Reading,
    now: Now,
    ground: TheGround,
    since: Annotated[AwareDatetime | None, since_query("a week ago")] = None,
    until: Annotated[AwareDatetime | None, Query(description="none: now")] = None,
    camera: Identifier | None = None,
    name: Annotated[Identifier | None, Query(description="the shadow's")] = None,
    cases: Annotated[int, Query(ge=0, le=500, description="of each shadow, at most")] = 50,
) -> Comparisons:
    """What both told, what only the rule in force (`only_old`) and only its shadow (`only_new`),
    matched by camera, zone, event type and overlap in time. Nothing of a shadow ever becomes an
    alert."""
    end: datetime = min(until or now, now)
    kept = ground.settings.retention
    begin = begin_of(since, usual=end - A_WEEK, now=now, kept=kept)
    if begin >= end:
        raise Problem(422, "since must lie before until, and not in the future", field="since")
    return await service.comparisons(
        session, since=begin, until=end, camera_id=camera, name=name, most_cases=cases
    )


@router.get(
    "/shadows/snapshots/{event_id}",
    summary="What a rule or its shadow saw, people blurred",
    response_class=FileResponse,
    responses=errors(401, 403, 404),
)
async def get_shadow_snapshot(
    event_id: UUID, person: Engineer, database: TheDatabase, store: TheEvidence, now: Now
) -> FileResponse:
    """Of a shadow's event, or of one of a rule that has a shadow. The look is kept in the access
    log, once a person and camera in ten minutes."""
    path = store.find(event_id, EvidenceKind.SNAPSHOT.value, MediaType.JPEG)
    async with database.transaction() as session:
        camera = await _camera_of(session, event_id)
        if camera is None or path is None:
            raise Problem(404, f"there is no picture of event {event_id}, or it may not be shown")
        since = now - LOGGED_EVERY
        if not await has_looked(session, person.login, Access.SHADOW, camera, since):
            record_access(
                session, login=person.login, access=Access.SHADOW, at=now, camera_id=camera
            )
    return FileResponse(
        path, media_type=MediaType.JPEG.content_type, headers={"Cache-Control": "no-store"}
    )


async def _camera_of(session: AsyncSession, event_id: UUID) -> str | None:
    """The camera of an event that is part of a comparison; None of any other."""
    tried = await repository.get(session, str(event_id))
    if tried is not None:
        return tried.camera_id
    event = await events.get(session, str(event_id))
    if event is None:
        return None
    data = event.body.data
    place = Place(data.camera_id or "", data.zone_id, data.event_type)
    compared = any(trial.watches(place) for trial in await service.trials(session))
    return data.camera_id if compared else None
