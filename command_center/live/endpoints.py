"""The stream of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from command_center.live.stream import follow
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.state import TheGround

router = APIRouter(tags=["live"])


@router.get(
    "/stream",
    summary="Follow changes as server-sent events",
    response_class=EventSourceResponse,
    responses=errors(401, 403, 422),
)
async def stream(
    person: Annotated[Person, require(Permission.FOLLOW_CHANGES)],
    ground: TheGround,
    last_event_id: Annotated[int | None, Header(ge=0, description="resume after this id")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Events `alert`, `ticket`, `camera`, `notice`, `report` say what changed; fetch it again by
    its id. `ready` opens a stream. `reset`: what was missed is no longer known; fetch everything
    again. A comment every 15 s keeps the connection open; it ends every ten minutes, and a
    browser comes back by itself with `Last-Event-ID`."""
    async for event in follow(ground.tail, person, last_event_id):
        yield event
