"""Where shards deliver what they found."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response

from command_center.alerts.service import evidence_came
from command_center.events import bodies, repository, service, views
from command_center.events.bodies import Parsed
from command_center.events.schemas import BatchAnswer, EventAnswer
from command_center.evidence.media import MediaType, media_type
from command_center.nearby import service as nearby
from command_center.people.auth import AS_MACHINE
from command_center.problems import Problem, errors, not_found
from command_center.shadows import intake as shadows
from command_center.state import Now, TheDatabase, TheEvidence
from configs.values import Identifier
from detectors.event import Event as EventBody
from detectors.event import EvidenceKind

router = APIRouter(tags=["machines"], dependencies=[AS_MACHINE])

_MEDIA = {
    EvidenceKind.SNAPSHOT: MediaType.JPEG,
    EvidenceKind.SNAPSHOT_CLEAR: MediaType.JPEG,
    EvidenceKind.CLIP: MediaType.MP4,
}


@router.post(
    "/events",
    status_code=202,
    summary="Deliver an event",
    responses=errors(401, 409, 422, 503),
)
async def deliver_event(
    body: Annotated[EventBody, Body()], database: TheDatabase, now: Now
) -> EventAnswer:
    """At least once: a second delivery of an id changes nothing and gets the first answer with
    the outcome `duplicate`. 409: a newer process speaks for this shard, and this one must stop.
    422: it can never be taken in; keep it aside and go on with the next.
    """
    [fate] = await service.take_in(database, now, [body])
    return views.answer(fate)


@router.post(
    "/events/batch",
    summary="Deliver several events",
    responses=errors(401, 413, 422, 503),
    openapi_extra={"requestBody": bodies.DESCRIPTION},
)
async def deliver_events(
    batch: Annotated[list[Parsed], Depends(bodies.batch)], database: TheDatabase, now: Now
) -> BatchAnswer:
    """CloudEvents' batched content mode: a JSON array of events. Each is dealt with, and answered,
    as if it had been sent by itself, in the order of the array. What is wrong with one is said of
    it alone; those that are answered 202 are in the database.
    """
    sound = [event for event in batch if isinstance(event, EventBody)]
    taken = iter(await service.take_in(database, now, sound) if sound else [])
    items = [
        views.one_of_many(next(taken)) if isinstance(event, EventBody) else event for event in batch
    ]
    return BatchAnswer(items=items)


@router.put(
    "/events/{event_id}/evidence/{kind}",
    status_code=204,
    summary="Deliver a snapshot or a clip",
    responses=errors(401, 404, 413, 422),
)
async def deliver_evidence(
    *,
    event_id: UUID,
    kind: EvidenceKind,
    request: Request,
    database: TheDatabase,
    store: TheEvidence,
    now: Now,
    camera: Annotated[Identifier | None, Query(description="who took it")] = None,
    content_type: Annotated[str, Header()] = "",
) -> Response:
    """The body is the file itself. Sending it again replaces it. 404: the event is not known
    (yet); send the event first and this later."""
    media = _MEDIA[kind]
    if media_type(content_type) is not media:
        raise Problem(422, f"{kind.value} must be {media.content_type}", field="Content-Type")
    async with database.reading() as session:
        of_shadow = await shadows.awaits(session, event_id, kind)
        if not of_shadow and await repository.get(session, str(event_id)) is None:
            raise not_found("event", event_id)
    await store.write(event_id, kind.value, media, request.stream())
    async with database.transaction() as session:
        if of_shadow:
            await shadows.snapshot_arrived(session, event_id)
            return Response(status_code=204)
        event = await repository.get(session, str(event_id))
        if event is None:
            raise not_found("event", event_id)
        of = camera or event.body.data.camera_id
        if await repository.evidence_arrived(session, event, kind, of, now):
            await nearby.came(session, event.event_id, kind, of)
            evidence_came(session, event.alert_id, now)
    return Response(status_code=204)
