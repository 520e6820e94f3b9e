"""The access log, for the auditor alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from command_center.audit import service
from command_center.audit.tables import Access, AccessEntry
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.state import Now, Writing

router = APIRouter(tags=["audit"])


class AccessQuery(BaseModel):
    login: str | None = None
    camera: str | None = None
    before: Annotated[int | None, Field(description="the `next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class EntryBody(BaseModel):
    id: int
    at: datetime
    login: str
    access: Access
    camera_id: str | None
    alert_id: int | None
    reason: str

    @classmethod
    def of(cls, entry: AccessEntry) -> EntryBody:
        return cls(
            id=entry.id,
            at=entry.at,
            login=entry.login,
            access=entry.access,
            camera_id=entry.camera_id,
            alert_id=entry.alert_id,
            reason=entry.reason,
        )


class Entries(BaseModel):
    items: list[EntryBody]
    next: int | None


@router.get("/access-log", summary="Who looked at what, and why", responses=errors(401, 403, 422))
async def read_access_log(
    caller: Annotated[Person, require(Permission.READ_ACCESS_LOG)],
    session: Writing,
    now: Now,
    page: Annotated[AccessQuery, Query()],
) -> Entries:
    """Newest first. Reading it is itself written down."""
    found = await service.entries(
        session, login=page.login, camera_id=page.camera, before=page.before, limit=page.limit
    )
    service.record_access(session, login=caller.login, access=Access.ACCESS_LOG, at=now)
    more = found[-1].id if len(found) == page.limit else None
    return Entries(items=[EntryBody.of(entry) for entry in found], next=more)
