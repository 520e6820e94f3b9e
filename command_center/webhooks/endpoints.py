"""Receivers, and what became of what they were sent."""

from __future__ import annotations

import secrets as random_secrets
from datetime import datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.keys import Key
from command_center.notices.service import end_notice
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Ground, Now, Reading, TheGround, Writing
from command_center.webhooks import publishing, repository, service
from command_center.webhooks.guard import RefusedError, check_url
from command_center.webhooks.signing import OVERLAP, secret_of, shown
from command_center.webhooks.tables import Delivery, Fate, Webhook, WebhookEvent

router = APIRouter(tags=["connections"])

Engineer = Annotated[Person, require(Permission.EDIT_CONNECTIONS)]

MOST = 20
"""Receivers; each is a row for every move of a ticket."""


class WebhookRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=200, description="who is behind it")]
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    events: Annotated[list[WebhookEvent], Field(min_length=1, max_length=len(WebhookEvent))]


class WebhookBody(BaseModel):
    id: str
    label: str
    url: str = Field(description="without its query")
    events: list[WebhookEvent]
    created_by: str
    created_at: datetime
    stopped_at: datetime | None
    why_stopped: str

    @classmethod
    def of(cls, row: Webhook) -> WebhookBody:
        return cls(
            id=str(row.id),
            label=row.label,
            url=service.shown_url(row.url),
            events=list(row.events),
            created_by=row.created_by,
            created_at=row.created_at,
            stopped_at=row.stopped_at,
            why_stopped=row.why_stopped,
        )


class Webhooks(BaseModel):
    items: list[WebhookBody]


class WebhookSecret(BaseModel):
    id: str
    secret: str = Field(description="`whsec_…`, by which the signatures are made; shown only now")


class DeliveryBody(BaseModel):
    id: str
    webhook_id: str
    message_id: str
    event: WebhookEvent
    fate: Fate
    attempts: int
    due_at: datetime | None = Field(description="of the next try; null: there is none")
    status: int | None = Field(description="HTTP status of the last try; null: no answer")
    failure: str
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Delivery) -> DeliveryBody:
        return cls(
            id=str(row.id),
            webhook_id=str(row.webhook_id),
            message_id=row.message_id,
            event=row.event,
            fate=row.fate,
            attempts=row.attempts,
            due_at=row.due_at if row.fate is Fate.PENDING else None,
            status=row.status,
            failure=row.failure,
            created_at=row.created_at,
            ended_at=row.ended_at,
        )


class Deliveries(BaseModel):
    items: list[DeliveryBody]
    next: str | None = Field(description="`before` of the next page; null: this is the last")


class Ping(BaseModel):
    """What a test message says."""

    by: str


@router.get("/webhooks", summary="Receivers of events", responses=errors(401, 403))
async def list_webhooks(_caller: Engineer, session: Reading) -> Webhooks:
    return Webhooks(items=[WebhookBody.of(row) for row in await repository.webhooks(session)])


@router.post(
    "/webhooks",
    status_code=201,
    summary="Add a receiver",
    responses=errors(401, 403, 409, 422),
)
async def add_webhook(
    body: WebhookRequest, caller: Engineer, session: Writing, now: Now, ground: TheGround
) -> WebhookSecret:
    """Signed as Standard Webhooks has it. The secret is shown this once; it can be exchanged."""
    try:
        check_url(body.url)
    except RefusedError as error:
        raise Problem(422, str(error), field="url") from error
    if len(await repository.webhooks(session)) >= MOST:
        raise Problem(409, f"there are {MOST} receivers already; use one that was stopped")
    row = Webhook(
        label=body.label,
        url=body.url,
        events=tuple(dict.fromkeys(body.events)),
        salt=random_secrets.token_hex(16),
        created_by=caller.login,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    _note(session, caller, now, f"webhook {row.id} to {service.host_of(row.url)} added")
    return _secret(ground, row)


@router.post(
    "/webhooks/{webhook_id}/secret",
    summary="Exchange the secret",
    responses=errors(401, 403, 404),
)
async def exchange_secret(
    webhook_id: Key, caller: Engineer, session: Writing, now: Now, ground: TheGround
) -> WebhookSecret:
    """For a day requests carry a signature by either, so that the receiver can change over."""
    row = await _webhook(session, webhook_id)
    row.salt_before, row.salt_before_until = row.salt, now + OVERLAP
    row.salt = random_secrets.token_hex(16)
    _note(session, caller, now, f"webhook {row.id}: secret exchanged")
    return _secret(ground, row)


@router.post(
    "/webhooks/{webhook_id}/stop", summary="Stop a receiver", responses=errors(401, 403, 404)
)
async def stop_webhook(
    webhook_id: Key, caller: Engineer, session: Writing, now: Now
) -> WebhookBody:
    """It gets nothing any more; what waits for it, waits until it is started again."""
    row = await _webhook(session, webhook_id)
    if row.stopped_at is None:
        row.stopped_at, row.why_stopped = now, f"by {caller.login}"
        await end_notice(session, f"webhook:{row.id}", now)
        _note(session, caller, now, f"webhook {row.id} stopped")
    return WebhookBody.of(row)


@router.post(
    "/webhooks/{webhook_id}/start", summary="Start it again", responses=errors(401, 403, 404)
)
async def start_webhook(
    webhook_id: Key, caller: Engineer, session: Writing, now: Now
) -> WebhookBody:
    row = await _webhook(session, webhook_id)
    if row.stopped_at is not None:
        row.stopped_at, row.why_stopped = None, ""
        _note(session, caller, now, f"webhook {row.id} started")
    return WebhookBody.of(row)


@router.post(
    "/webhooks/{webhook_id}/ping",
    status_code=202,
    summary="Send a test message",
    responses=errors(401, 403, 404, 409),
)
async def ping_webhook(
    webhook_id: Key, caller: Engineer, session: Writing, now: Now
) -> DeliveryBody:
    """What becomes of it is among the deliveries."""
    row = await _webhook(session, webhook_id)
    if row.stopped_at is not None:
        raise Problem(409, "this receiver is stopped; start it first")
    message = publishing.Message(WebhookEvent.PING, f"ping-{uuid4()}", Ping(by=caller.login), now)
    (delivery,) = publishing.put(session, [row], message)
    await session.flush()
    return DeliveryBody.of(delivery)


@router.get("/webhooks/deliveries", summary="Messages and their fates", responses=errors(401, 403))
async def list_deliveries(
    _caller: Engineer,
    session: Reading,
    *,
    webhook: Key | None = None,
    fate: Fate | None = None,
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deliveries:
    """Newest first. `fate=dead`: those that were given up."""
    found = await repository.deliveries(
        session, webhook_id=webhook, fate=fate, before=before, limit=limit
    )
    last = str(found[-1].id) if len(found) == limit else None
    return Deliveries(items=[DeliveryBody.of(row) for row in found], next=last)


@router.post(
    "/webhooks/deliveries/{delivery_id}/replay",
    status_code=202,
    summary="Send a message again that was given up",
    responses=errors(401, 403, 404, 409),
)
async def replay_delivery(
    delivery_id: Key, caller: Engineer, session: Writing, now: Now
) -> DeliveryBody:
    """Under the same `webhook-id`: a receiver that has it after all knows it."""
    row = await session.get(Delivery, delivery_id, with_for_update=True)
    if row is None:
        raise not_found("delivery", delivery_id)
    if row.fate is not Fate.DEAD:
        raise Problem(409, f"this message is {row.fate.value}; only dead ones are sent again")
    service.again(row, now)
    _note(session, caller, now, f"webhook {row.webhook_id}: {row.message_id} sent again")
    return DeliveryBody.of(row)


async def _webhook(session: AsyncSession, webhook_id: int) -> Webhook:
    row = await session.get(Webhook, webhook_id, with_for_update=True)
    if row is None:
        raise not_found("webhook", webhook_id)
    return row


def _secret(ground: Ground, row: Webhook) -> WebhookSecret:
    secret = secret_of(ground.webhook_key, row.id, row.salt)
    return WebhookSecret(id=str(row.id), secret=shown(secret))


def _note(session: AsyncSession, caller: Person, now: datetime, what: str) -> None:
    reason = what[:500]
    record_access(session, login=caller.login, access=Access.CONNECTION, at=now, reason=reason)
