"""Where shards deliver what they found."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Header, Query, Request, Response

from command_center.alerts.service import evidence_came
from command_center.events import repository, service
from command_center.events.schemas import EventAnswer, Outcome
from command_center.evidence.media import MediaType, media_type
from command_center.nearby import service as nearby
from command_center.people.auth import AS_MACHINE
from command_center.problems import Problem, errors, not_found
from command_center.shadows import intake as shadows
from command_center.state import Now, TheDatabase, TheEvidence, Writing
from command_center.tickets.turn import begin
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
    body: Annotated[EventBody, Body()], session: Writing, now: Now
) -> EventAnswer:
    """At least once: a second delivery of an id changes nothing and gets the first answer with
    the outcome `duplicate`. 409: a newer process speaks for this shard, and this one must stop.
    422: it can never be taken in; keep it aside and go on with the next.
    """
    turn = await begin(session, now)
    if body.data.shadow is not None:
        known = await shadows.take_in(turn, body)
        return EventAnswer(
            event_id=str(body.id),
            alert_id=None,
            ticket_id=None,
            outcome=Outcome.DUPLICATE if known else Outcome.RECORDED,
            first_outcome=Outcome.RECORDED,
        )
    event, again = await service.take_in(turn, body)
    first = Outcome(event.outcome)
    return EventAnswer(
        event_id=event.event_id,
        alert_id=None if event.alert_id is None else str(event.alert_id),
        ticket_id=None if event.ticket_id is None else str(event.ticket_id),
        outcome=Outcome.DUPLICATE if again else first,
        first_outcome=first,
    )


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
