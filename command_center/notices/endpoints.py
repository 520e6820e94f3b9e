"""The notices on the wall."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from command_center.notices import service
from command_center.notices.tables import NoticeLevel
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.state import Reading
from configs.values import Name

router = APIRouter(tags=["notices"])


class NoticeBody(BaseModel):
    id: str
    level: NoticeLevel
    text: Name
    since: datetime


class Notices(BaseModel):
    items: list[NoticeBody]


@router.get(
    "/notices",
    summary="What has to be put right in the system itself",
    responses=errors(401, 403),
)
async def list_notices(
    _caller: Annotated[Person, require(Permission.SEE_NOTICES)], session: Reading
) -> Notices:
    """A model that is missing, a shard that is down … in force now, oldest first."""
    found = await service.notices(session)
    return Notices(
        items=[NoticeBody(id=n.id, level=n.level, text=n.text, since=n.since) for n in found]
    )
