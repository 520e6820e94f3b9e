"""The desk: alerts as they come, decided by one person each."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts import repository, service, views
from command_center.alerts.schemas import (
    AlertBody,
    AlertPage,
    ConfirmBody,
    ConfirmedBody,
    MergeBody,
    ReasonBody,
)
from command_center.alerts.tables import Alert
from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.evidence.media import MediaType
from command_center.evidence.store import EvidenceStore
from command_center.keys import Key
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Now, Reading, TheDatabase, TheEvidence, Writing
from command_center.tickets import repository as tickets
from command_center.tickets.actors import Mover, desk_actors
from command_center.tickets.problems import refusals
from command_center.tickets.turn import begin
from command_center.tickets.views import ticket_body, transition_body
from configs.values import Identifier
from detectors.event import EvidenceKind

router = APIRouter(tags=["alerts"])

Viewer = Annotated[Person, require(Permission.SEE_ALERTS)]
Operator = Annotated[Person, require(Permission.DECIDE_ALERTS)]
Witness = Annotated[Person, require(Permission.SEE_EVIDENCE)]
ClearWitness = Annotated[Person, require(Permission.SEE_CLEAR_EVIDENCE)]


@router.get("/alerts", summary="Alerts, newest first", responses=errors(401, 403, 422))
async def list_alerts(
    *,
    _caller: Viewer,
    session: Reading,
    state: Annotated[
        list[str] | None,
        Query(description="open, confirmed, false_alarm, merged, cleared; may be repeated"),
    ] = None,
    event_type: Identifier | None = None,
    camera: Identifier | None = None,
    sensor: Identifier | None = None,
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AlertPage:
    try:
        states = [views.state_of(word) for word in state or ()]
    except ValueError as error:
        raise Problem(422, str(error), field="state") from error
    found = await repository.listed(
        session,
        states=states,
        event_type=event_type,
        camera_id=camera,
        sensor_id=sensor,
        before=before,
        limit=limit,
    )
    last = str(found[-1].id) if len(found) == limit else None
    return AlertPage(items=await views.alert_bodies(session, found), next=last)


@router.get("/alerts/{alert_id}", summary="One alert", responses=errors(401, 403, 404))
async def get_alert(alert_id: Key, _caller: Viewer, session: Reading) -> AlertBody:
    """With the record of what was decided about it."""
    alert = await _found(session, alert_id)
    rows = await tickets.transitions(session, service.subject(alert))
    people = await tickets.people(session, {row.by for row in rows})
    body = await views.alert_body(session, alert)
    return body.model_copy(update={"transitions": [transition_body(r, people) for r in rows]})


@router.post(
    "/alerts/{alert_id}/confirm",
    summary="It is real",
    responses=errors(401, 403, 404, 409),
)
async def confirm_alert(
    alert_id: Key, person: Operator, session: Writing, now: Now, body: ConfirmBody | None = None
) -> ConfirmedBody:
    """Opens a ticket, accepts it, and dispatches it by rule. 409: somebody decided before; the
    answer says who."""
    alert = await _locked(session, alert_id)
    with refusals(await _decided(session, alert)):
        turn = await begin(session, now)
        note = body.note if body else ""
        ticket = await service.confirm(turn, alert, _mover(person), note)
    shown = await views.alert_body(session, alert)
    return ConfirmedBody(
        **shown.model_dump(round_trip=True),
        ticket=await ticket_body(session, ticket, person),
    )


@router.post(
    "/alerts/{alert_id}/reject",
    summary="It is a false alarm",
    responses=errors(401, 403, 404, 409, 422),
)
async def reject_alert(
    alert_id: Key, body: ReasonBody, person: Operator, session: Writing, now: Now
) -> AlertBody:
    """The reason helps whoever tunes the rule. The next event opens a new alert at once."""
    await repository.lock_incident(session, alert_id)  # all of it ends
    alert = await _locked(session, alert_id)
    with refusals(await _decided(session, alert)):
        await service.dismiss(await begin(session, now), alert, _mover(person), body.reason)
    return await views.alert_body(session, alert)


@router.post(
    "/alerts/{alert_id}/merge",
    summary="It is part of another alert",
    responses=errors(401, 403, 404, 409),
)
async def merge_alert(
    alert_id: Key, body: MergeBody, person: Operator, session: Writing, now: Now
) -> AlertBody:
    """Two cameras see one thing: one alert, one ticket. What was merged into it goes along."""
    await repository.lock_incident(session, alert_id, body.into)
    alert, into = await _locked(session, alert_id), await _locked(session, body.into)
    members = await repository.members(session, alert_id)
    with refusals(await _decided(session, alert)):
        turn = await begin(session, now)
        await service.merge(turn, alert, into, _mover(person), body.note, members=members)
    return await views.alert_body(session, alert)


@router.post(
    "/alerts/{alert_id}/split",
    summary="It is a matter of its own after all",
    responses=errors(401, 403, 404, 409, 422),
)
async def split_alert(
    alert_id: Key, body: ReasonBody, person: Operator, session: Writing, now: Now
) -> AlertBody:
    alert = await _locked(session, alert_id)
    with refusals(await _decided(session, alert)):
        await service.split(await begin(session, now), alert, _mover(person), body.reason)
    return await views.alert_body(session, alert)


@router.get(
    "/alerts/{alert_id}/snapshot",
    summary="The picture, people blurred",
    response_class=FileResponse,
    responses=errors(401, 403, 404),
)
async def get_snapshot(
    alert_id: Key, _caller: Witness, session: Reading, store: TheEvidence
) -> FileResponse:
    return (await _file(session, store, alert_id, EvidenceKind.SNAPSHOT, MediaType.JPEG))[0]


@router.post(
    "/alerts/{alert_id}/snapshot/clear",
    summary="The picture, people not blurred",
    response_class=FileResponse,
    responses=errors(401, 403, 404, 422),
)
async def see_clear_snapshot(
    *,
    alert_id: Key,
    body: ReasonBody,
    person: ClearWitness,
    database: TheDatabase,
    store: TheEvidence,
    now: Now,
) -> FileResponse:
    """Needs a reason. Who looked, when and why is kept in the access log."""
    async with database.transaction() as session:
        kind = EvidenceKind.SNAPSHOT_CLEAR
        answer, camera = await _file(session, store, alert_id, kind, MediaType.JPEG)
        record_access(
            session,
            login=person.login,
            access=Access.SNAPSHOT_CLEAR,
            at=now,
            camera_id=camera,
            alert_id=alert_id,
            reason=body.reason,
        )
    return answer


@router.get(
    "/alerts/{alert_id}/clip",
    summary="The clip, people not blurred",
    response_class=FileResponse,
    responses=errors(401, 403, 404, 422),
)
async def get_clip(
    *,
    alert_id: Key,
    reason: Annotated[str, Query(max_length=500, description="none: to decide the alert")] = "",
    person: ClearWitness,
    database: TheDatabase,
    store: TheEvidence,
    now: Now,
) -> FileResponse:
    """MP4; takes Range. Who watched, when and why is kept in the access log."""
    async with database.transaction() as session:
        answer, camera = await _file(session, store, alert_id, EvidenceKind.CLIP, MediaType.MP4)
        record_access(
            session,
            login=person.login,
            access=Access.CLIP,
            at=now,
            camera_id=camera,
            alert_id=alert_id,
            reason=reason.strip() or f"to decide alert {alert_id}",
        )
    return answer


async def _file(
    session: AsyncSession,
    store: EvidenceStore,
    alert_id: Key,
    kind: EvidenceKind,
    media: MediaType,
) -> tuple[FileResponse, str | None]:
    """The file, and whose camera took it."""
    alert = await _found(session, alert_id)
    served = await repository.evidence_served(session, alert_id, kind)
    path = store.find(UUID(served.event_id), kind.value, media) if served else None
    if path is None or served is None:
        raise Problem(404, f"the {kind.value} of alert {alert_id} is not here (yet)")
    headers = {"Cache-Control": "private, no-cache"}
    answer = FileResponse(path, media_type=media.content_type, headers=headers)
    return answer, served.camera_id or alert.camera_id


async def _found(session: AsyncSession, alert_id: int) -> Alert:
    alert = await repository.get(session, alert_id)
    if alert is None:
        raise not_found("alert", alert_id)
    return alert


async def _locked(session: AsyncSession, alert_id: int) -> Alert:
    alert = await repository.lock(session, alert_id)
    if alert is None:
        raise not_found("alert", alert_id)
    return alert


async def _decided(session: AsyncSession, alert: Alert) -> str:
    """Who was faster, for whoever comes second."""
    if alert.decided_by is None:
        return ""
    person = await tickets.person(session, alert.decided_by)
    name = f"{person.name_zh} {person.name_en} ({person.login})" if person else alert.decided_by
    return f"{name} decided: {views.state_word(alert.state)}"


def _mover(person: Person) -> Mover:
    return Mover(person.login, desk_actors(person))
