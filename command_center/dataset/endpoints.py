"""Judged alerts and their clips, for whoever may see people unblurred."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts import repository as alerts
from command_center.alerts.tables import Alert
from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.dataset import repository
from command_center.dataset.schemas import Case, Cases
from command_center.evidence.media import MediaType
from command_center.keys import Key
from command_center.looking_back import begin_of, since_query
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Now, Reading, TheDatabase, TheEvidence, TheGround
from command_center.tickets.states import State
from command_center.town import repository as town
from configs.values import Identifier
from detectors.event import EvidenceKind

router = APIRouter(tags=["alerts"], prefix="/dataset")

A_MONTH = timedelta(days=30)
PURPOSE = "dataset for the evaluation of rules"
ClearWitness = Annotated[Person, require(Permission.SEE_CLEAR_EVIDENCE)]


@router.get("/cases", summary="Judged alerts that have a clip", responses=errors(401, 403, 422))
async def list_cases(
    *,
    _caller: ClearWitness,
    session: Reading,
    now: Now,
    ground: TheGround,
    since: Annotated[AwareDatetime | None, since_query("30 days ago")] = None,
    camera: Identifier | None = None,
    after: Annotated[int, Query(ge=0, description="the `next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Cases:
    """Without those whose zone or rule is no more: nothing could be judged by them."""
    begin = begin_of(since, usual=now - A_MONTH, now=now, kept=ground.settings.retention)
    found = await repository.judged(
        session, since=begin, camera_id=camera, after=after, limit=limit
    )
    cases = [await _case(session, alert) for alert in found]
    last = found[-1].id if len(found) == limit else None
    return Cases(items=[case for case in cases if case is not None], next=last)


@router.get(
    "/cases/{alert_id}/clip",
    summary="The clip of a judged alert, people not blurred",
    response_class=FileResponse,
    responses=errors(401, 403, 404),
)
async def export_clip(
    alert_id: Key, person: ClearWitness, database: TheDatabase, store: TheEvidence, now: Now
) -> FileResponse:
    """Who exported it and when is kept in the access log."""
    async with database.transaction() as session:
        alert = await alerts.get(session, alert_id)
        opening = await repository.opening_with_clip(session, alert) if alert else None
        if alert is None or alert.state not in repository.JUDGED or opening is None:
            raise not_found("judged alert with a clip", alert_id)
        path = store.find(opening.body.id, EvidenceKind.CLIP.value, MediaType.MP4)
        if path is None:
            raise Problem(404, f"the clip of alert {alert_id} was deleted")
        record_access(
            session,
            login=person.login,
            access=Access.EXPORT,
            at=now,
            camera_id=alert.camera_id,
            alert_id=alert_id,
            reason=PURPOSE,
        )
    return FileResponse(
        path, media_type=MediaType.MP4.content_type, headers={"Cache-Control": "no-store"}
    )


async def _case(session: AsyncSession, alert: Alert) -> Case | None:
    camera = await town.camera(session, alert.camera_id or "")
    zone = camera.zone(alert.zone_id) if camera else None
    rules = zone.rules if zone else ()
    rule = next((rule for rule in rules if alert.event_type in rule.events), None)
    opening = await repository.opening_with_clip(session, alert)
    if zone is None or rule is None or opening is None:
        return None
    return Case(
        alert_id=alert.id,
        event_id=opening.event_id,
        camera_id=alert.camera_id or "",
        zone_id=zone.id,
        polygon=zone.polygon,
        rule=rule.alone,
        event_type=alert.event_type,
        real=alert.state is State.CONFIRMED,
        reason=alert.reason,
        started_at=opening.body.data.started_at,
        found_at=opening.at,
        ended_at=await repository.end_of(session, alert, opening),
    )
