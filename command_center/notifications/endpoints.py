"""What the caller was told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from command_center.channels import repository as channels
from command_center.keys import Key
from command_center.notifications import repository
from command_center.notifications.schemas import NotificationBody, NotificationPage
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors, not_found
from command_center.state import Now, Reading, Writing

router = APIRouter(tags=["tickets"])

Reader = Annotated[Person, require(Permission.SEE_OWN_TICKETS)]


@router.get("/notifications", summary="What the caller was told", responses=errors(401, 403))
async def list_notifications(
    person: Reader,
    session: Reading,
    *,
    unread: bool = False,
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> NotificationPage:
    """Newest first."""
    found = await repository.of_person(
        session, person.login, unread=unread, before=before, limit=limit
    )
    return NotificationPage(
        items=[NotificationBody.of(row) for row in found],
        unread=await repository.count_unread(session, person.login),
        next=str(found[-1].id) if len(found) == limit else None,
    )


@router.post(
    "/notifications/{notification_id}/read",
    summary="The caller has read it",
    responses=errors(401, 403, 404),
)
async def read_notification(
    notification_id: Key, person: Reader, session: Writing, now: Now
) -> NotificationBody:
    row = await repository.get(session, notification_id, person.login)
    if row is None:
        raise not_found("notification", notification_id)
    if row.read_at is None:
        row.read_at, row.repeat_at = now, None
        await channels.end(session, [row.id], now, acknowledged=[row.id])
    return NotificationBody.of(row)
